"""Dedispersion against its definition: exact sums, any chunking, nothing written beside the stretch."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe.algorithms.dedispersion import ZERO_LEVEL, channel_length, dedisperse
from fastpipe.algorithms.radix_plan import RadixPlan, make_radix_plan
from fastpipe.constants import LANES
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


@pytest.mark.parametrize("row_bytes", [129, 513, 897])
def test_a_shorter_stretch_never_needs_longer_channels(row_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    # The last chunk of a recording is read with the length of the others.
    plan = make_radix_plan(1450.0 - np.arange(16) * 25.0, 1e-3, np.array([0.0, 1.0]))
    nrows = max(len(stage.source) for stage in plan.stages[:-1])
    monkeypatch.setattr("fastpipe.algorithms.dedispersion._ROW_BYTES", 2 * nrows * row_bytes)
    lengths = [channel_length(plan, nsamples) for nsamples in range(1, 3000)]
    assert np.all(np.diff(lengths) >= 0)
