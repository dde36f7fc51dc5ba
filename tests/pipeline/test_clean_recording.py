"""Clean recordings: what is masked holds nothing, the rest is the same however it is cut, and pulsars stay."""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from fastpipe.algorithms.cleaning import NOISE_STD
from fastpipe.algorithms.dedispersion import ZERO_LEVEL
from fastpipe.algorithms.zero_dm import ZeroDMFilter, mean_weights
from fastpipe.config import CleaningConfig
from fastpipe.data.channel_statistics import ChannelStatistics, IntervalStatistics
from fastpipe.data.header import Header
from fastpipe.data.noise_diode import NoiseDiode
from fastpipe.data.recording import Chunk
from fastpipe.data.rfi_findings import RFIFindings
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.dispersion import dm_delay_s
from fastpipe.execution.executors import SerialExecutor, ThreadedExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.pipeline.clean_recording import CleanRecording, CleanStretch, SampleKind
from fastpipe.pipeline.preparation import fit_zero_dm, prepare
from fastpipe.pipeline.without_diode import WithoutDiode
from tests.pipeline.recordings import MemoryRecording, flipped

EXECUTOR = SerialExecutor(SilentProgress(), StageLedger())
NSAMPLES, NCHANS, INTERVAL = 3001, 20, 400
TSAMP = 1e-3


def _recording(data: NDArray[np.generic], gaps: tuple[Chunk, ...] = (), tsamp: float = TSAMP) -> MemoryRecording:
    nsamples, nchans = data.shape
    nbits = 8 * data.dtype.itemsize
    header = Header(nchans=nchans, nsamples=nsamples, tsamp=tsamp, fch1=1450.0, foff=-400.0 / nchans, nbits=nbits)
    return MemoryRecording(header, data, gaps=gaps)


def _statistics(data: NDArray[np.generic]) -> ChannelStatistics:
    finite = np.where(np.isfinite(data), data, np.nan).astype(np.float64)
    return ChannelStatistics(np.nanmean(finite, axis=0), np.nanstd(finite, axis=0), len(data))


def _mask(nsamples: int = NSAMPLES, nchans: int = NCHANS, bad_samples: tuple[tuple[int, int], ...] = ()) -> RFIMask:
    stretches = np.array(bad_samples, np.int64).reshape(-1, 2)
    return RFIMask(np.zeros((-(-nsamples // INTERVAL), nchans), np.uint16), INTERVAL, nsamples, stretches)


def _noise(dtype: type = np.uint8, seed: int = 1) -> NDArray[np.generic]:
    values = np.random.default_rng(seed).normal(96.0, 16.0, (NSAMPLES, NCHANS))
    return np.rint(values).clip(0, 255).astype(dtype)


@cache
def _masked(dtype: type = np.uint8) -> CleanRecording:
    """Cells, samples and a gap are masked, across borders of intervals and groups; one channel is bad throughout."""
    data = _noise(dtype)
    data[1700:1720] = 7
    if dtype is np.float32:
        data[5, 6], data[900:930, 7] = np.inf, np.nan
    mask = _mask(bad_samples=((0, 3), (797, 803), (2990, 3001)))
    mask.reasons[2, 4:9] = Reason.LEVEL
    mask.reasons[:, 13] = Reason.GIVEN
    clean = CleanRecording(_recording(data, (Chunk(1700, 1720),)), _statistics(data), mask)
    return replace(clean, zero_dm=fit_zero_dm(clean, EXECUTOR))


def _whole(clean: CleanRecording, downsample: int = 1, *, is_filtered: bool = True) -> NDArray[np.uint8]:
    nout = -(-clean.recording.header.nsamples // downsample)
    return clean.read(Chunk(0, nout), downsample, (clean.recording.header.nchans, nout), is_filtered=is_filtered)


@pytest.mark.parametrize("dtype", [np.uint8, np.float32])
@pytest.mark.parametrize("is_filtered", [False, True])
def test_what_is_masked_is_exactly_the_zero_level(dtype: type, is_filtered: bool) -> None:
    clean = _masked(dtype)
    out = _whole(clean, is_filtered=is_filtered)
    for bad in (out[:, :3], out[:, 797:803], out[:, 2990:], out[:, 1700:1720], out[4:9, 800:1200], out[13]):
        assert (bad == ZERO_LEVEL).all()
    assert np.count_nonzero(out == ZERO_LEVEL) < 0.15 * out.size
    np.testing.assert_allclose(out[:4].std(axis=1), NOISE_STD, rtol=0.1)
    assert clean.good_channels.sum() == NCHANS - 1


@pytest.mark.parametrize("is_filtered", [False, True])
def test_bad_spectra_leave_the_others_of_their_sample(is_filtered: bool) -> None:
    clean = _masked(np.float32)
    single = _whole(clean, is_filtered=is_filtered).astype(float) - ZERO_LEVEL
    added = _whole(clean, 8, is_filtered=is_filtered).astype(float) - ZERO_LEVEL
    expected = np.add.reduceat(single, np.arange(0, NSAMPLES, 8), axis=1) / np.sqrt(8.0)
    # Every spectrum was rounded to a step on one side, their sum on the other.
    assert np.abs(added - expected).max() < 2.5
    assert (added[:, 100] != 0).any()  # samples 800 to 807: bad up to 803, and of an interval with masked channels
    assert (added[4:9, 100:149] == 0).all()


@settings(max_examples=60, deadline=None)
@given(
    start=st.integers(-50, 3000),
    length=st.integers(1, 1500),
    downsample=st.sampled_from([1, 2, 8]),
    is_filtered=st.booleans(),
    dtype=st.sampled_from([np.uint8, np.float32]),
)
def test_any_stretch_is_that_of_the_whole(start: int, length: int, downsample: int, is_filtered: bool, dtype: type) -> None:
    clean = _masked(dtype)
    whole = _whole(clean, downsample, is_filtered=is_filtered)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fastpipe.pipeline.clean_recording.READ_BYTES", 5000)  # some tens of spectra at a time
        out = clean.read(Chunk(start, start + length), downsample, (NCHANS + 2, length + 1), is_filtered=is_filtered)
    expected = np.full((NCHANS + 2, length + 1), ZERO_LEVEL)
    first, last = max(start, 0), min(start + length, whole.shape[1])
    if last > first:
        expected[:NCHANS, first - start : last - start] = whole[:, first:last]
    np.testing.assert_array_equal(out, expected)


@settings(max_examples=60, deadline=None)
@given(
    stretches=st.lists(
        st.tuples(st.sampled_from([1, 2, 3, 8]), st.booleans(), st.integers(-80, 3100), st.integers(1, 900)),
        min_size=1,
        max_size=4,
    ),
    read_bytes=st.integers(1, 200_000),
    dtype=st.sampled_from([np.uint8, np.float32]),
)
def test_stretches_made_together_are_those_made_alone(
    stretches: list[tuple[int, bool, int, int]], read_bytes: int, dtype: type
) -> None:
    clean = _masked(dtype)
    together = [
        CleanStretch(
            SampleKind(downsample, is_filtered), Chunk(start, start + length), np.full((23, length + 7), 99, np.uint8)
        )
        for downsample, is_filtered, start, length in stretches
    ]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fastpipe.pipeline.clean_recording.READ_BYTES", read_bytes)
        clean.fill(together)
    for (downsample, is_filtered), chunk, channels in together:
        np.testing.assert_array_equal(channels, clean.read(chunk, downsample, channels.shape, is_filtered=is_filtered))


def _reads(starts: tuple[int, ...], read_bytes: int) -> list[tuple[int, int]]:
    """Return what is read of the recording for stretches of 100 samples, each of the first kind and of the second."""
    recording = _recording(_noise())
    reads: list[tuple[int, int]] = []
    clean = CleanRecording(_Watched(recording, reads), _statistics(recording.data), _mask())
    channels = np.empty((NCHANS, 100), np.uint8)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("fastpipe.pipeline.clean_recording.READ_BYTES", read_bytes)
        kinds = (SampleKind(2, False), SampleKind(8, False))
        clean.fill([CleanStretch(kind, Chunk(start, start + 100), channels) for kind in kinds for start in starts])
    return reads


@dataclass(frozen=True)
class _Watched:
    """A recording that writes down what is read of it."""

    recording: MemoryRecording
    reads: list[tuple[int, int]]

    def __getattr__(self, name: str) -> object:
        return getattr(self.recording, name)

    def read(self, start: int, stop: int) -> NDArray[np.generic]:
        self.reads.append((start, stop))
        return self.recording.read(start, stop)


def test_every_spectrum_is_read_once_for_all_stretches() -> None:
    assert _reads((100,), 10**6) == [(200, 400), (800, 1600)]
    pieces = _reads((0, 30, 50), 84 * 600)  # room for 600 spectra
    assert pieces[0] == (0, 512)
    assert [start for start, _ in pieces[1:]] == [stop for _, stop in pieces[:-1]]
    assert pieces[-1][1] == 8 * 150


def test_nothing_is_read_for_stretches_beyond_the_recording() -> None:
    assert _reads((-500, 4000), 10**6) == []


def test_an_array_that_is_too_small_for_its_stretch_is_refused() -> None:
    stretch = CleanStretch(SampleKind(1, True), Chunk(0, 50), np.empty((NCHANS, 40), np.uint8))
    with pytest.raises(ValueError, match=r"found clean channels of shape \(20, 40\), expected C-contiguous ones of 20 rows"):
        _masked().fill([stretch])


def test_both_orders_of_the_band_are_cleaned_alike() -> None:
    clean = _masked()
    mask = replace(clean.rfi_mask, reasons=np.ascontiguousarray(clean.rfi_mask.reasons[:, ::-1]))
    statistics = ChannelStatistics(clean.statistics.mean[::-1], clean.statistics.std[::-1], NSAMPLES)
    ascending = CleanRecording(replace(flipped(clean.recording), gaps=clean.recording.gaps), statistics, mask)  # type: ignore[arg-type, type-var]
    np.testing.assert_array_equal(_whole(ascending), _whole(replace(clean, zero_dm=None)))
    ascending = replace(ascending, zero_dm=fit_zero_dm(ascending, EXECUTOR))
    # The sum over the band is made in the other order, so single values may be rounded the other way.
    assert np.abs(_whole(ascending).astype(int) - _whole(clean)).max() <= 1
    np.testing.assert_array_equal(ascending.good_channels, clean.good_channels)


@pytest.mark.parametrize("nthreads", [1, 3])
def test_the_regression_is_the_same_for_any_number_of_threads(nthreads: int) -> None:
    clean = _masked()
    assert clean.zero_dm is not None
    executor = ThreadedExecutor(nthreads, SilentProgress(), StageLedger())
    np.testing.assert_array_equal(fit_zero_dm(clean, executor).weight, clean.zero_dm.weight)


def test_one_channel_and_constant_channels_do_no_harm() -> None:
    data = _noise(np.float32)
    data[:, 3] = 5.0
    for recorded in (data[:, :1], data):
        mask = _mask(nchans=recorded.shape[1])
        clean = CleanRecording(_recording(recorded), _statistics(recorded), mask)
        clean = replace(clean, zero_dm=fit_zero_dm(clean, EXECUTOR))
        out = _whole(clean)
        np.testing.assert_allclose(out[0].std(), NOISE_STD, rtol=0.1)
    assert (out[3] == ZERO_LEVEL).all()


def test_a_mask_or_filter_of_another_recording_is_refused() -> None:
    data = _noise()
    with pytest.raises(ValueError, match=r"found a mask of shape \(8, 19\), expected \(8, 20\) \(intervals, channels\)"):
        CleanRecording(_recording(data), _statistics(data), _mask(nchans=19))
    with pytest.raises(ValueError, match=r"found a zero-DM filter of shape \(1, 20\), expected \(8, 20\)"):
        CleanRecording(_recording(data), _statistics(data), _mask(), ZeroDMFilter(np.zeros((1, 20))))


def _findings(data: NDArray[np.generic], *, has_broadband: bool, diode: NoiseDiode | None) -> RFIFindings:
    empty = np.zeros((8, NCHANS))
    intervals = IntervalStatistics(
        INTERVAL, NSAMPLES, empty.astype(int), empty, empty, empty, empty, empty, empty, np.zeros(NSAMPLES, np.float32)
    )
    return RFIFindings(intervals, _statistics(data), _mask(), has_broadband, diode, ())


def test_filter_and_diode_follow_options_and_findings() -> None:
    data = _noise()
    diode = NoiseDiode(100.0, 50.0, 0.0, np.zeros(NCHANS))
    for zero_dm, has_broadband, is_filtered in (("off", True, False), ("auto", False, False), ("on", False, True)):
        findings = _findings(data, has_broadband=has_broadband, diode=diode)
        clean = prepare(_recording(data), findings, CleaningConfig(zero_dm=zero_dm), EXECUTOR)
        assert (clean.zero_dm is not None) == is_filtered
        assert np.isfinite(clean.unfiltered_below_dm) == is_filtered
        assert isinstance(clean.recording, WithoutDiode)
    mean = CleaningConfig(zero_dm="auto", zero_dm_method="mean")
    clean = prepare(_recording(data), _findings(data, has_broadband=True, diode=None), mean, EXECUTOR)
    assert isinstance(clean.recording, MemoryRecording)
    assert clean.zero_dm is not None
    np.testing.assert_array_equal(clean.zero_dm.weight, mean_weights(np.ones((8, NCHANS), bool)))


BAND = 64
PERIOD_S, DUTY_CYCLE, PULSAR_DM = 0.05, 0.05, 100.0


def _pulsar(
    dm: float, broadband: NDArray[np.float64] | None
) -> tuple[MemoryRecording, NDArray[np.int64], NDArray[np.float64]]:
    """Return 10 s of noise with a pulsar and perhaps interference, its delays, and its dedispersed pulses."""
    tsamp, nsamples = 5e-4, 20_000
    header = _recording(np.zeros((nsamples, BAND), np.uint8), tsamp=tsamp).header
    delays = np.rint(dm_delay_s(dm, header.chan_freqs_mhz, header.fch1) / tsamp).astype(np.int64)
    phase = np.arange(nsamples) * tsamp / PERIOD_S % 1.0 - 0.5
    pulse = np.exp(-4.0 * np.log(2.0) * (phase / DUTY_CYCLE) ** 2)
    values = np.random.default_rng(9).normal(size=(nsamples, BAND))
    values += 0.5 * np.stack([np.roll(pulse, delay) for delay in delays], axis=1)
    if broadband is not None:
        values += broadband[:, None] * np.linspace(0.7, 1.4, BAND)
    data = np.rint(16.0 * values + 110.0).clip(0, 255).astype(np.uint8)
    return _recording(data, tsamp=tsamp), delays, pulse - pulse.mean()


def _series(clean: CleanRecording, delays: NDArray[np.int64], *, is_filtered: bool) -> NDArray[np.float64]:
    out = _whole(clean, is_filtered=is_filtered).astype(float) - ZERO_LEVEL
    return np.asarray(np.sum([np.roll(row, -delay) for row, delay in zip(out, delays, strict=True)], axis=0))


def _clean_pulsar(recording: MemoryRecording, method: str) -> CleanRecording:
    mask = _mask(recording.header.nsamples, BAND)
    clean = CleanRecording(recording, _statistics(recording.data), mask)
    return replace(
        clean, zero_dm=fit_zero_dm(clean, EXECUTOR) if method == "regression" else ZeroDMFilter(mean_weights(~mask.mask))
    )


def _snr(series: NDArray[np.float64], pulse: NDArray[np.float64]) -> float:
    """Matched-filter S/N against the noise of the series that is no pulse."""
    unit = pulse / np.sqrt(pulse @ pulse)
    amplitude = series @ unit
    return float(amplitude / np.std(series - amplitude * unit))


@pytest.mark.parametrize("method", ["regression", "mean"])
def test_mains_and_drift_go_and_a_pulsar_at_high_dm_stays(method: str) -> None:
    times_s = np.arange(20_000) * 5e-4
    drift = np.cumsum(np.random.default_rng(3).normal(size=20_000)) / 100.0
    interference = 0.5 * np.cos(2 * np.pi * 50.0 * times_s) + drift - drift.mean()
    quiet, delays, pulse = _pulsar(PULSAR_DM, None)
    best = _snr(_series(_clean_pulsar(quiet, method), delays, is_filtered=False), pulse)
    clean = _clean_pulsar(_pulsar(PULSAR_DM, interference)[0], method)
    disturbed = _snr(_series(clean, delays, is_filtered=False), pulse)
    filtered = _series(clean, delays, is_filtered=True)
    assert disturbed < 0.8 * best
    assert _snr(filtered, pulse) > 0.95 * best
    power = np.abs(np.fft.rfft(filtered)) ** 2
    assert power[500] < 20 * np.median(power)


@pytest.mark.parametrize("method", ["regression", "mean"])
def test_a_pulsar_below_the_dm_of_the_filter_comes_from_unfiltered_samples(method: str) -> None:
    recording, delays, pulse = _pulsar(3.0, None)
    clean = _clean_pulsar(recording, method)
    assert clean.unfiltered_below_dm > 3.0
    unfiltered = _series(clean, delays, is_filtered=clean.unfiltered_below_dm <= 3.0)
    assert _snr(unfiltered, pulse) > 0.95 * _snr(_series(replace(clean, zero_dm=None), delays, is_filtered=True), pulse)
    assert _snr(_series(clean, delays, is_filtered=True), pulse) < 0.9 * _snr(unfiltered, pulse)
