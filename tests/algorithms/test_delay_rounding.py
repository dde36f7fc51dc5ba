"""Rounding of delays together: the least variance of their errors, found by trying."""

import numpy as np
import pytest

from fastpipe.algorithms.delay_rounding import round_together, together_variance


@pytest.mark.parametrize("n", [1, 2, 3, 16, 64])
def test_no_common_offset_before_rounding_gives_more_alike_errors(n: int) -> None:
    delays = np.random.default_rng(n).uniform(-50.0, 50.0, (300, n))
    errors = round_together(delays) - delays
    offsets = np.linspace(0.0, 1.0, 301)
    tried = np.array([(np.rint(delays - offset) - delays).var(axis=1) for offset in offsets]).min(axis=0)
    assert np.all(errors.var(axis=1) <= tried + 1e-12)
    assert np.abs(errors.mean(axis=1)).max() <= 0.5 + 1e-12
    assert np.abs(errors).max() < 1.5


def test_whole_delays_stay_as_they_are() -> None:
    delays = np.random.default_rng(1).integers(-9, 9, (50, 7))
    np.testing.assert_array_equal(round_together(delays.astype(np.float64)), delays)


def test_no_rows_give_no_rows() -> None:
    assert round_together(np.empty((0, 4))).shape == (0, 4)


@pytest.mark.parametrize("n", [1, 2, 5, 16, 64, 256])
def test_variance_of_errors_is_as_stated(n: int) -> None:
    delays = np.random.default_rng(n).uniform(0.0, 9.0, (4000, n))
    measured = (round_together(delays) - delays).var(axis=1).mean()
    assert measured == pytest.approx(together_variance(n), rel=0.08)
