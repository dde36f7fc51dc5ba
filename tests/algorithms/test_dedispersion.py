"""Dedispersion against its definition: exact sums, any chunking, nothing written beside the stretch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe.algorithms.dedispersion import ZERO_LEVEL, channel_length, dedisperse, working_bytes
from fastpipe.algorithms.radix_plan import RadixPlan, make_radix_plan
from fastpipe.constants import LANES
from fastpipe_kernels.dedispersion import STEP
from tests.references.dedispersion import add_delayed


def _stretch(data: np.ndarray, plan: RadixPlan, start: int, nsamples: int) -> np.ndarray:
    """Cut the clean chunk for a stretch out of channel-major data, the zero level around it."""
    chunk = np.full((plan.nchans, channel_length(plan, nsamples)), ZERO_LEVEL, np.uint8)
    first = start - plan.lead_samples
    columns = np.arange(first, start + nsamples + plan.reach_samples)
    inside = (columns >= 0) & (columns < data.shape[1])
    chunk[: len(data), : len(columns)][:, inside] = data[:, columns[inside]]
    return chunk


@settings(max_examples=30, deadline=None)
@given(
    nchans=st.integers(1, 120),
    ntrials=st.integers(1, 40),
    nsamples=st.integers(1, 300),
    chunk_samples=st.integers(1, 200),
    seed=st.integers(0, 2**31),
)
def test_series_are_the_exact_sums_for_any_chunking(
    nchans: int, ntrials: int, nsamples: int, chunk_samples: int, seed: int
) -> None:
    data = np.random.default_rng(seed).integers(0, 256, (nchans, nsamples), dtype=np.uint8)
    plan = make_radix_plan(1450.0 - np.arange(nchans) * 400 / nchans, 1e-3, np.linspace(0.0, 80.0, ntrials))
    blocks = np.full((-(-ntrials // LANES), nsamples, LANES), np.nan, np.float32)
    for start in range(0, nsamples, chunk_samples):
        count = min(chunk_samples, nsamples - start)
        dedisperse(_stretch(data, plan, start, count), 0, plan, blocks, start, count)

    whole = _stretch(data, plan, 0, nsamples)
    expected = add_delayed(whole, plan.delays(), plan.lead_samples, nsamples) - ZERO_LEVEL * plan.nchans
    series = blocks.transpose(0, 2, 1).reshape(-1, nsamples)
    np.testing.assert_array_equal(series[:ntrials], expected)
    assert not np.isnan(series).any()


def test_only_the_stretch_is_written() -> None:
    plan = make_radix_plan(1450.0 - np.arange(40) * 10.0, 1e-3, np.linspace(0.0, 30.0, 20))
    blocks = np.full((2, 200, LANES), np.nan, np.float32)
    data = np.random.default_rng(1).integers(0, 256, (40, 200), dtype=np.uint8)
    dedisperse(_stretch(data, plan, 70, 33), 0, plan, blocks, 70, 33)
    assert np.isnan(blocks[:, :70]).all()
    assert np.isfinite(blocks[:, 70:103]).all()
    assert np.isnan(blocks[:, 103:]).all()


def test_the_last_sample_reaches_the_series() -> None:
    plan = make_radix_plan(1450.0 - np.arange(16) * 25.0, 1e-3, np.array([0.0]))
    data = np.full((16, 100), ZERO_LEVEL, np.uint8)
    data[:, -1] += 10
    blocks = np.zeros((1, 100, LANES), np.float32)
    dedisperse(_stretch(data, plan, 0, 100), 0, plan, blocks, 0, 100)
    assert blocks[0, -1, 0] == 160.0
    assert not blocks[0, :-1].any()


def test_a_chunk_of_the_wrong_shape_is_refused() -> None:
    plan = make_radix_plan(1450.0 - np.arange(16) * 25.0, 1e-3, np.array([0.0, 1.0]))
    with pytest.raises(ValueError, match="found channels of uint8 of shape"):
        dedisperse(np.zeros((16, 5), np.uint8), 0, plan, np.zeros((1, 5, LANES), np.float32), 0, 5)


@pytest.mark.parametrize(
    "out", [np.zeros((1, 4, LANES), np.float32), np.zeros((1, 5, LANES), np.float64), np.zeros((1, 10, LANES), "f4")[:, ::2]]
)
def test_series_of_the_wrong_shape_are_refused(out: np.ndarray) -> None:
    plan = make_radix_plan(1450.0 - np.arange(16) * 25.0, 1e-3, np.array([0.0, 1.0]))
    channels = np.zeros((plan.nchans, channel_length(plan, 5)), np.uint8)
    with pytest.raises(ValueError, match=r"found series of float.*, expected C-contiguous float32 of at least"):
        dedisperse(channels, 0, plan, out, 0, 5)


def test_memory_to_work_in_of_the_wrong_size_is_refused() -> None:
    plan = make_radix_plan(1450.0 - np.arange(16) * 25.0, 1e-3, np.array([0.0, 1.0]))
    channels = np.zeros((plan.nchans, channel_length(plan, 5)), np.uint8)
    memory = np.empty(working_bytes(plan, 5) - 1, np.uint8)
    with pytest.raises(ValueError, match="found workspace of uint8 of shape"):
        dedisperse(channels, 0, plan, np.zeros((1, 5, LANES), np.float32), 0, 5, memory)


def test_a_shorter_stretch_never_needs_longer_channels_or_more_memory() -> None:
    # The last chunk of a recording is read with the length of the others, and worked on in their memory.
    plan = make_radix_plan(1450.0 - np.arange(16) * 25.0, 1e-3, np.array([0.0, 1.0]))
    for needed in (channel_length, working_bytes):
        assert np.all(np.diff([needed(plan, nsamples) for nsamples in range(1, 20000, 7)]) >= 0)


def _series(plan: RadixPlan, channels: np.ndarray, nsamples: int, chunk: int, first_byte: int = 0) -> np.ndarray:
    """Dedisperse in chunks, with memory of exactly the stated size between guards, into blocks that begin anywhere."""
    nblocks = -(-len(plan.dm_trials) // LANES)
    memory = np.zeros(nblocks * nsamples * LANES + 32, np.float32)
    first = (-memory.ctypes.data % 64 + first_byte) // 4
    out = memory[first : first + nblocks * nsamples * LANES].reshape(nblocks, nsamples, LANES)
    for start in range(0, nsamples, chunk):
        count = min(chunk, nsamples - start)
        needed = working_bytes(plan, count)
        guarded = np.full(needed + 20, 77, np.uint8)
        dedisperse(channels, start, plan, out, start, count, guarded[7 : 7 + needed])
        assert np.all(guarded[:7] == 77)
        assert np.all(guarded[7 + needed :] == 77)
    assert not memory[:first].any()
    assert not memory[first + out.size :].any()
    return out.transpose(0, 2, 1).reshape(-1, nsamples)[: len(plan.dm_trials)]


@pytest.mark.parametrize("first_byte", [0, 16])
def test_long_stretches_are_cut_into_pieces_without_a_trace(first_byte: int, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = make_radix_plan(1450.0 - np.arange(40) * 10.0, 1e-3, np.linspace(0.0, 60.0, 24))
    nsamples = 1501
    length = channel_length(plan, nsamples) + STEP
    channels = np.random.default_rng(3).integers(0, 256, (plan.nchans, length), dtype=np.uint8)
    expected = add_delayed(channels, plan.delays(), plan.lead_samples, nsamples) - ZERO_LEVEL * plan.nchans
    monkeypatch.setattr("fastpipe.algorithms.dedispersion._PIECE_SAMPLES", (200, 700))
    for chunk in (1501, 1024, 600, 333):
        np.testing.assert_array_equal(_series(plan, channels, nsamples, chunk, first_byte), expected)


@pytest.mark.parametrize("nchans", [96, 97, 336, 512, 1021, 1024, 2048, 3000, 4096, 16384])
def test_every_number_of_channels(nchans: int) -> None:
    freqs = 1450.0 - np.arange(nchans) * 400.0 / nchans
    plan = make_radix_plan(freqs, 4e-3, np.array([20.0, 35.0, 50.0]))
    nsamples = 20
    channels = np.full((plan.nchans, channel_length(plan, nsamples)), ZERO_LEVEL, np.uint8)
    channels[:nchans] = np.random.default_rng(nchans).integers(0, 256, (nchans, channels.shape[1]), dtype=np.uint8)
    expected = add_delayed(channels, plan.delays(), plan.lead_samples, nsamples) - ZERO_LEVEL * plan.nchans
    np.testing.assert_array_equal(_series(plan, channels, nsamples, nsamples), expected)


@pytest.mark.parametrize("level", [0, 255])
def test_the_largest_and_smallest_sums_are_exact(level: int) -> None:
    plan = make_radix_plan(1450.0 - np.arange(512) * 400.0 / 512, 1e-3, np.linspace(0.0, 5.0, 17))
    channels = np.full((plan.nchans, channel_length(plan, 70)), level, np.uint8)
    assert np.all(_series(plan, channels, 70, 70) == (level - ZERO_LEVEL) * plan.nchans)


def test_a_subset_gives_the_same_bits() -> None:
    plan = make_radix_plan(1450.0 - np.arange(128) * 400.0 / 128, 1e-3, np.linspace(0.0, 90.0, 70))
    nsamples = 150
    # Even a short last chunk reads a whole step.
    length = channel_length(plan, nsamples) + STEP
    channels = np.random.default_rng(8).integers(0, 256, (plan.nchans, length), dtype=np.uint8)
    whole = _series(plan, channels, nsamples, nsamples)
    for first, last in ((0, 16), (32, 33), (48, 70)):
        np.testing.assert_array_equal(_series(plan.subset(first, last), channels, nsamples, 64), whole[first:last])
