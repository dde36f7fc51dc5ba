"""Folding kernels against their definitions, to the bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import config

from fastpipe_kernels.folding import (
    add_fours,
    add_shifted_channels,
    count_rows,
    fold_rows,
    mark_changes,
    phase_bins,
    place_channels,
)
from tests.references.folding import downsample_by_definition, pulse_phase, sum_shifted


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nchans=st.integers(1, 70), nruns=st.integers(0, 3))
def test_shifted_channels_add_up(seed: int, nchans: int, nruns: int) -> None:
    rng = np.random.default_rng(seed)
    channels = rng.integers(0, 256, (nchans, 64 * nruns + 100), np.uint8)
    offsets = np.arange(nchans) * channels.shape[1] + rng.integers(0, 100, (3, nchans))
    runs = rng.integers(0, nruns + 1, 3)
    rows = np.full((4, 64 * nruns + 64), 7, np.uint16)
    expected = rows.copy()
    for row, count, from_each in zip(expected, 64 * runs, offsets, strict=False):
        row[:count] = sum_shifted(channels, from_each, count)
    add_shifted_channels(channels, offsets, runs, rows)
    np.testing.assert_array_equal(rows, expected)


def test_channels_lie_between_zeros() -> None:
    samples = np.random.default_rng(4).integers(0, 256, (5, 70), np.uint8)
    rows = np.full((4, 70 + 2 * 9), 7, np.uint8)
    place_channels(samples, np.array([4, 0, 2]), 9, rows)
    np.testing.assert_array_equal(rows[:3], np.pad(samples[[4, 0, 2]], ((0, 0), (9, 9))))
    assert np.all(rows[3] == 7)


def test_long_sums_are_made_in_tiles() -> None:
    channels = np.random.default_rng(2).integers(0, 256, (2, 64 * 150), np.uint8)
    rows = np.empty((1, 64 * 140), np.uint16)
    offsets = np.array([[3, channels.shape[1] + 77]])
    add_shifted_channels(channels, offsets, np.array([140]), rows)
    np.testing.assert_array_equal(rows[0], sum_shifted(channels, offsets[0], 64 * 140))


def test_sum_of_257_full_channels_fits() -> None:
    rows = np.zeros((1, 64), np.uint16)
    add_shifted_channels(np.full((1, 64), 255, np.uint8), np.zeros((1, 257), np.int64), np.ones(1, np.int64), rows)
    assert np.all(rows == 65535)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nchans=st.integers(1, 5), nsamples=st.integers(1, 300))
def test_four_samples_become_one(seed: int, nchans: int, nsamples: int) -> None:
    samples = np.random.default_rng(seed).integers(0, 256, (nchans, nsamples), np.uint8)
    found = np.full((nchans, -(-nsamples // 4)), 7, np.uint8)
    add_fours(samples, found)
    np.testing.assert_array_equal(found, downsample_by_definition(samples))


@settings(max_examples=30, deadline=None)
@given(
    first=st.integers(-(10**6), 10**7),
    freq_hz=st.floats(0.01, 1000.0),
    drifts=st.tuples(st.floats(-1e-3, 1e-3), st.floats(-1e-6, 1e-6)),
    nbins=st.integers(2, 256),
)
def test_phase_bins_are_those_of_the_definition(first: int, freq_hz: float, drifts: tuple[float, float], nbins: int) -> None:
    bins = np.empty(50, np.int32)
    phase_bins(first, np.array([freq_hz, *drifts, 1e-4, 31.7]), nbins, bins)
    fdot_hz_s, fddot_hz_s2 = drifts
    turns = pulse_phase((np.arange(first, first + 50) + 0.5) * 1e-4, freq_hz, fdot_hz_s, 31.7, fddot_hz_s2)
    exact = (turns - np.floor(turns)) * nbins
    assert bins.min() >= 0
    assert bins.max() < nbins
    distance = np.abs(bins + 0.5 - exact)
    rounding = nbins * np.abs(turns) * 1e-15
    assert np.all(np.minimum(distance, nbins - distance) <= 0.5 + 1e-9 + rounding)


def test_phase_bins_do_not_depend_on_the_start() -> None:
    model = np.array([641.9283, 1e-4, 1e-6, 49.152e-6, 150.0])
    whole = np.empty(1000, np.int32)
    phase_bins(-100, model, 61, whole)
    for first, count in ((0, 1), (1, 7), (8, 33), (41, 959)):
        part = np.empty(count, np.int32)
        phase_bins(first - 100, model, 61, part)
        np.testing.assert_array_equal(part, whole[first : first + count])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nruns=st.lists(st.integers(0, 3), min_size=1, max_size=4))
def test_samples_fall_into_their_slots(seed: int, nruns: list[int]) -> None:
    rng = np.random.default_rng(seed)
    count, nsums = len(nruns), rng.integers(1, 9, len(nruns))
    rows = rng.integers(0, 2**16, (count + 1, 192)).astype(np.uint16)
    slots = rng.integers(0, nsums[:, None], (count, 260)).astype(np.uint32)
    firsts, edges = rng.integers(0, 68, count), np.concatenate(([0], np.cumsum(nsums)))
    sums = np.ones(edges[-1])
    expected = sums.copy()
    for i, length in enumerate(64 * np.array(nruns)):
        np.add.at(expected, edges[i] + slots[i, firsts[i] : firsts[i] + length].astype(np.int64), rows[i, :length])
    fold_rows(rows, np.array(nruns), slots, firsts, edges, np.empty((4, 9), np.uint32), sums)
    np.testing.assert_array_equal(sums, expected)


@pytest.mark.skipif(config.DISABLE_JIT, reason="too many samples without the compiler")
def test_large_sums_are_exact() -> None:
    rows, sums = np.full((1, 2**20), 65535, np.uint16), np.zeros(1)
    nothing = np.zeros(1, np.int64)
    fold_rows(
        rows, nothing + 2**14, np.zeros((1, 2**20), np.uint32), nothing, np.array([0, 1]), np.empty((4, 1), np.uint32), sums
    )
    assert sums[0] == 65535 * 2**20


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nstretches=st.integers(1, 8), tile=st.sampled_from([1, 7, 64]))
def test_channels_count_while_they_are_present(seed: int, nstretches: int, tile: int) -> None:
    rng = np.random.default_rng(seed)
    nchans, nsamples = 5, 60
    starts = np.concatenate(([0], np.sort(rng.choice(np.arange(1, nsamples), nstretches - 1, replace=False)), [nsamples]))
    present = rng.integers(0, 2, (4, nchans), np.uint8)
    present[3] = 0
    states = np.append(rng.integers(0, 4, nstretches), 3)
    channels = np.stack((np.arange(nchans), rng.integers(0, 16, nchans), rng.integers(0, 30, nchans)), axis=1)
    slots = rng.integers(0, 3, 30 + nsamples + tile).astype(np.int32)
    sums, expected = np.zeros((3, 16)), np.zeros((3, 16))
    cursors, changes = np.zeros(nchans, np.int64), np.zeros((tile, 16), np.float32)
    level, recent = np.zeros(16, np.float32), np.zeros((3, 2, 16), np.float32)
    for first in range(-30, nsamples, tile):
        mark_changes(starts, states, present, channels, first, cursors, changes)
        count_rows(changes, slots[first + 30 : first + 30 + tile], level, recent, sums)
        assert not changes.any()
    of_samples = np.repeat(present[states[:-1]], np.diff(starts), axis=0)
    for channel, lane, delay in channels:
        np.add.at(expected[:, lane], slots[np.arange(nsamples) - delay + 30], of_samples[:, channel])
    np.testing.assert_array_equal(sums, expected)
