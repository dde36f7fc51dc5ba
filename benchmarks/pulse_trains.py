"""Pulse trains whose significance theory knows, what a search makes of them, and where the rest is lost.

A profile whose harmonics have the powers P_h, in units of the mean power of noise, gives sums of n harmonics whose mean is
n + P_1 + ... + P_n (non-central chi^2, Groth 1975, ApJS 29, 285). Theory is the sigma of that mean at the best n of 1, 2,
4 ... 32. Two losses are known. The trials of a search, half bins and steps of drift, miss the signal by a little: what that
costs every single train follows from the same search of it without noise. Whitening: the sum after it over the same sum
with the true level of the noise.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.lib.recfunctions import append_fields
from numpy.typing import NDArray
from scipy.optimize import brentq

from fastpipe.algorithms.acceleration import search_acceleration
from fastpipe.algorithms.acceleration_filters import make_filters
from fastpipe.algorithms.acceleration_grid import AccelerationGrid, acceleration_grid
from fastpipe.algorithms.chirp_response import chirp_response
from fastpipe.algorithms.periodicity import lane_spectra, search_powers
from fastpipe.algorithms.significance import log_noise_probability, sigma_from_log_probability
from fastpipe.algorithms.whitened_powers import whitened_powers
from fastpipe.constants import LANES
from fastpipe.data.drift_range import DriftRange
from fastpipe.data.tables import Table
from fastpipe_kernels.half_bins import half_bin_powers

LEVELS = 2 ** np.arange(6)
SIGMA = 12.0
_DRIFTING_NHARM = 8
_TOLERANCE_BINS, _TOLERANCE_Z = 1.5, 6.0
"""Distance of a peak from the truth, for the highest harmonic: that of a bin goes with some of z."""
_MARGIN_BINS = 3.0
_SIGMA_MIN = 2.0
_TURN_POINTS = 1 << 14
_FWHM_OF_SIGMA = 2.3548
_filters_of = cache(make_filters)


@dataclass(frozen=True)
class Series:
    """Length and sampling of the series."""

    nsamples: int
    tsamp: float

    @property
    def tobs_s(self) -> float:
        return self.nsamples * self.tsamp


@dataclass(frozen=True)
class Train:
    """A pulse train: harmonics of its fundamental and their mean powers over those of noise."""

    fourier_bin: float
    """Turns in the series at the frequency of its middle."""
    powers: NDArray[np.float64]
    z: float = 0.0
    """Drift of the fundamental in bins."""

    def sums(self) -> NDArray[np.float64]:
        """Return the power of the signal in sums of 1, 2, 4 ... 32 harmonics; the last ones may be missing."""
        return np.asarray([self.powers[:n].sum() for n in LEVELS if n <= len(self.powers)])

    def sigma(self) -> float:
        """Return the sigma of theory."""
        return best_sigma(self.sums())[1]


def sigma_of(sums: NDArray[np.float64], nharm: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the sigma of sums of some numbers of harmonics."""
    return sigma_from_log_probability(log_noise_probability(sums, nharm))


def best_sigma(signal: NDArray[np.float64], whitened: float = 1.0) -> tuple[int, float]:
    """Return the best level and its sigma, for the power of the signal in the sum of every level."""
    nharm = LEVELS[: len(signal)]
    sigmas = sigma_of((nharm + signal) * whitened, nharm)
    best = int(np.argmax(sigmas))
    return best, float(sigmas[best])


def scaled_train(fourier_bin: float, shape: NDArray[np.float64], sigma: float = SIGMA, z: float = 0.0) -> Train:
    """Make a train whose harmonics have powers in the proportion of `shape` and whose theoretical sigma is as asked."""
    scale = brentq(lambda log_scale: Train(fourier_bin, shape * np.exp(log_scale)).sigma() - sigma, -5.0, 15.0)
    return Train(fourier_bin, shape * np.exp(scale), z)


def gaussian_shape(series: Series, fourier_bin: float, duty_cycle: float) -> NDArray[np.float64]:
    """Return powers of the harmonics below the Nyquist frequency of a Gaussian profile, full width at half its height."""
    nharm = min(int(series.nsamples / 2 / fourier_bin * (1 - 1e-9)), 1 << 12)
    return np.asarray(np.exp(-4.0 * (np.pi * duty_cycle / _FWHM_OF_SIGMA * np.arange(1, nharm + 1)) ** 2))


def pulse_train(series: Series, fourier_bin: float, duty_cycle: float, sigma: float = SIGMA, z: float = 0.0) -> Train:
    """Make a train of Gaussian pulses whose theoretical sigma is as asked; a sample averages the pulse over its length."""
    shape = gaussian_shape(series, fourier_bin, duty_cycle)
    sampled = np.sinc(np.arange(1, len(shape) + 1) * fourier_bin / series.nsamples) ** 2
    return scaled_train(fourier_bin, shape * sampled, sigma, z)


def pulses(train: Train, phase: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return a train at the phases in turns of all samples of a series, where noise has variance 1, shape [nsamples]."""
    amplitudes = np.concatenate([[0.0], np.sqrt(train.powers / len(phase))])[: _TURN_POINTS // 2]
    turn = np.fft.irfft(amplitudes, _TURN_POINTS, norm="forward")
    return np.interp(np.mod(phase, 1.0), np.linspace(0.0, 1.0, _TURN_POINTS + 1), np.append(turn, turn[0]))


def train_block(series: Series, trains: Sequence[Train], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return trains side by side without noise, each with a phase of its own, shape [nsamples, 16]."""
    block = np.zeros((series.nsamples, LANES), np.float32)
    time = np.arange(series.nsamples) / series.nsamples - 0.5
    for lane, train in enumerate(trains):
        block[:, lane] = pulses(train, time * (train.fourier_bin + 0.5 * train.z * time) + rng.random())
    return block


@dataclass(frozen=True)
class Recovery:
    """What became of some trains; all arrays have the shape [ntrains]."""

    found: NDArray[np.float64]
    """Sigma found; 0 where nothing is found at the frequency."""
    theory: NDArray[np.float64]
    """Sigma of theory."""
    sampled: NDArray[np.float64]
    """Power of the signal in the best sum of the search, without noise, over that at its own frequency and drift."""
    whitened: NDArray[np.float64]
    """Best sum of powers after whitening, over that with the true level of the noise."""
    expected: NDArray[np.float64]
    """Sigma of theory after these two losses."""


def recover(
    series: Series,
    trains: Sequence[Train],
    rng: np.random.Generator,
    drifts: DriftRange | None = None,
    received: NDArray[np.float32] | None = None,
) -> Recovery:
    """Search 16 trains in white noise.

    Parameters
    ----------
    series
        Length and sampling.
    trains
        One for each lane, at neighbouring frequencies.
    rng
        Gives noise and phases.
    drifts
        Range of acceleration that is searched beside constant frequencies; None for none.
    received
        The trains as a receiver delivers them, without noise, shape [nsamples, 16]; by default as they are.

    Returns
    -------
    Recovery
        One value a train.
    """
    search = _Search(series, trains, drifts)
    model = train_block(series, trains, rng)
    block = (model if received is None else received) + rng.standard_normal(model.shape, np.float32)
    signal = search.sums(search.peaks(_spectra(model), model, is_whitened=False))
    spectra = _spectra(block)
    before = search.sums(search.peaks(spectra, block, is_whitened=False))
    peaks = search.peaks(spectra, block, is_whitened=True)
    after = search.sums(peaks)
    results = []
    for lane, train in enumerate(trains):
        level = best_sigma(signal[lane])[0]
        whitened = after[lane, level] / before[lane, level]
        sampled = signal[lane, level] / train.sums()[level]
        results.append((search.sigma(peaks, lane), train.sigma(), sampled, whitened, best_sigma(signal[lane], whitened)[1]))
    return Recovery(*np.array(results).T)


def sampled_powers(
    nharm: int, offsets: NDArray[np.float64], z: NDArray[np.float64], drifts: DriftRange | None = None
) -> NDArray[np.float64]:
    """Power kept in the best sum of a train of equal harmonics without noise.

    Parameters
    ----------
    nharm
        Harmonics of the train, all summed.
    offsets
        Fundamental less a whole number of bins, shape [n].
    z
        Drift of the fundamental in bins, shape [n].
    drifts
        What is searched beside constant frequencies; None for nothing.

    Returns
    -------
    ndarray
        Power over that at the exact frequency and drift, shape [n].
    """
    first, nbins = 400, 400 * (nharm + 1)
    series = Series(2 * (nbins - 1), 0.5 / (nbins - 1))
    kept = np.empty(len(offsets))
    for start in range(0, len(offsets), LANES):
        some = slice(start, min(start + LANES, len(offsets)))
        trains = [Train(first + r, np.full(nharm, 1e4), q) for r, q in zip(offsets[some], z[some], strict=True)]
        spectra = np.zeros((nbins, 2, LANES), np.float32)
        for lane, train in enumerate(trains):
            for harmonic in range(1, nharm + 1):
                distance = np.arange(nbins) - harmonic * train.fourier_bin
                amplitude = 100.0 * np.exp(-1j * np.pi * distance) * chirp_response(distance, harmonic * train.z)
                spectra[:, 0, lane] += amplitude.real
                spectra[:, 1, lane] += amplitude.imag
        search, powers = _Search(series, trains, drifts), np.empty((2 * nbins - 2, LANES), np.float32)
        peaks = search.peaks(spectra, powers, is_whitened=False)
        kept[some] = search.sums(peaks)[:, nharm.bit_length() - 1] / (1e4 * nharm)
    return kept


def _spectra(block: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return spectra in which the noise has mean power 1; the block is lost."""
    spectra = lane_spectra(block, len(block))
    spectra *= np.float32(len(block) ** -0.5)
    return spectra


@dataclass(frozen=True)
class _Search:
    """The search of the surroundings of some trains, which gives what a search of all frequencies gives there."""

    series: Series
    trains: Sequence[Train]
    drifts: DriftRange | None

    @property
    def freqs_hz(self) -> tuple[float, float]:
        bins = [train.fourier_bin for train in self.trains]
        return (min(bins) - _MARGIN_BINS) / self.series.tobs_s, (max(bins) + _MARGIN_BINS) / self.series.tobs_s

    def peaks(self, spectra: NDArray[np.float32], powers: NDArray[np.float32], *, is_whitened: bool) -> Table:
        """Return all peaks; `is_whitened` whitens the spectra in place. `powers` is overwritten."""
        tsamp, nharm_max, sigma_min = self.series.tsamp, int(LEVELS[-1]), _SIGMA_MIN
        if is_whitened:
            whitened_powers(spectra, powers, len(powers))
        else:
            half_bin_powers(spectra, 0.0, powers)
        constant = search_powers(powers, tsamp=tsamp, freqs_hz=self.freqs_hz, nharm_max=nharm_max, sigma_min=sigma_min)
        tables = [search_acceleration(spectra, grid, sigma_min, filters=_filters_of(grid.filters)) for grid in self._grids()]
        columns = ["lane", "nharm", "freq_hz", "power", "sigma", "z"]
        still = append_fields(constant, "z", np.zeros(len(constant)), usemask=False)
        return np.concatenate([table[columns] for table in (still, *tables)])

    def _grids(self) -> list[AccelerationGrid]:
        """Return one grid for each number of harmonics: the blocks of one grid go on from the first to the last of them."""
        if self.drifts is None:
            return []
        nbins = self.series.nsamples // 2 + 1
        grid = acceleration_grid(
            nbins, self.series.tobs_s, freqs_hz=self.freqs_hz, drifts=self.drifts, nharm_max=_DRIFTING_NHARM
        )
        grids = []
        for level, rows in enumerate(grid.limits):
            limits = np.full_like(grid.limits, rows[0])
            limits[level] = rows
            grids.append(replace(grid, limits=limits))
        return grids

    def sums(self, peaks: Table) -> NDArray[np.float64]:
        """Return the largest sums of 1, 2, 4 ... harmonics at the trains, 0 where none: shape [ntrains, nlevels]."""
        sums = np.zeros((len(self.trains), len(LEVELS)))
        for lane in range(len(self.trains)):
            here = self._near(peaks, lane)
            np.maximum.at(sums[lane], np.log2(here["nharm"]).astype(int), here["power"])
        return sums

    def sigma(self, peaks: Table, lane: int) -> float:
        """Return the largest sigma at a train."""
        return float(self._near(peaks, lane)["sigma"].max(initial=0.0))

    def _near(self, peaks: Table, lane: int) -> Table:
        train = self.trains[lane]
        bins = np.abs(peaks["freq_hz"] * self.series.tobs_s - train.fourier_bin) * peaks["nharm"]
        drift = np.abs(peaks["z"] - train.z) * peaks["nharm"]
        return peaks[(peaks["lane"] == lane) & (bins < _TOLERANCE_BINS) & (drift < _TOLERANCE_Z)]
