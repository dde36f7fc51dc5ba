"""What is left of a recording under its mask."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastpipe.data.presence import Presence, presence_of_all, presence_of_mask
from fastpipe.data.recording import Chunk
from fastpipe.data.rfi_mask import RFIMask
from tests.random_masks import random_mask
from tests.references.presence import presence_by_definition


def unrolled(presence: Presence) -> NDArray[np.bool_]:
    """State of every sample, shape [nchans, nsamples]."""
    return np.repeat(presence.present[presence.states[:-1]], np.diff(presence.starts), axis=0).T


@settings(max_examples=50, deadline=None)
@given(
    seed=st.integers(0, 2**32 - 1),
    nsamples=st.integers(1, 400),
    nchans=st.integers(1, 5),
    interval_samples=st.integers(1, 500),
    is_ascending=st.booleans(),
)
def test_presence_is_that_of_the_definition(
    seed: int, nsamples: int, nchans: int, interval_samples: int, is_ascending: bool
) -> None:
    rng = np.random.default_rng(seed)
    mask = random_mask(rng, nsamples, nchans, interval_samples)
    first, last = np.sort(rng.integers(0, nsamples + 1, 2)).tolist()
    gaps = (Chunk(first, last), Chunk(nsamples - 1, nsamples))
    expected = presence_by_definition(mask, gaps, is_ascending=is_ascending)
    found = presence_of_mask(mask, gaps, is_ascending=is_ascending)
    np.testing.assert_array_equal(unrolled(found), expected)
    np.testing.assert_array_equal(found.samples, expected.sum(axis=1))
    assert found.starts[0] == 0
    assert found.starts[-1] == nsamples
    assert not found.present[found.states[-1]].any()


def test_without_a_mask_everything_is_present() -> None:
    empty = RFIMask(np.zeros((3, 4), np.uint16), 40, 100)
    np.testing.assert_array_equal(
        unrolled(presence_of_mask(empty, (), is_ascending=False)), unrolled(presence_of_all(100, 4))
    )
