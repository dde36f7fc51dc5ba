"""Medians over neighbours, over intervals, and what they leave."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.algorithms.channel_contrast import contrast_of_cells, contrast_of_channels, neighbour_median
from fastpipe.algorithms.robust_statistics import robust_std


@given(nchans=st.integers(1, 1500), slope=st.floats(-3.0, 3.0))
def test_slopes_and_steps_of_the_band_leave_nothing(nchans: int, slope: float) -> None:
    channels = np.arange(nchans)
    band = slope * channels / nchans
    if nchans >= 9:
        assert np.abs(contrast_of_channels(band)).max() < 1e-5
    step = np.where(channels < 0.4 * nchans, 0.0, 1.0)
    if nchans >= 1000:
        assert not contrast_of_channels(step).any()


def test_wide_bands_take_some_neighbours_only_but_from_all_around() -> None:
    noise = np.random.default_rng(1).standard_normal((2, 2000))
    noise[:, 700:780] += 50.0
    medians = neighbour_median(noise)
    assert medians.shape == noise.shape
    assert robust_std(medians, axis=1).max() < 0.2
    assert np.abs(medians).max() < 2.0


def test_what_all_channels_do_leaves_nothing() -> None:
    rng = np.random.default_rng(2)
    own, common = rng.standard_normal((1, 64)), rng.standard_normal((20, 1))
    live = np.ones((20, 64), np.bool_)
    live[3, 7] = False
    values = own + common
    values[9, 30] += 5.0
    values[3, 7] = 1e9
    excess = contrast_of_cells(values, live)
    # The median of this channel is over other intervals.
    excess[:, 7] = 0.0
    assert abs(excess[9, 30] - 5.0) < 1e-5
    excess[9, 30] = 0.0
    assert np.abs(excess).max() < 1e-5
