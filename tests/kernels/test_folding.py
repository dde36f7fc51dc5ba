"""Folding kernels against their definitions, to the bit."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe_kernels.folding import add_shifted_channels, count_rows, fold_rows, mark_changes, phase_bins
from tests.references.folding import pulse_phase, sum_shifted


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), nchans=st.integers(1, 9), nruns=st.integers(1, 3))
def test_shifted_channels_add_up(seed: int, nchans: int, nruns: int) -> None:
    rng = np.random.default_rng(seed)
    channels = rng.integers(0, 256, (nchans + 1, 64 * nruns + 100), np.uint8)
    offsets = np.arange(nchans) * channels.shape[1] + rng.integers(0, 100, nchans)
    subband = np.full(64 * nruns, 7, np.uint16)
    add_shifted_channels(channels, offsets, subband)
    np.testing.assert_array_equal(subband, sum_shifted(channels, offsets, len(subband)))


def test_sum_of_257_full_channels_fits() -> None:
    subband = np.zeros(64, np.uint16)
    add_shifted_channels(np.full((1, 64), 255, np.uint8), np.zeros(257, np.int64), subband)
    assert np.all(subband == 65535)


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


@pytest.mark.parametrize("flush_rows", [16, 48, 2048])
def test_rows_fall_into_their_slots(flush_rows: int) -> None:
    rng = np.random.default_rng(3)
    subbands = rng.integers(0, 2**16, (16, 160)).astype(np.uint16)
    slots = rng.integers(0, 6, 160).astype(np.int32)
    sums = np.ones((6, 16))
    fold_rows(subbands, slots, flush_rows, np.empty((2, 16, 16), np.float32), np.zeros((6, 2, 16), np.float32), sums)
    expected = np.ones((6, 16))
    np.add.at(expected, slots, subbands.T)
    np.testing.assert_array_equal(sums, expected)


def test_large_sums_are_exact() -> None:
    subbands = np.full((16, 4096), 65535, np.uint16)
    sums = np.zeros((1, 16))
    scratch = np.empty((2, 16, 16), np.float32), np.zeros((1, 2, 16), np.float32)
    fold_rows(subbands, np.zeros(4096, np.int32), 256, *scratch, sums)
    assert np.all(sums == 65535 * 4096)


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
