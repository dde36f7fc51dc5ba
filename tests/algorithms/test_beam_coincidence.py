"""Signals in several beams: sources are located, interference is recognised."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from fastpipe.algorithms.beam_coincidence import BeamGroup, BeamSignals, find_coincidences, group_signals
from fastpipe.algorithms.beam_pattern import BEAM_FWHM_ARCMIN
from fastpipe.data.beams import NBEAMS, beam_offsets_arcmin

LIMIT_SNR = 8.0
TOBS_S = 100.0
OFFSETS = beam_offsets_arcmin(23.4)


def signals(snr: NDArray[np.float64], beams: NDArray[np.int64]) -> BeamSignals:
    """Return one signal as the beams that see it have it."""
    nothing = np.zeros(len(snr))
    return BeamSignals(
        beam=beams,
        freq_hz=nothing + 7.0,
        fdot_hz_s=nothing,
        fdot_err_hz_s=nothing + np.inf,
        dm=nothing + 50.0,
        dm_reach=nothing + 1.0,
        snr=snr,
    )


def coincidences(snr: NDArray[np.float64]) -> list[BeamGroup]:
    """Compare one signal of these S/N over the first beams; what is below the limit is not seen."""
    seen = np.flatnonzero(snr > LIMIT_SNR)
    return find_coincidences(signals(snr[seen], seen), OFFSETS[: len(snr)], TOBS_S, LIMIT_SNR)


def source_snr(rng: np.random.Generator, place: tuple[float, float], amplitude: float) -> NDArray[np.float64]:
    """S/N over the beams of a source with side lobes, beams of unequal gain, and noise."""
    distance = np.hypot(*(OFFSETS - place).T) / BEAM_FWHM_ARCMIN
    side = np.minimum(0.05, 0.1 / np.maximum(distance, 0.1) ** 3) * rng.random(NBEAMS)
    gain = 1.0 + 0.08 * rng.standard_normal(NBEAMS)
    pattern = np.exp(-4 * np.log(2) * distance**2) + side
    return np.asarray(amplitude * gain * pattern + rng.standard_normal(NBEAMS))


@pytest.mark.parametrize("amplitude", [300.0, 1000.0, 10_000.0])
def test_sources_are_never_interference_and_found_within_half_a_beam(amplitude: float) -> None:
    rng = np.random.default_rng(5)
    errors = []
    for _ in range(60):
        radius, angle = 11.0 * np.sqrt(rng.random()), 2 * np.pi * rng.random()
        place = radius * np.cos(angle), radius * np.sin(angle)
        for group in coincidences(source_snr(rng, place, amplitude)):
            assert not group.is_interference
            errors.append(np.hypot(group.source.east_arcmin - place[0], group.source.north_arcmin - place[1]))
    assert len(errors) > 20
    assert np.median(errors) < BEAM_FWHM_ARCMIN / 4
    assert np.quantile(errors, 0.9) < BEAM_FWHM_ARCMIN / 2


@pytest.mark.parametrize(("nbeams", "scatter"), [(7, 0.1), (19, 0.1), (19, 0.3), (19, 0.5)])
@pytest.mark.parametrize("level", [10.0, 30.0, 300.0])
def test_what_all_beams_see_alike_is_interference(nbeams: int, scatter: float, level: float) -> None:
    rng = np.random.default_rng(6)
    for _ in range(10):
        (group,) = coincidences(level * np.exp(scatter * rng.standard_normal(nbeams)) + rng.standard_normal(nbeams))
        assert group.is_interference


def test_two_neighbours_prove_nothing() -> None:
    (group,) = coincidences(np.array([20.0, 20.0, 0.0, 0.0]))
    assert not group.is_interference
    assert group.source.east_arcmin == pytest.approx(OFFSETS[:2, 0].mean(), abs=1.0)


def test_distant_beams_without_those_between_are_interference() -> None:
    snr = np.zeros(NBEAMS)
    snr[[7, 9, 11, 13, 15]] = 20.0
    (group,) = coincidences(snr)
    assert group.is_interference


def test_the_strongest_comes_first_and_each_beam_counts_once() -> None:
    group = find_coincidences(signals(np.array([10.0, 30.0, 12.0]), np.array([0, 0, 1])), OFFSETS[:2], TOBS_S, LIMIT_SNR)[0]
    assert group.members.tolist() == [1, 2, 0]
    alone = signals(np.array([10.0, 30.0]), np.array([0, 0]))
    assert find_coincidences(alone, OFFSETS[:2], TOBS_S, LIMIT_SNR) == []


def linked(first: BeamSignals, second: BeamSignals) -> bool:
    fields = {name: np.concatenate([getattr(first, name), getattr(second, name)]) for name in BeamSignals.__slots__}
    return len(group_signals(BeamSignals(**fields), TOBS_S)) == 1


@pytest.mark.parametrize(
    ("change", "is_same"),
    [
        ({"freq_hz": 7.005}, True),
        ({"freq_hz": 7.02}, False),
        ({"dm": 51.9}, True),
        ({"dm": 52.1}, False),
        ({"fdot_hz_s": 1.9e-4, "fdot_err_hz_s": 0.0}, True),
        ({"fdot_hz_s": 2.1e-4, "fdot_err_hz_s": 0.0}, False),
        ({"fdot_hz_s": 2.1e-4, "fdot_err_hz_s": 1e-5}, True),
    ],
)
def test_signals_are_one_where_frequency_drift_and_dm_agree(change: dict[str, float], is_same: bool) -> None:
    first = signals(np.array([20.0]), np.array([0]))
    exact = {name: getattr(first, name) for name in BeamSignals.__slots__} | {"fdot_err_hz_s": np.zeros(1)}
    other = exact | {name: np.array([value]) for name, value in change.items()}
    assert linked(BeamSignals(**exact), BeamSignals(**other)) == is_same


def test_groups_are_those_of_all_pairs() -> None:
    rng = np.random.default_rng(3)
    count = 200
    found = signals(rng.uniform(8, 20, count), rng.integers(0, NBEAMS, count))
    freq_hz, dm = rng.uniform(5, 6, count), rng.uniform(40, 60, count)
    found = replace(found, freq_hz=freq_hz, dm=dm)
    groups = group_signals(found, TOBS_S)
    assert sorted(np.concatenate(groups).tolist()) == list(range(count))
    # The slow way: labels spread along pairs until nothing changes.
    label = np.arange(count)
    is_pair = (np.abs(freq_hz[:, None] - freq_hz) * TOBS_S <= 1.0) & (np.abs(dm[:, None] - dm) <= 2.0)
    while True:
        spread = np.where(is_pair, label, count).min(axis=1)
        if (spread == label).all():
            break
        label = spread
    assert {frozenset(group.tolist()) for group in groups} == {
        frozenset(np.flatnonzero(label == value).tolist()) for value in np.unique(label)
    }
    assert group_signals(signals(np.zeros(0), np.zeros(0, np.int64)), TOBS_S) == []
