"""Powers of 16 spectra at half bins, whitened: in noise of mean 1 and exponential."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.whitening import correct_powers, whiten
from fastpipe.algorithms.zapping import Zapping, fill_with_noise, hide
from fastpipe_kernels.half_bins import SIDE_BINS, half_bin_powers


def whitened_powers(
    spectra: NDArray[np.float32], powers: NDArray[np.float32], nsamples: int, zapping: Zapping | None = None
) -> None:
    """Whiten the spectra of 16 series and compute their powers at half bins: mean 1 and exponential in noise.

    Parameters
    ----------
    spectra
        From `lane_spectra`, shape [nfft // 2 + 1, 2, 16]. **They are overwritten** with whitened ones.
    powers
        Memory for the powers at half bins, shape [nfft, 16], C order. **It is overwritten.**
    nsamples
        Rows of the series that held data; zeros after them make neighbouring bins alike, and half bins stronger.
    zapping
        Bins to replace by noise.
    """
    if zapping is None:
        whiten(spectra)
    else:
        silent = ~spectra.any(axis=(0, 1))
        hide(spectra, zapping)
        whiten(spectra)
        fill_with_noise(spectra, zapping)
        if silent.any():
            spectra[:, :, silent] = 0.0
    half_bin_powers(spectra, _padding_excess(len(powers), nsamples), powers)
    correct_powers(powers, len(spectra))


def _padding_excess(nfft: int, nsamples: int) -> float:
    """Return by how much zeros after a series make its noise stronger at half bins than at bins.

    Bins m apart of n samples in a transform of N correlate by the sum of exp(-2 pi i m t / N) / n over the samples t; the
    noise of a half bin is the sum of these over all pairs of its bins, with the weights of both.
    """
    weights = 1.0 / (SIDE_BINS - 0.5 - np.arange(2 * SIDE_BINS))
    apart = np.subtract.outer(np.arange(weights.size), np.arange(weights.size))
    turns = apart / nfft
    ratio = np.where(
        apart == 0, 1.0, np.sin(np.pi * turns * nsamples) / np.where(apart == 0, 1.0, nsamples * np.sin(np.pi * turns))
    )
    correlations = ratio * np.cos(np.pi * turns * (nsamples - 1))
    return float(weights @ correlations @ weights / (weights @ weights)) - 1.0
