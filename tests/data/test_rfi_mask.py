"""Masks as sets, against the samples written out one by one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.data.sample_stretches import cut_stretches, merge_stretches, subtract_stretches
from fastpipe.errors import ConfigError

NCHANS = 3
LENGTHS = st.integers(1, 40)


def stretches(nsamples: int) -> st.SearchStrategy[NDArray[np.int64]]:
    return arrays(bool, nsamples).map(of_samples)


def of_samples(is_bad: NDArray[np.bool_]) -> NDArray[np.int64]:
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_bad, [False])).astype(int)))
    return edges.reshape(-1, 2).astype(np.int64)


def samples_of(ranges: NDArray[np.int64], nsamples: int) -> NDArray[np.bool_]:
    is_bad = np.zeros(nsamples, bool)
    for start, stop in ranges:
        is_bad[start:stop] = True
    return is_bad


@st.composite
def masks(draw: st.DrawFn, nsamples: int) -> RFIMask:
    interval_samples = draw(st.integers(1, 12))
    nintervals = -(-nsamples // interval_samples)
    reasons = draw(arrays(np.uint16, (nintervals, NCHANS), elements=st.sampled_from([0, 0, 1, 2, 24])))
    return RFIMask(reasons, interval_samples, nsamples, draw(stretches(nsamples)))


PAIRS = LENGTHS.flatmap(lambda nsamples: st.tuples(masks(nsamples), masks(nsamples)))
ONE = LENGTHS.flatmap(masks)


def cells(mask: RFIMask) -> NDArray[np.uint16]:
    """Reasons of every sample and channel, without the bad samples, shape [nsamples, nchans]."""
    return np.repeat(mask.reasons, mask.interval_samples, axis=0)[: mask.nsamples]


@given(LENGTHS.flatmap(lambda n: st.tuples(st.just(n), stretches(n), stretches(n))), st.integers(0, 40), st.integers(0, 40))
def test_stretches_are_sets(case: tuple[int, NDArray[np.int64], NDArray[np.int64]], start: int, stop: int) -> None:
    nsamples, first, second = case
    a, b = samples_of(first, nsamples), samples_of(second, nsamples)
    np.testing.assert_array_equal(merge_stretches(first, second), of_samples(a | b))
    np.testing.assert_array_equal(subtract_stretches(first, second), of_samples(a & ~b))
    inside = (np.arange(nsamples) >= start) & (np.arange(nsamples) < stop)
    np.testing.assert_array_equal(cut_stretches(first, start, max(start, stop)), of_samples(a & inside))


@given(ONE)
def test_fractions_count_samples(mask: RFIMask) -> None:
    bad = (cells(mask) != 0) | samples_of(mask.bad_samples, mask.nsamples)[:, None]
    assert mask.masked_fraction == pytest.approx(bad.mean())
    np.testing.assert_allclose(mask.channel_fractions, bad.mean(axis=0), atol=1e-12)
    starts = range(0, mask.nsamples, mask.interval_samples)
    of_intervals = [bad[start : start + mask.interval_samples].mean() for start in starts]
    np.testing.assert_allclose(mask.interval_fractions, of_intervals, atol=1e-12)
    assert mask.fraction_of(Reason.DEAD) == pytest.approx((cells(mask) & 1 > 0).mean())
    assert mask.fraction_of(Reason.SPREAD | Reason.GIVEN) == pytest.approx((cells(mask) & 10 > 0).mean())


@given(ONE, st.integers(1, 50))
def test_another_grid_loses_no_reason(mask: RFIMask, interval_samples: int) -> None:
    other = mask.on_grid(interval_samples)
    expected = np.zeros_like(other.reasons)
    for sample, row in enumerate(cells(mask)):
        expected[sample // interval_samples] |= row
    # A new interval has the reasons of all its samples, and of nothing else.
    np.testing.assert_array_equal(other.reasons, expected)
    assert other.interval_samples == interval_samples
    assert other.masked_fraction >= mask.masked_fraction - 1e-12


@given(PAIRS)
def test_union_holds_both(pair: tuple[RFIMask, RFIMask]) -> None:
    a, b = pair
    union = a.union(b)
    both = cells(a) | cells(b)
    assert not (both & ~cells(union)).any()
    if a.interval_samples % b.interval_samples == 0 or b.interval_samples % a.interval_samples == 0:
        np.testing.assert_array_equal(cells(union), both)
    np.testing.assert_array_equal(union.reasons, b.union(a).reasons)
    np.testing.assert_array_equal(a.union(a).reasons, a.reasons)


@given(PAIRS)
def test_difference_takes_away_what_the_other_has(pair: tuple[RFIMask, RFIMask]) -> None:
    a, b = pair
    difference = a.difference(b)
    left = np.where(cells(b) != 0, 0, cells(a))
    assert not (left & ~cells(difference)).any()
    assert not (cells(difference) & ~cells(a)).any()
    if b.interval_samples % a.interval_samples == 0:
        np.testing.assert_array_equal(cells(difference), left)
    assert not a.difference(a).mask.any()
    assert len(a.difference(a).bad_samples) == 0


@given(ONE, st.lists(st.integers(0, NCHANS - 1)), st.integers(0, 40), st.integers(0, 40))
def test_channels_and_times_cut_the_mask(mask: RFIMask, channels: list[int], start: int, stop: int) -> None:
    chosen = np.array(channels, np.int64)
    is_chosen = np.isin(np.arange(NCHANS), chosen)
    np.testing.assert_array_equal(mask.of_channels(chosen).reasons, mask.of_channels(is_chosen).reasons)
    np.testing.assert_array_equal(mask.of_channels(chosen).reasons, np.where(is_chosen, mask.reasons, 0))
    stop = max(start, stop)
    cut = mask.between(start, stop)
    inside = slice(start, min(stop, mask.nsamples))
    np.testing.assert_array_equal(cells(cut)[inside], cells(mask)[inside])
    outside = cells(cut)[: max(start - mask.interval_samples, 0)]
    assert not outside.any()


@given(ONE, LENGTHS)
def test_another_length_keeps_what_both_have(mask: RFIMask, nsamples: int) -> None:
    other = mask.with_length(nsamples)
    common = min(nsamples, mask.nsamples)
    np.testing.assert_array_equal(cells(other)[:common], cells(mask)[:common])
    beyond = other.reasons[len(mask.reasons) :]
    np.testing.assert_array_equal(beyond != 0, np.broadcast_to(mask.bad_channels, beyond.shape))
    assert other.interval_lengths.sum() == nsamples


def test_masks_of_different_recordings_do_not_mix() -> None:
    mask = RFIMask(np.zeros((2, 4), np.uint16), 5, 10)
    with pytest.raises(ConfigError, match=r"found masks of 4 channels by 10 samples and of 4 by 9, expected two"):
        mask.union(mask.with_length(9))
    with pytest.raises(ConfigError, match="expected two of the same recording; take masks of equal size"):
        mask.difference(RFIMask(np.zeros((2, 5), np.uint16), 5, 10))
