"""Pulsars score high, noise and interference low, and the score can say why."""

from typing import Any

import numpy as np
import pytest

from fastpipe.algorithms.fold_features import measure_features
from fastpipe.algorithms.refinement import refine
from fastpipe.algorithms.scoring import explain, score_factors, score_fold
from tests.references.fold_cubes import make_cube

_LONE = np.arange(32) == 11


def median_score(**signal: Any) -> float:
    rng = np.random.default_rng(1)
    return float(np.median([score_fold(measure_features(refine(make_cube(rng, **signal)))) for _ in range(5)]))


@pytest.mark.parametrize(
    "signal",
    [
        {"snr": 12.0},
        {"snr": 50.0},
        {"snr": 15.0, "freq_hz": 300.0, "width": 0.05, "dm": 100.0},
        {"snr": 15.0, "subint_gain": (np.arange(32) % 5 < 3).astype(float)},
        {"snr": 15.0, "subband_gain": np.linspace(0.0, 2.0, 32)},
        {"snr": 30.0, "freq_hz": 1.4, "dm": 26.8, "band_mhz": (616.0, 606.0)},
        {"snr": 20.0, "shape": (32, 1, 64)},
    ],
)
def test_pulsars_score_high(signal: dict[str, Any]) -> None:
    assert median_score(**signal) > 0.75


@pytest.mark.parametrize(
    "signal",
    [
        {"snr": 0.0},
        {"snr": 20.0, "subband_gain": _LONE.astype(float)},
        {"snr": 20.0, "subint_gain": _LONE.astype(float)},
        {"snr": 30.0, "dm": 0.5, "dm_offset": -0.5, "freq_hz": 50.0},
        {"snr": 20.0, "dm": 30.0, "dm_offset": -30.0, "freq_hz": 50.0},
    ],
)
def test_noise_and_interference_score_low(signal: dict[str, Any]) -> None:
    assert median_score(**signal) < 0.2


def test_unresolved_dm_counts_half() -> None:
    assert 0.3 < median_score(snr=30.0, dm=0.5, dm_offset=-0.5, freq_hz=1.0) < 0.75


def test_series_is_not_judged_by_its_dm() -> None:
    features = measure_features(refine(make_cube(np.random.default_rng(2), snr=20.0, shape=(32, 1, 64)), is_dm_free=False))
    assert np.isnan(features["dm0_ratio"])
    assert set(score_factors(features)) == {"strength", "time", "width"}
    assert any("nothing can be said about the DM" in sentence for sentence in explain(features))


def test_sentences_name_the_fault() -> None:
    features = measure_features(refine(make_cube(np.random.default_rng(3), snr=20.0, subint_gain=_LONE.astype(float))))
    assert any(sentence.startswith("Against: the pulse is there in only") for sentence in explain(features))
    assert all(
        sentence.split(":")[0] in ("For", "Against", "Note") and sentence.endswith(".") for sentence in explain(features)
    )


def test_nothing_known_is_no_fault() -> None:
    assert score_fold({}) == 1.0
    assert explain({}) == ["Note: without a band to compare, nothing can be said about the DM."]


def test_a_signal_of_too_few_turns_is_no_sure_pulsar() -> None:
    features = {"snr": 20.0, "width_phase": 0.05, "subint_persistence": float("nan")}
    assert score_fold(features) == pytest.approx(0.5, abs=0.01)
    assert "Note: there are too few turns to see whether the pulse persists." in explain(features)
    assert not any("nan" in sentence for sentence in explain(features))
