"""The eight statistics of Lyon et al. 2016."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.stats import kurtosis, skew

from fastpipe.algorithms.curve_moments import curve_moments, even_dm_curve


@given(arrays(np.float64, st.integers(3, 80), elements=st.integers(-1000, 1000).map(float)))
def test_moments_are_those_of_scipy(curve: np.ndarray) -> None:
    found = curve_moments(curve)
    if np.ptp(curve) == 0:
        assert np.isnan(found).all()
        return
    scaled = 255.0 * (curve - curve.min()) / np.ptp(curve)
    expected = (scaled.mean(), scaled.std(), kurtosis(scaled), skew(scaled))
    assert found == pytest.approx(expected, rel=1e-9, abs=1e-9)
    assert found[2] >= found[3] ** 2 - 2.0 - 1e-9


def test_dm_curve_has_even_steps() -> None:
    dms = np.array([0.0, 1.0, 1.5, 4.0], np.float32)
    assert even_dm_curve(np.stack((dms, 2.0 * dms))) == pytest.approx(np.linspace(0.0, 8.0, 64))
    assert even_dm_curve(np.zeros((2, 0), np.float32)).size == 0
