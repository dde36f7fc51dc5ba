"""The statistics pass: every sample once, the same for any number of threads."""

from dataclasses import fields, replace

import numpy as np
import pytest

from fastpipe.config import CleaningConfig
from fastpipe.data.channel_statistics import IntervalStatistics
from fastpipe.data.recording import Chunk
from fastpipe.execution.executors import SerialExecutor, ThreadedExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline import statistics_pass
from fastpipe.pipeline.statistics_pass import take_statistics
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import MemoryRecording, simulated

RECORDING = simulated(pulsar=None)


def take(recording: MemoryRecording, nthreads: int = 1, interval_s: float = 1.0) -> IntervalStatistics:
    progress, times = SilentProgress(), StageLedger()
    executor = SerialExecutor(progress, times) if nthreads == 1 else ThreadedExecutor(nthreads, progress, times)
    return take_statistics(recording, CleaningConfig(interval_s=interval_s), executor)


def assert_same_bits(left: IntervalStatistics, right: IntervalStatistics) -> None:
    for field in fields(IntervalStatistics):
        np.testing.assert_array_equal(getattr(left, field.name), getattr(right, field.name), err_msg=field.name)


def with_data(data: np.ndarray) -> MemoryRecording:
    nbits = 8 * data.itemsize
    return MemoryRecording(replace(RECORDING.header, nsamples=len(data), nchans=data.shape[1], nbits=nbits), data)


def test_every_interval_has_the_statistics_of_its_samples() -> None:
    found = take(RECORDING)
    assert found.nsamples == RECORDING.header.nsamples
    assert found.counts.sum() == RECORDING.data.size
    for i in range(found.nintervals):
        data = RECORDING.data[i * found.interval_samples : (i + 1) * found.interval_samples]
        np.testing.assert_allclose(found.mean[i], data.mean(axis=0))
        np.testing.assert_allclose(found.std[i], data.std(axis=0))
    assert found.zero_dm.std() == pytest.approx(1.0, abs=0.1)
    assert abs(found.zero_dm.mean()) < 0.3
    assert found.fourier_power.max() < 25


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_result_does_not_depend_on_threads_or_cuts(kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    recording = with_data(RECORDING.data.astype(kind))
    found = take(recording)
    assert_same_bits(found, take(recording, nthreads=3))
    monkeypatch.setattr(statistics_pass, "READ_BYTES", 1)
    assert_same_bits(found, take(recording, nthreads=2))


def test_bytes_and_floats_agree() -> None:
    left, right = take(RECORDING), take(with_data(RECORDING.data.astype(np.float32)))
    for name in ("counts", "mean", "std", "skewness", "kurtosis", "zero_dm"):
        np.testing.assert_allclose(getattr(left, name), getattr(right, name), atol=1e-4, err_msg=name)
    np.testing.assert_allclose(left.fourier_power, right.fourier_power, rtol=1e-3)


def test_gaps_are_left_out() -> None:
    gap = Chunk(3000, 9000)
    data = RECORDING.data.copy()
    data[gap.start : gap.stop] = 255
    found = take(replace(with_data(data), gaps=(gap,)))
    assert found.counts[:, 0].sum() == len(data) - len(gap)
    assert found.clipped.max() == 0
    assert not found.zero_dm[gap.start : gap.stop].any()
    assert found.fourier_power.max() < 25


def test_short_recording_is_one_interval_and_few_bits_do_not_clip() -> None:
    short = simulated(FilterbankShape(nchans=1, nsamples=700, tsamp=4e-4, nbits=2), pulsar=None)
    found = take(short)
    assert found.counts.tolist() == [[700]]
    assert found.clipped.tolist() == [[0.0]]
    np.testing.assert_allclose(found.mean, short.data.mean())


def test_dead_and_broken_values_do_no_harm() -> None:
    data = RECORDING.data.astype(np.float32)
    data[:, 5] = 0
    data[4000:12000] = 0
    data[:, 6] = np.nan
    data[20000:20100, 7] = np.inf
    found = take(with_data(data), interval_s=0.5)
    for field in fields(IntervalStatistics):
        assert np.all(np.isfinite(getattr(found, field.name))), field.name
    assert not found.std[:, 5].any()
    assert not found.counts[:, 6].any()
    assert found.counts[:, 7].sum() == len(data) - 100
