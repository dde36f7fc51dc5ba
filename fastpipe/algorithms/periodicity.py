"""The periodicity search of a lane block: 16 series to a table of peaks above the noise.

Transform, whitening, powers at half bins, harmonic sums (Ransom, Eikenberry & Middleditch 2002, AJ 124, 1788).
"""

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.harmonic_peaks import find_peaks, records_bytes
from fastpipe.algorithms.lane_fft import check_lane_block, real_spectra, spectra_workspace_bytes, working_arrays
from fastpipe.algorithms.whitening import whiten
from fastpipe.algorithms.zapping import Zapping, count_zapped, fill_with_noise, hide
from fastpipe.constants import LANES
from fastpipe.data.tables import Table
from fastpipe.errors import ConfigError
from fastpipe_kernels.half_bins import half_bin_powers
from fastpipe_kernels.lane_means import subtract_lanes, sum_lanes

_MAX_NHARM = 32
_ROUNDING_VARIANCE = 1e-12
"""Variance, relative to the square of the mean or to the variance of another lane, that is rounding errors only."""


def search_lane_block(
    block: NDArray[np.float32],
    *,
    nsamples: int,
    tsamp: float,
    freqs_hz: tuple[float, float],
    nharm_max: int,
    sigma_min: float,
    zapping: Zapping | None = None,
) -> Table:
    """Search 16 series for periodic signals without acceleration: `lane_spectra`, then `search_spectra`.

    Parameters
    ----------
    block
        Series side by side, shape [nfft, 16], C order, with nfft from `next_fft_length`; lanes of zeros give no peaks.
        **It is overwritten**, in the end with the powers at half bins.
    nsamples
        Rows that hold data; the rows after them must be zero.
    tsamp, freqs_hz, nharm_max, sigma_min, zapping
        As for `search_spectra`.

    Returns
    -------
    Table
        Peaks of every lane and number of harmonics, sorted by lane, frequency and number of harmonics, type
        `harmonic_peaks.PEAK_DTYPE`.

    Raises
    ------
    ConfigError
        If an argument makes no sense.
    """
    return search_spectra(
        lane_spectra(block, nsamples),
        block,
        tsamp=tsamp,
        freqs_hz=freqs_hz,
        nharm_max=nharm_max,
        sigma_min=sigma_min,
        zapping=zapping,
    )


def search_spectra(
    spectra: NDArray[np.float32],
    powers: NDArray[np.float32],
    *,
    tsamp: float,
    freqs_hz: tuple[float, float],
    nharm_max: int,
    sigma_min: float,
    zapping: Zapping | None = None,
) -> Table:
    """Search the spectra of 16 series for periodic signals without acceleration.

    Trials are half a Fourier bin of the highest harmonic apart. A sinusoid half-way between two trials loses 19 % of its
    power, one at half a bin 3 % by the truncated interpolation; the mean loss is 7 %. The last trial is half a bin below the
    Nyquist frequency, whose own bin is left out: it is real, so its power is not distributed as that of the others.

    Parameters
    ----------
    spectra
        From `lane_spectra`, shape [nfft // 2 + 1, 2, 16]. **They are overwritten.**
    powers
        Memory for the powers at half bins, shape [nfft, 16], C order, such as the block that was transformed.
        **It is overwritten.**
    tsamp
        Sampling time of the series in s.
    freqs_hz
        Least and largest frequency of the fundamental in Hz.
    nharm_max
        Most harmonics summed: 1, 2, 4, 8, 16 or 32.
    sigma_min
        Gaussian equivalent of the least significant peak that is kept.
    zapping
        Bins that hold interference and are replaced by noise: a harmonic there adds what noise adds, so power, sigma and
        probability stay right, and a signal loses what that harmonic had. The peaks say how many they have.

    Returns
    -------
    Table
        Peaks of every lane and number of harmonics, sorted by lane, frequency and number of harmonics, type
        `harmonic_peaks.PEAK_DTYPE`.

    Raises
    ------
    ConfigError
        If an argument makes no sense.
    """
    check_lane_block(powers)
    limits = searched_rows(len(powers), tsamp, *freqs_hz, nharm_max)
    if zapping is None:
        whiten(spectra)
    else:
        silent = ~spectra.any(axis=(0, 1))
        hide(spectra, zapping)
        whiten(spectra)
        fill_with_noise(spectra, zapping)
        if silent.any():
            spectra[:, :, silent] = 0.0
    half_bin_powers(spectra, powers)
    table = find_peaks(powers, limits, sigma_min, len(powers) * tsamp)
    if zapping is not None:
        table["nzapped"] = count_zapped(table, len(powers) * tsamp, zapping.ranges)
    return table


def lane_spectra(
    block: NDArray[np.float32], nsamples: int, workspace: NDArray[np.uint8] | None = None
) -> NDArray[np.float32]:
    """Transform 16 series after their means are subtracted.

    Parameters
    ----------
    block
        Series side by side, shape [nfft, 16], C order. **It is overwritten.**
    nsamples
        Rows that hold data; the rows after them must be zero.
    workspace
        Memory for the spectra and the transform, uint8 of at least ``spectra_workspace_bytes(nfft)``; made anew by default.

    Returns
    -------
    ndarray
        Real and imaginary parts, shape [nfft // 2 + 1, 2, 16], in `workspace`; zeros for lanes that hold nothing but
        rounding errors.

    Raises
    ------
    ConfigError
        If the block or the working space has the wrong shape, type or length.
    """
    check_lane_block(block)
    nfft = len(block)
    if not 0 < nsamples <= nfft:
        raise ConfigError(f"found {nsamples} samples in a block of {nfft} rows, expected 1 to {nfft}; give those with data")
    silent = _subtract_means(block, nsamples)
    spectra = real_spectra(block, *working_arrays(nfft, workspace))
    if silent.any():
        spectra[:, :, silent] = 0.0
    return spectra


def frequency_trials(nfft: int, tsamp: float, freq_min_hz: float, freq_max_hz: float, nharm_max: int) -> int:
    """Count the trials `search_lane_block` makes of one series: frequencies times numbers of harmonics.

    Neighbouring trials share noise, as do the numbers of harmonics, so this is more than the number of independent trials:
    an upper bound, and false-alarm probabilities made with it are on the safe side.

    Parameters
    ----------
    nfft
        Length of the transform in samples.
    tsamp
        Sampling time in s.
    freq_min_hz, freq_max_hz
        Range of the fundamental in Hz.
    nharm_max
        Most harmonics summed: 1, 2, 4, 8, 16 or 32.

    Returns
    -------
    int
        Number of trials.

    Raises
    ------
    ConfigError
        If an argument makes no sense.

    Examples
    --------
    >>> frequency_trials(1024, 1e-3, 10.0, 100.0, 1)
    184
    """
    limits = searched_rows(nfft, tsamp, freq_min_hz, freq_max_hz, nharm_max)
    return int(np.maximum(limits[:, 1] - limits[:, 0], 0).sum())


def search_memory_bytes(nfft: int) -> int:
    """Return the most memory that the search of a block needs, with the block itself, in bytes.

    Parameters
    ----------
    nfft
        Length of the transform in samples.

    Returns
    -------
    int
        128 bytes a sample and at most some 7 MiB; the table of peaks and what zapping needs come on top.

    Examples
    --------
    >>> search_memory_bytes(1 << 20) / (1 << 20) < 136
    True
    """
    return LANES * 4 * nfft + spectra_workspace_bytes(nfft) + records_bytes(_MAX_NHARM.bit_length())


def searched_rows(nfft: int, tsamp: float, freq_min_hz: float, freq_max_hz: float, nharm_max: int) -> NDArray[np.int64]:
    """Return the rows of half bins in which each sum of harmonics is tested.

    Parameters
    ----------
    nfft
        Length of the transform in samples.
    tsamp
        Sampling time in s.
    freq_min_hz, freq_max_hz
        Range of the fundamental in Hz.
    nharm_max
        Most harmonics summed: 1, 2, 4, 8, 16 or 32.

    Returns
    -------
    ndarray
        First row and row after the last, for 1, 2, 4 ... `nharm_max` harmonics, shape [nlevels, 2].

    Raises
    ------
    ConfigError
        If an argument makes no sense.
    """
    if nharm_max not in (1, 2, 4, 8, 16, _MAX_NHARM):
        raise ConfigError(f"found nharm_max = {nharm_max}, expected 1, 2, 4, 8, 16 or 32; choose one of these")
    if not (tsamp > 0 and 0 < freq_min_hz < freq_max_hz):
        raise ConfigError(
            f"found frequencies from {freq_min_hz} to {freq_max_hz} Hz at a sampling time of {tsamp} s, "
            "expected positive numbers in ascending order; change freq_min_hz or freq_max_hz"
        )
    nharm = 2 ** np.arange(nharm_max.bit_length())
    first = np.ceil(2 * nharm * freq_min_hz * nfft * tsamp)
    last = np.floor(2 * nharm * freq_max_hz * nfft * tsamp)
    return np.stack([np.clip(first, 1, nfft), np.clip(last + 1, 1, nfft)], axis=1).astype(np.int64)


def _subtract_means(block: NDArray[np.float32], nsamples: int) -> NDArray[np.bool_]:
    """Subtract the mean of every lane; returns which lanes hold nothing but rounding errors.

    What leaks from their partner in the packed transform would be all there is in their spectra, and whitening would raise
    it to full strength.
    """
    sums = np.empty(LANES, np.float64)
    squares = np.empty(LANES, np.float64)
    sum_lanes(block, nsamples, sums)
    mean = sums / nsamples
    subtract_lanes(block, nsamples, mean.astype(np.float32), squares)
    variance = squares / nsamples
    return np.asarray(variance <= _ROUNDING_VARIANCE * np.maximum(mean**2, variance.max()))
