"""Folding from its definition: every channel sample is put, one by one, at the phase at which it left the pulsar."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def pulse_phase(time_s: Any, freq_hz: float, fdot_hz_s: float, epoch_s: Any, fddot_hz_s2: float = 0.0) -> Any:
    """Phase in turns, not wrapped, of a time in s."""
    x = time_s - epoch_s
    return freq_hz * x + fdot_hz_s * x**2 / 2 + fddot_hz_s2 * x**3 / 6


def fold_by_definition(
    data: NDArray[Any],
    delay_samples: NDArray[Any],
    subband_of_channel: NDArray[Any],
    spec: Any,
    tsamp: float,
    present: NDArray[np.bool_] | None = None,
    clock: Callable[[NDArray[np.float64]], NDArray[np.float64]] = np.asarray,
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sums and counts, shape [nsubints, nsubbands, nbins]; channels of sub-band -1 are left out, delays may be fractional.

    `spec` has freq_hz, fdot_hz_s, fddot_hz_s2, nbins, nsubbands and nsubints. Samples that are not `present`, shape [nchans,
    nsamples], are left out of both. `clock` turns times of the recording into those in which the phase runs.
    """
    nsamples = data.shape[1]
    sums = np.zeros((spec.nsubints, spec.nsubbands, spec.nbins))
    counts = np.zeros_like(sums)
    for channel, subband in enumerate(subband_of_channel):
        if subband < 0:
            continue
        sample = np.arange(nsamples) - delay_samples[channel]
        epoch_s = clock(np.array([nsamples * tsamp / 2]))
        turns = pulse_phase(clock((sample + 0.5) * tsamp), spec.freq_hz, spec.fdot_hz_s, epoch_s, spec.fddot_hz_s2)
        bins = np.floor((turns - np.floor(turns)) * spec.nbins).astype(int) % spec.nbins
        subints = np.clip(sample, 0, nsamples - 1).astype(np.int64) * spec.nsubints // nsamples
        weight = np.ones(nsamples) if present is None else present[channel].astype(np.float64)
        np.add.at(sums, (subints, subband, bins), weight * data[channel])
        np.add.at(counts, (subints, subband, bins), weight)
    return sums, counts


def sum_shifted(channels: NDArray[Any], offsets: NDArray[Any], count: int) -> NDArray[np.int64]:
    """Sum of `count` consecutive values of a flat array from each offset, shape [count]."""
    flat = channels.reshape(-1).astype(np.int64)
    return np.asarray(np.sum([flat[offset : offset + count] for offset in offsets], axis=0))


def downsample_by_definition(samples: NDArray[Any], downsample: int = 4) -> NDArray[np.uint8]:
    """Clean samples with 128 for no signal, four added to one again and again; halves up in odd rows, down in even ones."""
    while downsample > 1:
        missing = -samples.shape[1] % 4
        fours = np.pad(samples.astype(np.int64), ((0, 0), (0, missing)), constant_values=128).reshape(len(samples), -1, 4)
        halves = 0.5 * (fours - 128).sum(axis=2)
        is_odd = (np.arange(len(samples)) % 2)[:, None]
        samples = np.clip(128 + np.where(is_odd, np.ceil(halves), np.floor(halves)), 0, 255).astype(np.uint8)
        downsample //= 4
    return samples
