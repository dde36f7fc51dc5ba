"""The spectra of 16 sub-bands: the power of any frequency at any DM, without dedispersing again.

The Fourier amplitudes of the sub-bands, turned by the delay of each and added, are the amplitude at a DM. So one transform
of 16 series tells where in DM each line of a spectrum has its peak.
"""

import itertools
import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.lane_fft import spectra_workspace_bytes
from fastpipe.algorithms.noise_levels import block_edges
from fastpipe.algorithms.periodicity import lane_spectra
from fastpipe.algorithms.radix_plan import MAX_SUMMED_CHANNELS, RadixPlan, RadixStage
from fastpipe.algorithms.whitening import whiten
from fastpipe.constants import DISPERSION_CONSTANT, LANES

_GRID_STEP: Final = 0.125
"""Step of the trials in turns of phase across the band; half-way between two the power is lower by 1.3 %."""
_GRID_STOP: Final = 32.0
"""Turns across the band up to which DMs are tried: two in a sub-band. Beyond, a pulsar leaves less than 1e-4 of its power at
DM 0, and what it leaves is not the largest of the 256 trials up to here."""
_LINES_TOGETHER: Final = 1024
"""Lines whose trials are made at a time, for the sake of memory."""
_SAMPLE_BYTES: Final = 18
"""Besides a block and its spectra: powers, gains and sums, six values for each Fourier bin at a time."""
_LINES_BYTES: Final = 2**23
"""The amplitudes of `_LINES_TOGETHER` lines at all trials of DM."""


def subband_plan(nchans: int) -> RadixPlan:
    """Plan the sums of 16 groups of neighbouring channels at DM 0, as if they were 16 trials.

    Parameters
    ----------
    nchans
        Channels of the recording.

    Returns
    -------
    RadixPlan
        Row i of the last stage is sub-band i, the top of the band first; those beyond the channels are dead.

    Examples
    --------
    >>> plan = subband_plan(4096)
    >>> plan.nchans, [stage.source.shape for stage in plan.stages]
    (4096, [(256, 16), (16, 16), (16, 1)])
    """
    width = -(-nchans // LANES)
    first = min(math.ceil(math.sqrt(width)), math.isqrt(MAX_SUMMED_CHANNELS))
    second = min(-(-width // first), MAX_SUMMED_CHANNELS // first)
    last = -(-width // (first * second))
    stages = []
    for radix, nnodes in ((first, LANES * second * last), (second, LANES * last)):
        source = np.arange(nnodes * radix, dtype=np.int64).reshape(nnodes, radix)
        stages.append(RadixStage(source, np.zeros_like(source), np.arange(nnodes + 1, dtype=np.int64)))
    source = np.arange(LANES * last, dtype=np.int64).reshape(LANES, last)
    stages.append(RadixStage(source, np.zeros_like(source), np.array([0, LANES], np.int64)))
    return RadixPlan(np.zeros(LANES), LANES * first * second * last, 0, tuple(stages))


@dataclass(frozen=True, slots=True)
class Subbands:
    """What 16 sub-bands hold."""

    delays_s: NDArray[np.float64]
    """Delay behind infinite frequency at DM 1 in s, the mean of the good channels; 0 where there are none, shape [16]."""
    nchans: NDArray[np.float64]
    """Good channels in each, shape [16]."""

    @property
    def sweep_s(self) -> float:
        """Time in s between the arrivals at the first and last sub-band with data at DM 1; 0 for a single one."""
        delays = self.delays_s[self.nchans > 0]
        return float(np.ptp(delays)) if len(delays) else 0.0


def make_subbands(freqs_mhz: NDArray[np.float64], good_channels: NDArray[np.bool_], plan: RadixPlan) -> Subbands:
    """Return what the sub-bands of a recording hold.

    Parameters
    ----------
    freqs_mhz
        Centres of the channels in MHz, descending, shape [nchans].
    good_channels
        Channels that hold data, shape [nchans].
    plan
        Made by `subband_plan`.

    Returns
    -------
    Subbands
        Delays and numbers of channels.
    """
    subband = np.arange(len(freqs_mhz)) // (plan.nchans // LANES)
    weights = good_channels.astype(np.float64)
    count = np.bincount(subband, weights, LANES)
    total = np.bincount(subband, weights * DISPERSION_CONSTANT * freqs_mhz**-2.0, LANES)
    return Subbands(np.divide(total, count, out=np.zeros(LANES), where=count > 0), count.astype(np.float64))


@dataclass(frozen=True, slots=True)
class SubbandSpectra:
    """Spectra of 16 sub-bands and the whitened spectrum of their sum. Row j of a list of rows is j / 2 Fourier bins."""

    spectra: NDArray[np.float32]
    """Real and imaginary parts, not whitened, shape [nbins, 2, 16]."""
    zero_dm: NDArray[np.complex64]
    """Sum of the sub-bands, whitened: its powers are as significant as those of white noise, shape [nbins]."""
    gains: NDArray[np.float32]
    """One over the root of the noise that the sum has if the sub-bands share none, shape [nbins]."""
    subbands: Subbands
    """Delays and channels of the sub-bands."""
    duration_s: float
    """Length of the transform in s: one over the width of a bin."""

    def row_powers(self) -> NDArray[np.float32]:
        """Return the whitened powers at DM 0 at bins and half bins, mean 1 in noise, shape [2 nbins - 1].

        Half-way between two bins a line has the same phase in both, up to the sign: their difference over the root of 2
        keeps 81 % of its power (Ransom, Eikenberry & Middleditch 2002, AJ 124, 1788, eq. 30).
        """
        powers = np.empty(2 * len(self.zero_dm) - 1, np.float32)
        powers[::2] = np.abs(self.zero_dm) ** 2
        powers[1::2] = np.abs(np.diff(self.zero_dm)) ** 2 / 2
        return powers

    def largest_powers(self, rows: NDArray[np.int64], dm_min: float, dm_max: float) -> NDArray[np.float64]:
        """Return the largest power of each row at the DMs `dm_min` to `dm_max`, in units of the noise.

        Parameters
        ----------
        rows
            Rows, shape [n].
        dm_min, dm_max
            Range of DM in pc cm^-3; `dm_min` is always tried.

        Returns
        -------
        ndarray
            Powers, shape [n]; those at DM 0 where the band has no sweep. The noise is what sub-bands do not share, so that
            wings of a line and drifts of all channels do not count as noise, and nothing is lowered as in `row_powers`.
        """
        parts = [rows[start : start + _LINES_TOGETHER] for start in range(0, len(rows), _LINES_TOGETHER)]
        return np.concatenate([np.empty(0), *(self._largest_powers(part, dm_min, dm_max) for part in parts)])

    def _largest_powers(self, rows: NDArray[np.int64], dm_min: float, dm_max: float) -> NDArray[np.float64]:
        amplitudes = self._amplitudes(rows)
        delays_s, sweep_s = self.subbands.delays_s - self.subbands.delays_s[0], self.subbands.sweep_s
        freqs_hz = rows / (2.0 * self.duration_s)
        turns = freqs_hz[:, np.newaxis] * dm_min * delays_s
        largest = np.asarray(np.abs((amplitudes * np.exp(2j * np.pi * turns)).sum(axis=1)) ** 2, np.float64)
        if sweep_s == 0.0:
            return largest
        grid = np.arange(_GRID_STEP, _GRID_STOP, _GRID_STEP)
        trials = np.abs(amplitudes @ np.exp(2j * np.pi * np.outer(delays_s / sweep_s, grid))) ** 2
        nearest, farthest = (freqs_hz[:, np.newaxis] * dm * sweep_s for dm in (dm_min, dm_max))
        trials[(grid < nearest) | (grid > farthest)] = 0.0
        return np.asarray(np.maximum(largest, trials.max(axis=1)))

    def _amplitudes(self, rows: NDArray[np.int64]) -> NDArray[np.complex128]:
        """Return the amplitudes of the sub-bands in units of the noise of their sum, shape [n, 16]."""

        def at_bins(bins: NDArray[np.int64]) -> NDArray[np.complex128]:
            values = self.spectra[bins] * self.gains[bins, np.newaxis, np.newaxis].astype(np.float64)
            return np.asarray(values[:, 0] + 1j * values[:, 1])

        below = at_bins(rows // 2)
        between = (below - at_bins(np.minimum(rows // 2 + 1, len(self.zero_dm) - 1))) / math.sqrt(2.0)
        return np.where((rows % 2 == 1)[:, np.newaxis], between, below)


def subband_spectra(
    block: NDArray[np.float32],
    nsamples: int,
    tsamp: float,
    subbands: Subbands,
    workspace: NDArray[np.uint8] | None = None,
) -> SubbandSpectra:
    """Transform 16 sub-bands.

    Parameters
    ----------
    block
        Series of the sub-bands side by side, shape [nfft, 16], as for `lane_spectra`. **It is overwritten.**
    nsamples
        Rows that hold data; the rows after them must be zero.
    tsamp
        Sampling time in s.
    subbands
        Delays and channels of the sub-bands.
    workspace
        Memory for the spectra, as for `lane_spectra`; the result is in it. Made anew by default.

    Returns
    -------
    SubbandSpectra
        Without the bin of the Nyquist frequency, which is real.
    """
    spectra = lane_spectra(block, nsamples, workspace)[: max(len(block) // 2, 1)]
    # The series are needed no more: their memory holds the one spectrum to whiten, in a block of its own.
    sums = block.reshape(-1)[: spectra.size].reshape(spectra.shape) if len(block) > 1 else np.zeros_like(spectra)
    sums[...] = 0.0
    sums[:, :, 0] = spectra.sum(axis=2)
    gains = _gains(spectra, sums[:, :, 0], subbands.nchans)
    whiten(sums)
    zero_dm = (sums[:, 0, 0] + 1j * sums[:, 1, 0]).astype(np.complex64)
    return SubbandSpectra(spectra, zero_dm, gains, subbands, len(block) * tsamp)


def lines_memory_bytes(nfft: int) -> int:
    """Return the most memory that finding lines in the spectra of a block needs besides block and working space, in bytes.

    Parameters
    ----------
    nfft
        Length of the transform in samples.

    Returns
    -------
    int
        18 bytes a sample, and 8 MiB.
    """
    return _SAMPLE_BYTES * nfft + _LINES_BYTES


def spectra_memory_bytes(nfft: int) -> int:
    """Return the most memory that the spectra of a block need with the block itself, and what finds lines in them, in bytes.

    Parameters
    ----------
    nfft
        Length of the transform in samples.

    Returns
    -------
    int
        146 bytes a sample, and some 16 MiB.
    """
    return 4 * LANES * nfft + spectra_workspace_bytes(nfft) + lines_memory_bytes(nfft)


def _gains(spectra: NDArray[np.float32], sums: NDArray[np.float32], nchans: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return one over the root of the noise of the sums, from the medians of what the sub-bands do not share in blocks."""
    has_data = (nchans > 0) & spectra.any(axis=(0, 1))
    powers = (sums**2).sum(axis=1)
    nlive, total = int(np.count_nonzero(has_data)), float(nchans[has_data].sum())
    if nlive > 1:
        weights = np.divide(1.0, nchans, out=np.zeros(LANES), where=has_data).astype(np.float32)
        squares = np.einsum("kps,kps,s->k", spectra, spectra, weights)
        powers = np.maximum(squares * np.float32(total) - powers, 0.0) / np.float32(nlive - 1)
    edges = block_edges(len(powers))
    gains = np.zeros(len(powers), np.float32)
    for start, stop in itertools.pairwise(edges.tolist()):
        level = float(np.median(powers[start:stop])) / _median_of_gamma(max(nlive - 1, 1))
        gains[start:stop] = 1.0 / math.sqrt(level) if level > 0 else 0.0
    return gains


def _median_of_gamma(shape: int) -> float:
    """Return the median of the mean of `shape` exponential variables of mean 1 (Wilson & Hilferty 1931, PNAS 17, 684)."""
    return math.log(2.0) if shape == 1 else (1.0 - 1.0 / (9.0 * shape)) ** 3
