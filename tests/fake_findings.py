"""Findings of interference that nobody had to search for: a band with every kind of trouble in a known place."""

import numpy as np

from fastpipe.data.channel_statistics import ChannelStatistics, IntervalStatistics
from fastpipe.data.header import Header
from fastpipe.data.noise_diode import NoiseDiode
from fastpipe.data.rfi_findings import RFIFindings
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.data.sample_stretches import merge_stretches

INTERVAL_SAMPLES = 1000


def fake_header(nchans: int, nintervals: int) -> Header:
    """Half an interval short of `nintervals`, descending band of 400 MHz, samples of 1 ms."""
    return Header(
        nchans=nchans,
        nsamples=nintervals * INTERVAL_SAMPLES - INTERVAL_SAMPLES // 2,
        tsamp=1e-3,
        fch1=1450.0 - 200.0 / nchans,
        foff=-400.0 / nchans,
        nbits=8,
        tstart=59000.0,
        source_name="J0000+00",
        telescope="FAST",
    )


def fake_findings(header: Header, nintervals: int, seed: int = 1) -> RFIFindings:
    """Make statistics of noise with trouble in them, and the mask that belongs to it."""
    mask = _fake_mask(header, nintervals)
    intervals = _fake_intervals(header, mask, np.random.default_rng(seed))
    channels = ChannelStatistics(intervals.mean.mean(axis=0), intervals.std.mean(axis=0), header.nsamples)
    diode = NoiseDiode(2000.0, 1000.0, 12.0, np.full(header.nchans, 3.0))
    remarks = ("A noise diode is switched every 2 s.",)
    return RFIFindings(intervals, channels, mask, has_broadband=True, diode=diode, remarks=remarks)


def _fake_mask(header: Header, nintervals: int) -> RFIMask:
    nchans = header.nchans
    reasons = np.zeros((nintervals, nchans), np.uint16)

    def add(times: slice, channels: slice, reason: Reason) -> None:
        reasons[times, channels] |= np.uint16(reason)

    everywhere = slice(None)
    add(everywhere, slice(0, max(nchans // 40, 1)), Reason.EDGE)
    add(everywhere, slice(nchans // 2, nchans // 2 + max(nchans // 100, 1)), Reason.DEAD)
    add(everywhere, slice(int(0.88 * nchans), int(0.92 * nchans)), Reason.GIVEN)
    add(everywhere, slice(nchans // 5, nchans // 5 + max(nchans // 60, 1)), Reason.SPREAD)
    add(slice(nintervals // 3, nintervals // 3 + 1), slice(nchans // 4, nchans // 2), Reason.LEVEL)
    add(slice(0, nintervals // 2), slice(int(0.7 * nchans), int(0.7 * nchans) + max(nchans // 50, 1)), Reason.SHAPE)
    add(slice(nintervals // 4, nintervals), slice(int(0.62 * nchans), int(0.62 * nchans) + 1), Reason.PERIODIC)
    add(slice(2 * nintervals // 3, 2 * nintervals // 3 + 1), everywhere, Reason.INTERVAL)
    starts = np.arange(137, header.nsamples - 9, 12_000)
    return RFIMask(reasons, INTERVAL_SAMPLES, header.nsamples, merge_stretches(np.stack([starts, starts + 7], axis=1)))


def _fake_intervals(header: Header, mask: RFIMask, rng: np.random.Generator) -> IntervalStatistics:
    shape, nchans, reasons = mask.reasons.shape, header.nchans, mask.reasons
    band = 100.0 * (1.0 - 0.9 * np.linspace(-1, 1, nchans) ** 8)
    std = np.broadcast_to(band / 10.0, shape) * rng.normal(1.0, 0.02, shape) * np.where(reasons & Reason.SPREAD, 2.0, 1.0)
    is_dead = (reasons & Reason.DEAD) != 0
    zero_dm = rng.standard_normal(header.nsamples).astype(np.float32)
    for start, stop in mask.bad_samples:
        zero_dm[start:stop] += 15.0
    return IntervalStatistics(
        interval_samples=mask.interval_samples,
        nsamples=header.nsamples,
        counts=np.broadcast_to(mask.interval_lengths[:, None], shape).copy(),
        mean=band * rng.normal(1.0, 0.002, shape) + np.where(reasons & Reason.LEVEL, 20.0, 0.0),
        std=np.where(is_dead, 0.0, std),
        skewness=np.where(is_dead, 0.0, rng.normal(0.0, 0.05, shape)),
        kurtosis=np.where(reasons & Reason.SHAPE, 3.0, np.where(is_dead, 0.0, rng.normal(0.0, 0.1, shape))),
        fourier_power=np.where(is_dead, 0.0, rng.gumbel(7.0, 1.0, shape)) + np.where(reasons & Reason.PERIODIC, 60.0, 0.0),
        clipped=np.zeros(shape),
        zero_dm=zero_dm,
    )
