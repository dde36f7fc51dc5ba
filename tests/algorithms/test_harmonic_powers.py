"""Shared Fourier power decides: harmonics of all kinds are explained, signals of their own live even at simple ratios."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastpipe.algorithms.harmonic_relations import find_harmonics
from fastpipe.data.harmonic_powers import FoundDetections, HarmonicPowers
from fastpipe.data.tables import DETECTION_COLUMNS, empty_table
from tests.references.harmonic_relations import harmonics_by_definition

ROOT_BIN = 840.3


def seen_at(ratio: Fraction, nharm: int, line_powers: NDArray[np.float64], rng: np.random.Generator) -> NDArray[np.float32]:
    """Powers that a detection at a ratio of a pulsar shows of it, and noise."""
    powers = np.zeros(32, np.float32)
    for number in range(1, nharm + 1):
        place = number * ratio
        line = line_powers[place.numerator - 1] if place.denominator == 1 and place <= len(line_powers) else 0.0
        amplitude = np.sqrt(line) + (rng.normal() + 1j * rng.normal()) / np.sqrt(2.0)
        powers[number - 1] = abs(amplitude) ** 2
    return powers


def parents(signals: list[tuple[Fraction | float, int, NDArray[np.float32]]]) -> list[int]:
    bins = np.array([ROOT_BIN * float(ratio) for ratio, _, _ in signals])
    nharm = np.array([count for _, count, _ in signals])
    powers = np.array([own for _, _, own in signals])
    harmonics = HarmonicPowers(np.arange(len(signals)), powers)
    excess = powers.sum(axis=1).astype(np.float64) - nharm
    found = find_harmonics(bins, nharm, excess_power=excess, harmonics=harmonics, log10_own_chance=-9.0)
    return [int(parent) for parent in found]


def narrow_pulse(power: float) -> NDArray[np.float64]:
    return power * np.exp(-0.5 * (np.arange(1, 65) / 10.0) ** 2)


@pytest.mark.parametrize("text", ["1/2", "1/3", "1/7", "3/2", "2/3", "5/7", "2", "3", "8", "7/3", "11/4"])
def test_what_shares_its_power_is_explained(text: str) -> None:
    ratio, lines = Fraction(text), narrow_pulse(60.0)
    nharm = 32 if ratio < 2 else 4
    for seed in range(20):
        rng = np.random.default_rng(seed)
        assert parents(
            [(Fraction(1), 16, seen_at(Fraction(1), 16, lines, rng)), (ratio, nharm, seen_at(ratio, nharm, lines, rng))]
        ) == [-1, 0]


@pytest.mark.parametrize("text", ["1/2", "3/2", "2/3", "2", "3"])
def test_another_pulsar_at_a_simple_ratio_lives(text: str) -> None:
    """Its own lines are not among those that the stronger one showed at its own DM."""
    for seed in range(20):
        rng = np.random.default_rng(seed)
        other = seen_at(Fraction(1), 8, narrow_pulse(25.0), rng)
        lines = narrow_pulse(60.0)
        if Fraction(text).denominator == 1:
            lines[np.arange(1, 65) % Fraction(text).numerator == 0] = 0.0
        strong = seen_at(Fraction(1), 16, lines, rng)
        assert parents([(Fraction(1), 16, strong), (Fraction(text), 8, other)]) == [-1, -1]


def test_true_period_of_which_odd_harmonics_are_significant_lives() -> None:
    lines = np.where(np.arange(1, 65) % 2, 8.0, 40.0)
    rng = np.random.default_rng(1)
    half = seen_at(Fraction(1), 32, lines, rng)
    double = seen_at(Fraction(2), 16, np.where(np.arange(1, 65) % 2, 0.0, 60.0), rng)
    assert parents([(Fraction(2), 16, double), (Fraction(1), 32, half)]) == [-1, -1]


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), count=st.integers(0, 120), span=st.sampled_from([100.0, 3000.0, 1e6]))
def test_without_powers_harmonics_are_those_of_the_definition(seed: int, count: int, span: float) -> None:
    rng = np.random.default_rng(seed)
    bins = 30.0 + span * rng.random(count)
    related = rng.random(count) < 0.4
    bins[related] = (31.7 * rng.integers(1, 9, count) / rng.integers(1, 9, count) + rng.normal(0, 0.05, count))[related]
    nharm = 2 ** rng.integers(0, 6, count)
    np.testing.assert_array_equal(find_harmonics(bins, nharm), harmonics_by_definition(bins, nharm, 1.1))


def test_powers_go_with_their_rows() -> None:
    def part(count: int, rows: list[int]) -> FoundDetections:
        powers = np.full((len(rows), 32), count, np.float32)
        return FoundDetections(empty_table(DETECTION_COLUMNS, count), HarmonicPowers(np.array(rows, np.intp), powers))

    joined = FoundDetections.joined([part(3, [1]), part(0, []), part(4, [0, 3])])
    assert len(joined.table) == 7
    assert joined.harmonics.rows.tolist() == [1, 3, 6]
    chosen = joined.harmonics.chosen(np.array([6, 0, 1]), 7)
    assert chosen.rows.tolist() == [0, 2]
    assert chosen.powers[:, 0].tolist() == [4.0, 3.0]
