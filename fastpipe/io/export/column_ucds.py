"""Unified Content Descriptors of the columns of a catalogue: what a quantity is, in the words of the Virtual Observatory.

Words and their order are those of UCD1+ (IVOA recommendation "The UCD1+ controlled vocabulary").
"""

from collections.abc import Mapping
from typing import Final

_SPIN_PERIOD = "time.period.rotation"
_SPIN_FREQUENCY = "arith.rate;src.var.pulse"
_DRIFT = "stat.Fourier;src.var.pulse;arith.variation"
_DISPERSION = "phys.dispMeasure"
_ACCELERATION = "phys.acceleration"
_CHANCE = "stat.falsePositive"

COMMON_UCDS: Final[Mapping[str, str]] = {
    "obs_id": "meta.id;obs",
    "search": "meta.id;obs.param",
    "freq_hz": _SPIN_FREQUENCY,
    "dm": _DISPERSION,
    "nharm": "meta.number;stat.Fourier",
    "sigma": "stat.snr;stat.probability",
    "log10_fap": _CHANCE,
    "source": "meta.id;obs.field",
    "telescope": "meta.id;instr.tel",
    "beam": "meta.id;instr.beam",
    "ra_deg": "pos.eq.ra;meta.main",
    "dec_deg": "pos.eq.dec;meta.main",
    "tstart_mjd": "time.start;obs.exposure",
    "tobs_s": "time.duration;obs.exposure",
}
"""Descriptors of columns that candidates and detections have."""

CANDIDATE_UCDS: Final[Mapping[str, str]] = {
    **COMMON_UCDS,
    "cand_id": "meta.id;meta.main",
    "period_s": _SPIN_PERIOD,
    "period_err_s": f"stat.error;{_SPIN_PERIOD}",
    "fdot_hz_s": f"{_SPIN_FREQUENCY};arith.variation",
    "fdot_err_hz_s": "stat.error;src.var.pulse;arith.variation",
    "accel_m_s2": _ACCELERATION,
    "jerk_m_s3": f"arith.rate;{_ACCELERATION}",
    "epoch_mjd": "time.epoch",
    "dm_err": f"stat.error;{_DISPERSION}",
    "snr": "stat.snr;src.var.pulse",
    "h_statistic": "stat.fit.goodness;src.var.pulse",
    "width_phase": "time.phase;src.var.pulse;stat.fwhm",
    "score": "stat.probability;src.class",
    "label": "meta.code.class;src.class",
    "known_pulsar": "meta.id.cross",
    "known_harmonic": "arith.factor;time.period.rotation",
    "beams": "meta.id;instr.beam",
    "ndetections": "meta.number",
    "topocentric_period_s": _SPIN_PERIOD,
    "snr_unmasked": "stat.snr;src.var.pulse",
    "masked_fraction": "stat.filling",
    "warning": "meta.code.qual",
    "notes": "meta.note",
}
"""Descriptor of every column of exported candidates."""

DETECTION_UCDS: Final[Mapping[str, str]] = {
    **COMMON_UCDS,
    "det_id": "meta.id;meta.main",
    "z": _DRIFT,
    "w": _DRIFT,
    "freq_err_hz": "stat.error;src.var.pulse",
    "z_err": f"stat.error;{_DRIFT}",
    "w_err": f"stat.error;{_DRIFT}",
    "power": "stat.Fourier.amplitude",
    "fate": "meta.code.status",
    "related_id": "meta.id.assoc",
    "nzapped": "meta.number",
    "fate_name": "meta.code.status",
}
"""Descriptor of every column of exported detections."""
