"""The periodicity search of a lane block: its first step, from 16 series to spectra, and the last, from powers to peaks.

`lane_spectra`, `whitened_powers.whitened_powers`, `search_powers`: transform, whitening, powers at half bins, harmonic sums
(Ransom, Eikenberry & Middleditch 2002, AJ 124, 1788).
"""

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.end_matching import subtract_trend
from fastpipe.algorithms.harmonic_peaks import find_peaks, records_bytes
from fastpipe.algorithms.lane_fft import check_lane_block, real_spectra, spectra_workspace_bytes, working_arrays
from fastpipe.constants import LANES
from fastpipe.data.tables import Table
from fastpipe.errors import ConfigError

_MAX_NHARM = 32


def search_powers(
    powers: NDArray[np.float32], *, tsamp: float, freqs_hz: tuple[float, float], nharm_max: int, sigma_min: float
) -> Table:
    """Search the powers of 16 series at half bins for periodic signals without acceleration.

    Trials are half a Fourier bin of the highest harmonic apart. A sinusoid half-way between two trials loses 19 % of its
    power, one at half a bin 3 % by the truncated interpolation; the mean loss is 7 %. The last trial is half a bin below the
    Nyquist frequency, whose own bin is left out: it is real, so its power is not distributed as that of the others.

    Parameters
    ----------
    powers
        From `whitened_powers`, shape [nfft, 16]; lanes of zeros give no peaks.
    tsamp
        Sampling time of the series in s.
    freqs_hz
        Least and largest frequency of the fundamental in Hz.
    nharm_max
        Most harmonics summed: 1, 2, 4, 8, 16 or 32.
    sigma_min
        Gaussian equivalent of the least significant peak that is kept.

    Returns
    -------
    Table
        Peaks of every lane and number of harmonics, sorted by lane, frequency and number of harmonics, type
        `harmonic_peaks.PEAK_DTYPE`; none has harmonics in zapped bins, which `count_zapped` counts.

    Raises
    ------
    ConfigError
        If an argument makes no sense.
    """
    limits = searched_rows(len(powers), tsamp, *freqs_hz, nharm_max)
    return find_peaks(powers, limits, sigma_min, len(powers) * tsamp)


def lane_spectra(
    block: NDArray[np.float32], nsamples: int, workspace: NDArray[np.uint8] | None = None
) -> NDArray[np.float32]:
    """Transform 16 series after the trend between their two ends is subtracted (`end_matching`).

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
    silent = subtract_trend(block, nsamples)
    spectra = real_spectra(block, *working_arrays(nfft, workspace))
    if silent.any():
        spectra[:, :, silent] = 0.0
    return spectra


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
