"""Features of folds: what pulsars, noise and interference look like."""

from typing import Any

import numpy as np
import pytest

from fastpipe.algorithms.fold_features import birdie_distance_bins, count_peaks, measure_features
from fastpipe.algorithms.refinement import refine
from fastpipe.data.tables import BIRDIE_COLUMNS, empty_table
from tests.references.fold_cubes import make_cube, pulse_shape

_LONE = (np.arange(32) == 11).astype(float)


def features_of(*, is_dm_free: bool = True, seed: int = 1, **signal: Any) -> dict[str, float]:
    return measure_features(refine(make_cube(np.random.default_rng(seed), **signal), is_dm_free=is_dm_free))


def test_a_pulsar() -> None:
    found = features_of(snr=30.0)
    assert found["subint_persistence"] > 0.9
    assert found["subband_persistence"] > 0.9
    assert found["subint_modulation"] < 0.4
    assert found["subint_phase_chi2"] < 2.0
    assert found["subband_phase_chi2"] < 2.0
    assert found["period_fit"] > 0.95
    assert found["dm_fit"] > 0.95
    assert abs(found["dm0_excess"]) < 0.15
    assert found["dm_significance"] > 10.0
    assert found["npeaks"] == 1.0
    assert found["nturns"] == pytest.approx(300.0, rel=1e-2)


def test_a_burst_in_time() -> None:
    found = features_of(snr=20.0, subint_gain=_LONE)
    assert found["subint_persistence"] < 0.5
    assert found["subint_modulation"] > 2.0
    assert found["period_fit"] < 0.9


def test_a_transmitter() -> None:
    found = features_of(snr=20.0, subband_gain=_LONE)
    assert found["subband_persistence"] < 0.5
    assert found["subband_modulation"] > 2.0
    assert found["dm0_excess"] > 0.3


def test_a_signal_from_the_ground() -> None:
    found = features_of(snr=30.0, dm=0.5, dm_offset=-0.5, freq_hz=50.0)
    assert found["dm_significance"] < 3.0
    assert np.isnan(found["dm0_excess"])


def test_a_narrow_band_cannot_tell_the_dm() -> None:
    found = features_of(snr=15.0, dm=3.0, freq_hz=1.0, band_mhz=(616.0, 606.0))
    assert np.isnan(found["dm_significance"])


def test_a_series_has_no_dm_and_no_band() -> None:
    found = features_of(snr=20.0, shape=(32, 1, 64), is_dm_free=False)
    unknown = {name for name, value in found.items() if np.isnan(value)}
    of_band = {name for name in found if name.startswith(("dm", "subband", "dispersed"))}
    assert unknown == of_band


def test_without_data_nothing_is_known() -> None:
    cube = make_cube(np.random.default_rng(1), snr=0.0)
    cube.cube[:], cube.counts[:] = 0.0, 0.0
    found = measure_features(refine(cube))
    assert np.isnan(found["subint_persistence"])
    assert np.isnan(found["period_fit"])
    assert np.isnan(found["dm"])


@pytest.mark.parametrize("phases", [(0.2,), (0.2, 0.7), (0.1, 0.4, 0.75)])
def test_peaks_are_counted(phases: tuple[float, ...]) -> None:
    profile = sum((20.0 * pulse_shape(128, 0.02, phase) for phase in phases), np.random.default_rng(2).normal(size=128))
    assert count_peaks(profile) == len(phases)


def test_distance_to_birdies() -> None:
    birdies = empty_table(BIRDIE_COLUMNS, 1)
    birdies["freq_hz"], birdies["width_hz"] = 50.0, 0.02
    assert birdie_distance_bins(50.005, 100.0, birdies) == 0.0
    assert birdie_distance_bins(49.9, 100.0, birdies) == pytest.approx(9.0)
    assert birdie_distance_bins(25.02, 100.0, birdies) == pytest.approx(3.0)
    assert birdie_distance_bins(10.0, 100.0, birdies) == 100.0
    assert birdie_distance_bins(50.0, 100.0, birdies[:0]) == 100.0
