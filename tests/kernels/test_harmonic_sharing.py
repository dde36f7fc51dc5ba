"""Verdicts by shared power, against their definition; tails of distributions against SciPy."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import gammainc, gammaincc

from fastpipe_kernels.harmonic_sharing import EXPLAINED, OWN, UNKNOWN, judge_by_power, log_gamma_tail, poisson_tail
from tests.references.harmonic_relations import verdict_by_definition

NAMES = {"own": OWN, "explained": EXPLAINED, "unknown": UNKNOWN}


@settings(max_examples=200, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    up=st.integers(1, 12),
    down=st.integers(1, 12),
    strength=st.sampled_from([0.0, 3.0, 30.0, 300.0]),
)
def test_verdict_is_that_of_the_definition(seed: int, up: int, down: int, strength: float) -> None:
    rng = np.random.default_rng(seed)
    ratio = Fraction(up, down)
    nharm = 2 ** rng.integers(0, 6, 2)
    powers = rng.exponential(1.0 + strength * rng.random((2, 1)), (2, 32)).astype(np.float32)
    bins = np.array([3000.0, 3000.0 * float(ratio) + rng.normal(0.0, 0.01)])
    excess = [max(float(own[:n].sum()) - n, 0.0) for own, n in zip(powers, nharm, strict=True)]
    signals = np.array([(b, 0.0, 0.0, n, e) for b, n, e in zip(bins, nharm, excess, strict=True)])
    strong, weak = ((b, n, e) for b, n, e in zip(bins, nharm, excess, strict=True))
    expected = verdict_by_definition(strong, weak, powers, ratio, -14.0)
    found = judge_by_power(signals[0], signals[1], powers[0], powers[1], (ratio.numerator, ratio.denominator), -14.0)
    assert found == NAMES[expected]


@pytest.mark.parametrize(("power", "count"), [(0.0, 3), (1.0, 1), (30.0, 4), (100.0, 32), (5.0, 0)])
def test_gamma_tail(power: float, count: int) -> None:
    expected = np.log(gammaincc(count, power)) if count and power else 0.0
    assert log_gamma_tail(power, count) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize(("count", "expected"), [(1, 0.2), (3, 0.01), (40, 12.5), (1000, 700.0), (2, 0.0)])
def test_poisson_tail(count: int, expected: float) -> None:
    assert poisson_tail(count, expected) == pytest.approx(gammainc(count, expected) if expected else 0.0, rel=1e-6)


def test_poisson_tail_at_the_mean_says_nothing() -> None:
    assert poisson_tail(3, 3.0) == poisson_tail(0, 0.0) == 1.0
