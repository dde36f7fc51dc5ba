"""Harmonics are recognised; unrelated signals are not, however few Fourier bins there are."""

import numpy as np
import pytest

from fastpipe.algorithms.harmonic_relations import find_harmonics


@pytest.mark.parametrize("ratio", [2.0, 7.0, 16.0, 1 / 2, 1 / 13, 1 / 32, 3 / 2, 2 / 5, 5 / 4])
def test_related_signals_point_to_the_stronger(ratio: float) -> None:
    parent = find_harmonics(np.array([50_000.0, 31_415.9, 50_000.0 * ratio]), np.array([8, 8, 32]))
    assert parent.tolist() == [-1, -1, 0]


@pytest.mark.parametrize("ratio", [17.0, 1 / 33, 7 / 6, 2.01])
def test_other_ratios_are_not_related(ratio: float) -> None:
    assert find_harmonics(np.array([50_000.0, 50_000.0 * ratio]), np.array([8, 8])).tolist() == [-1, -1]


def test_harmonics_of_a_harmonic_point_to_the_root() -> None:
    parent = find_harmonics(np.array([9_000.0, 4_500.0, 2_250.0]), np.array([8, 8, 8]))
    assert parent.tolist() == [-1, 0, 0]


@pytest.mark.parametrize(("nsignals", "tobs_s"), [(100, 60.0), (500, 60.0), (500, 300.0), (50, 4.2)])
def test_random_signals_are_rarely_called_harmonics(nsignals: int, tobs_s: float) -> None:
    rng = np.random.default_rng(1)
    bins = np.exp(rng.uniform(np.log(1.0), np.log(700.0), nsignals)) * tobs_s
    parent = find_harmonics(bins, 2 ** rng.integers(0, 6, nsignals))
    assert np.mean(parent >= 0) < 0.06


def test_bright_pulsar_in_a_short_recording_takes_all_its_relatives() -> None:
    root = 131.2
    ratios = [1.0, *range(2, 17), *(1 / q for q in range(2, 33)), 3 / 2, 5 / 2, 2 / 3, 4 / 3]
    nharm = np.array([32] + [8] * 15 + [32] * 31 + [16] * 4)
    parent = find_harmonics(root * np.array(ratios), nharm)
    assert parent[0] == -1
    assert np.all(parent[1:] == 0)


def test_no_signals() -> None:
    assert find_harmonics(np.zeros(0), np.zeros(0, np.int32)).shape == (0,)


def test_bright_pulsar_takes_all_fractions_whose_harmonics_it_shares() -> None:
    rng = np.random.default_rng(2)
    root, nharm = 240.0, np.full(60, 32)
    down, up = rng.integers(1, 12, 60), rng.integers(1, 60, 60)
    bins = root * up / down + rng.normal(0.0, 0.1 / 32, 60)
    bins[0] = root
    power = np.concatenate(([4000.0], np.full(59, 150.0)))
    assert np.mean(find_harmonics(bins, nharm, excess_power=power)[1:] == 0) > 0.95


def test_signal_stronger_than_the_harmonics_it_shares_is_its_own() -> None:
    bins = np.array([240.0, 240.0 * 13 / 7, 240.0 * 17 / 9])
    power = np.array([4000.0, 3000.0, 2900.0])
    assert find_harmonics(bins, np.array([32, 8, 16]), excess_power=power).tolist() == [-1, -1, -1]
    assert find_harmonics(bins, np.array([32, 8, 16]), excess_power=power / [1, 10, 10]).tolist() == [-1, 0, 0]


def test_random_signals_beside_a_bright_pulsar_live() -> None:
    rng = np.random.default_rng(3)
    bins = np.exp(rng.uniform(np.log(1.0), np.log(700.0), 200)) * 60.0
    power = np.concatenate(([5000.0], np.full(199, 20.0)))
    parent = find_harmonics(bins, 2 ** rng.integers(0, 6, 200), excess_power=power)
    assert np.mean(parent >= 0) < 0.1


def test_change_of_drift_leaves_lines_strong() -> None:
    """Figures of a simulated pulsar of w = -6.6: its second harmonic sweeps over five bins, but dwells in one."""
    bins, power = np.array([25952.3, 25952.3 * 2 / 17]), np.array([3500.0, 830.0])
    drifts = np.array([[-0.93, 0.0], [-6.56, 0.0]])
    assert find_harmonics(bins, np.array([8, 32]), excess_power=power, drifts=drifts).tolist() == [-1, 0]
    assert find_harmonics(bins, np.array([8, 32]), excess_power=power * [1, 3], drifts=drifts).tolist() == [-1, -1]
