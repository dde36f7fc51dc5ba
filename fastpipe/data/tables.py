"""The columns of the catalogue's tables: name, type, unit and meaning, each said once.

NumPy records, the HDF5 file, the tables in Python and the documentation are all made from these lists.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

Table = NDArray[Any]
"""A one-dimensional structured array whose fields are the columns of one of the lists below."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table."""

    name: str
    dtype: str
    unit: str
    """Unit as astropy writes it; empty where there is none."""
    description: str


class Fate(IntEnum):
    """What became of a detection. Every detection ends in exactly one of these."""

    KEPT = 0
    """Best of its group: it became the candidate `related_id`."""
    DUPLICATE = 1
    """Same signal as detection `related_id`, at another DM, drift or number of harmonics."""
    HARMONIC = 2
    """Harmonic or sub-harmonic of detection `related_id`."""
    LOW_DM = 3
    """Does not peak away from DM 0, so it comes from the ground."""
    FEW_DMS = 4
    """Seen in too few neighbouring DM trials."""
    FAINT = 5
    """Noise gives this often enough in a run of this size."""
    NOT_FOLDED = 6
    """Good enough, but beyond the largest number of candidates to fold."""
    BIRDIE = 7
    """Left behind by the birdie `related_id`: its wing, its harmonic near DM 0, or a sum of mostly removed harmonics."""
    MULTI_BEAM = 8
    """Seen in beams that a point of the sky cannot reach together; `related_id` is the strongest such detection."""


def table_dtype(columns: tuple[Column, ...]) -> np.dtype[Any]:
    """Return the NumPy record type of a table.

    Examples
    --------
    >>> table_dtype(PLAN_COLUMNS).names
    ('dm_min', 'dm_step', 'ntrials', 'downsample', 'nsamples_fft')
    """
    return np.dtype([(column.name, column.dtype) for column in columns])


def empty_table(columns: tuple[Column, ...], nrows: int = 0) -> Table:
    """Return a table of zeros (empty texts) with the given columns."""
    return np.zeros(nrows, table_dtype(columns))


_OBS_ID = Column("obs_id", "i4", "", "number of the observation in /observations")

OBSERVATION_COLUMNS: tuple[Column, ...] = (
    _OBS_ID,
    Column("source", "S64", "", "name of the source or pointing"),
    Column("telescope", "S32", "", "name of the telescope"),
    Column("beam", "i4", "", "number of the beam"),
    Column("ra_deg", "f8", "deg", "right ascension J2000; NaN where unknown"),
    Column("dec_deg", "f8", "deg", "declination J2000; NaN where unknown"),
    Column("tstart_mjd", "f8", "d", "time of the first sample, UTC"),
    Column("tobs_s", "f8", "s", "length of the observation"),
    Column("tsamp_s", "f8", "s", "sampling time"),
    Column("nchans", "i4", "", "number of frequency channels"),
    Column("fch1_mhz", "f8", "MHz", "centre of the first channel"),
    Column("foff_mhz", "f8", "MHz", "spacing of the channels, with sign"),
    Column("nbits", "i4", "", "bits of one stored value"),
    Column("npol", "i4", "", "polarisations or Stokes parameters stored"),
    Column("masked_fraction", "f8", "", "fraction of the data masked as interference"),
    Column("files", "S1024", "", "files of the observation, separated by semicolons"),
    Column("digest", "S64", "", "SHA-256 over the bytes of the files"),
)

CANDIDATE_COLUMNS: tuple[Column, ...] = (
    Column("cand_id", "i4", "", "number of the candidate, 1 = most significant"),
    _OBS_ID,
    Column("search", "S16", "", "search that found it: fft, accel, jerk, ffa, single_pulse; fold if it was given by hand"),
    Column("period_s", "f8", "s", "spin period at the epoch, in the frame of the catalogue"),
    Column("period_err_s", "f8", "s", "uncertainty of the period"),
    Column("freq_hz", "f8", "Hz", "spin frequency at the epoch, in the frame of the catalogue"),
    Column("fdot_hz_s", "f8", "Hz / s", "derivative of the spin frequency"),
    Column(
        "fdot_err_hz_s",
        "f8",
        "Hz / s",
        "uncertainty of a fit of the derivative, also where none was needed; infinite where it cannot be measured",
    ),
    Column("accel_m_s2", "f8", "m / s2", "line-of-sight acceleration, positive away from us; of the source if barycentric"),
    Column("jerk_m_s3", "f8", "m / s3", "derivative of the acceleration, from the search; 0 where none was found"),
    Column(
        "epoch_mjd",
        "f8",
        "d",
        "middle of the observation, to which period and frequency refer: UTC at the telescope, TDB at the barycentre",
    ),
    Column("dm", "f8", "pc / cm3", "dispersion measure"),
    Column("dm_err", "f8", "pc / cm3", "uncertainty of the dispersion measure"),
    Column("snr", "f8", "", "matched-filter signal-to-noise ratio of the folded profile"),
    Column(
        "h_statistic", "f8", "", "H statistic of the folded profile (de Jager et al. 1989); noise exceeds h by exp(-0.4 h)"
    ),
    Column("sigma", "f8", "", "Gaussian equivalent of the probability in one trial of the search"),
    Column("log10_fap", "f8", "", "log10 of the number of such detections expected from noise in the whole run"),
    Column("nharm", "i4", "", "harmonics summed"),
    Column("width_phase", "f8", "", "full width at half height of the best Gaussian pulse in turns of pulse phase"),
    Column("score", "f8", "", "probability that it is a pulsar by its fold, as calibrated on simulations, 0 to 1"),
    Column("label", "S16", "", "grade given by a person"),
    Column("known_pulsar", "S32", "", "name of a known pulsar that it matches"),
    Column("known_harmonic", "S8", "", "its frequency over that of the known pulsar, such as 1, 2, 1/2 or 3/2"),
    Column("beams", "S64", "", "beams in which it is seen"),
    Column("ndetections", "i4", "", "detections merged into it"),
    Column("topocentric_period_s", "f8", "s", "spin period at the epoch as seen from the telescope; NaN if unknown"),
    Column("snr_unmasked", "f8", "", "snr of a fold with the interference left in; NaN where the mask took nothing else"),
    Column(
        "masked_fraction",
        "f8",
        "",
        "fraction of the samples in its pulse, in all channels that are not dead, that is masked",
    ),
    Column("warning", "S64", "", "what the mask may have done to it: has its period, follows its pulse, makes it weaker"),
)

DETECTION_COLUMNS: tuple[Column, ...] = (
    Column("det_id", "i4", "", "number of the detection"),
    _OBS_ID,
    Column("search", "S16", "", "search that found it: fft, accel, jerk, ffa, single_pulse"),
    Column("freq_hz", "f8", "Hz", "frequency of the fundamental, in the frame of the catalogue"),
    Column("z", "f8", "", "drift over the observation in Fourier bins: fdot T^2, positive where the frequency rises"),
    Column("w", "f8", "", "change of the drift in Fourier bins: fddot T^3"),
    Column("freq_err_hz", "f8", "Hz", "uncertainty of the frequency; a step of the search where it was not refined"),
    Column("z_err", "f8", "", "uncertainty of z, as that of the frequency; infinite where no drift was searched"),
    Column("w_err", "f8", "", "uncertainty of w, as that of the frequency; infinite where no change of drift was searched"),
    Column("dm", "f8", "pc / cm3", "dispersion measure of the trial"),
    Column("nharm", "i4", "", "harmonics summed"),
    Column("power", "f8", "", "summed power, mean 1 a harmonic in noise"),
    Column("sigma", "f8", "", "Gaussian equivalent of the probability in one trial"),
    Column("log10_fap", "f8", "", "log10 of the number of such detections expected from noise in the whole run"),
    Column("fate", "i2", "", "what became of it: " + ", ".join(f"{fate.value} {fate.name.lower()}" for fate in Fate)),
    Column(
        "related_id", "i4", "", "candidate it became, detection it duplicates or is a harmonic of, or birdie; 0 for none"
    ),
    Column("nzapped", "i4", "", "harmonics among those summed that lie in birdies and hold noise instead"),
)

BIRDIE_COLUMNS: tuple[Column, ...] = (
    Column("birdie_id", "i4", "", "number of the birdie"),
    Column("freq_hz", "f8", "Hz", "middle of the range of frequencies that is removed, in the frame of the recording"),
    Column("width_hz", "f8", "Hz", "width of the range"),
    Column("harmonic", "i4", "", "harmonic of the mains, the diode or the line of the list; 0 where none is known"),
    Column("power_dm0", "f8", "", "largest power in the range at DM 0, mean 1 in noise; NaN if not measured"),
    Column("source", "S8", "", "why it is removed: found, mains, list, diode"),
)

PLAN_COLUMNS: tuple[Column, ...] = (
    Column("dm_min", "f8", "pc / cm3", "first DM of the range"),
    Column("dm_step", "f8", "pc / cm3", "step between trials"),
    Column("ntrials", "i4", "", "number of trials"),
    Column("downsample", "i4", "", "samples of the recording added into one of the series"),
    Column("nsamples_fft", "i8", "", "length of the Fourier transform in samples of the series"),
)

COST_COLUMNS: tuple[Column, ...] = (
    _OBS_ID,
    Column("stage", "S48", "", "name of the stage"),
    Column("host", "S64", "", "machine on which it ran"),
    Column("nthreads", "i4", "", "threads that shared it"),
    Column("ntasks", "i4", "", "chunks, lane blocks or candidates of which it consists"),
    Column("start_mjd", "f8", "d", "when it began, UTC"),
    Column("wall_s", "f8", "s", "wall time"),
    Column("cpu_s", "f8", "s", "CPU time of all threads"),
    Column("core_s", "f8", "s", "core-seconds: nthreads times wall_s, which is what a facility bills"),
    Column("read_bytes", "i8", "byte", "bytes of the recording that were read"),
    Column("peak_bytes", "i8", "byte", "most memory that the process had until the end of the stage"),
    Column("outcome", "S12", "", "how it ended: done, interrupted, failed"),
)
