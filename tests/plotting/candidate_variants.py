"""Candidates of all kinds that a page must be able to show."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from fastpipe.data.catalogue import Fold
from fastpipe.data.folded_cube import FoldedCube
from tests.fake_catalogue import FEATURES, fake_fold, fake_tables

CONTRIBUTIONS = {
    "base": -3.1,
    "snr": 4.6,
    "subint_persistence": 1.3,
    "subband_persistence": 0.9,
    "dm_fit": 2.2,
    "width_phase": -0.4,
    "dm0_ratio": 0.7,
}
SENTENCES = [
    "For: the folded profile has S/N 24.8, more than noise gives.",
    "Against: the pulse is there in only 12% of the observation, like a burst of interference of a transmitter nearby.",
    "Note: this band cannot tell a pulsar nearby from the ground: its error of the DM is 21 pc cm^-3.",
]


@dataclass(frozen=True, slots=True)
class Variant:
    """What a page is drawn of."""

    candidate: np.void
    observation: np.void
    fold: Fold
    sentences: list[str]


def _variant(
    fold: Fold | None = None,
    *,
    candidate: dict[str, Any] | None = None,
    observation: dict[str, Any] | None = None,
    sentences: list[str] | None = None,
) -> Variant:
    tables = fake_tables()
    found, seen = tables.candidates[0], tables.observations[0]
    for row, values in ((found, candidate or {}), (seen, observation or {})):
        for name, value in values.items():
            row[name] = value
    fold = replace(fake_fold(), contributions=CONTRIBUTIONS) if fold is None else fold
    return Variant(found, seen, fold, SENTENCES if sentences is None else sentences)


def _cut(nsubints: int, nsubbands: int, nbins: int) -> Fold:
    """Corner of a fold, as of a short or narrow recording; too short to vary the period where it has few parts."""
    whole = fake_fold()
    cube = whole.cube
    is_grid = nsubints > 1
    return replace(
        whole,
        cube=replace(
            cube,
            cube=cube.cube[:nsubints, :nsubbands, :nbins],
            counts=cube.counts[:nsubints, :nsubbands, :nbins],
            subint_mid_s=cube.subint_mid_s[:nsubints],
            subband_freqs_mhz=cube.subband_freqs_mhz[:nsubbands],
        ),
        profile=whole.profile[:nbins],
        dm_curve=whole.dm_curve if nsubbands > 1 else whole.dm_curve[:, :0],
        period_fdot_grid=whole.period_fdot_grid if is_grid else np.zeros((1, 1), np.float32),
        freq_offsets_hz=whole.freq_offsets_hz if is_grid else np.zeros(1),
        fdot_offsets_hz_s=whole.fdot_offsets_hz_s if is_grid else np.zeros(1),
    )


def _narrow_band() -> Fold:
    fold = fake_fold()
    freqs = np.linspace(111.0001, 111.0000, len(fold.cube.subband_freqs_mhz))
    curve = fold.dm_curve.copy()
    curve[0] = np.linspace(26.7641, 26.7649, curve.shape[1])
    return replace(fold, cube=replace(fold.cube, subband_freqs_mhz=freqs), dm_curve=curve)


def _scaled(factor: float) -> Fold:
    """Fold of another strength: huge, faint, or upside down."""
    fold = fake_fold()
    profile, curve = fold.profile * np.float32(factor), fold.dm_curve.copy()
    curve[1] *= factor
    grid = fold.period_fdot_grid * np.float32(factor)
    return replace(fold, profile=profile, dm_curve=curve, period_fdot_grid=grid)


def _empty() -> Fold:
    """Fold of a recording in which everything is masked."""
    fold = fake_fold()
    cube: FoldedCube = replace(fold.cube, cube=np.zeros_like(fold.cube.cube), counts=np.zeros_like(fold.cube.counts))
    return replace(
        fold,
        cube=cube,
        profile=np.zeros_like(fold.profile),
        dm_curve=np.zeros((2, 0), np.float32),
        period_fdot_grid=np.zeros((1, 1), np.float32),
        freq_offsets_hz=np.zeros(1),
        fdot_offsets_hz_s=np.zeros(1),
        features={},
    )


def _many_features() -> Fold:
    names = [*FEATURES, *(f"a_feature_with_a_rather_long_name_{number}" for number in range(20))]
    contributions = {name: 12.5 * (-0.8) ** place for place, name in enumerate(names)}
    return replace(fake_fold(), features=FEATURES | {"dm_fit": np.nan}, contributions={"base": -2.0} | contributions)


_LONG = {
    "known_pulsar": b"J1234-5678AAWWWWWWWWWWWWWWWWWWWW",
    "known_harmonic": b"15/16",
    "beams": b"1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19",
    "warning": b"stronger without the mask, which has its period and follows it",
    "label": b"class 2 pulsar",
    "snr_unmasked": 31.25,
    "masked_fraction": 0.62,
    "jerk_m_s3": -0.123456,
    "topocentric_period_s": 0.163789012,
    "ndetections": 123456,
}
_HUGE = {
    "period_err_s": 1.0,
    "fdot_err_hz_s": np.inf,
    "dm_err": 1e7,
    "dm": 12345.678,
    "snr": 123456.7,
    "accel_m_s2": -1.2e7,
    "h_statistic": 1e10,
    "log10_fap": -123456.0,
}
_NEGATIVE = {
    "snr": -1.2,
    "fdot_hz_s": -3.7e-13,
    "fdot_err_hz_s": 2e-15,
    "accel_m_s2": -5.6,
    "log10_fap": 2.3,
    "h_statistic": -2.0,
}
_UNKNOWN = {"score": np.nan, "width_phase": np.nan, "topocentric_period_s": np.nan, "h_statistic": np.nan}

VARIANTS = {
    "plain": _variant(observation={"ra_deg": 83.633, "dec_deg": -22.014}),
    "long names": _variant(candidate=_LONG, observation={"source": b"W" * 64, "telescope": b"M" * 32, "beam": 19}),
    "letters of other scripts": _variant(observation={"source": "天眼 $x^2$ µ".encode(), "telescope": "é".encode()[:1]}),
    "huge errors": _variant(candidate=_HUGE),
    "tiny errors": _variant(candidate={"period_err_s": 1e-19, "fdot_err_hz_s": 1e-22, "dm_err": 1e-9}),
    "negative values": _variant(_scaled(-1.0), candidate=_NEGATIVE),
    "bright": _variant(_scaled(1e4), candidate={"snr": 1e5}),
    "faint": _variant(_scaled(0.01), candidate={"snr": 0.2}),
    "unknown values": _variant(candidate=_UNKNOWN),
    "slow pulsar": _variant(
        candidate={"period_s": 118.123456789, "topocentric_period_s": 118.1}, observation={"tobs_s": 7384.0}
    ),
    "narrow band": _variant(_narrow_band(), candidate={"dm": 26.7645}),
    "series": _variant(fake_fold(is_series=True)),
    "one sub-integration": _variant(_cut(1, 32, 64)),
    "two of all": _variant(_cut(2, 2, 4)),
    "nothing": _variant(_empty(), sentences=[]),
    "many features": _variant(_many_features()),
    "many sentences": _variant(sentences=SENTENCES * 9),
    "endless words": _variant(sentences=["Note: " + "W" * 400, "word " * 300]),
}
