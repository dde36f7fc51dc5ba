"""Harmonics of a fold that lie on birdies: what is zapped in the spectra must not come back in the folds."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.folded_cube import FoldedCube
from fastpipe.data.tables import Table

_LEAST_AMPLITUDE: Final = 6.0
"""Amplitude of a line in the whole fold, over noise, from which on it does more harm than the loss of a harmonic."""

_UNKNOWN_POWER: Final = 0.5 * (_LEAST_AMPLITUDE / np.sinc(0.5)) ** 2


def harmonics_on_birdies(freq_hz: float, nbins: int, tobs_s: float, birdies: Table) -> NDArray[np.intp]:
    """Find the harmonics of a candidate in which birdies are folded.

    A line at x times the spin frequency comes out in harmonic x, or in what is left of x after whole multiples of `nbins`,
    because the profile has but that many bins; these average it to sinc(x / nbins) of its amplitude. A line of amplitude A
    over the noise of the whole fold leaves A / (pi T d) in a harmonic that is d Hz away from it, in a fold of T seconds.
    Harmonics in which that is above 2 count, and those within 2 / T, which refinement can reach, if A is above 6. Birdies
    whose power was not measured count where their own harmonic is among those of the fold.

    Parameters
    ----------
    freq_hz
        Spin frequency in Hz.
    nbins
        Phase bins of the fold.
    tobs_s
        Length of the recording in s.
    birdies
        Columns BIRDIE_COLUMNS.

    Returns
    -------
    ndarray
        Harmonics from 2 on, ascending; the fundamental stays, for a candidate at a birdie is none.

    Examples
    --------
    >>> from fastpipe.data.tables import BIRDIE_COLUMNS, empty_table
    >>> mains = empty_table(BIRDIE_COLUMNS, 1)
    >>> mains["freq_hz"], mains["width_hz"], mains["power_dm0"] = 50.001, 0.04, 60.0
    >>> harmonics_on_birdies(1.0 / 0.9, 128, 60.0, mains).tolist()
    [45]
    """
    turns = birdies["freq_hz"] / freq_hz
    power = np.maximum(np.nan_to_num(birdies["power_dm0"], nan=_UNKNOWN_POWER), 0.0)
    amplitudes = np.sqrt(2.0 * power) * np.abs(np.sinc(turns / nbins))
    reach_hz = np.maximum(2.0, amplitudes / (2.0 * np.pi)) / tobs_s
    folded = np.abs(turns - nbins * np.rint(turns / nbins))
    harmonics = np.arange(2, nbins // 2 + 1)
    is_near = (np.abs(harmonics[:, None] - folded) * freq_hz <= reach_hz) & (amplitudes > _LEAST_AMPLITUDE)
    return np.asarray(harmonics[is_near.any(axis=1)], np.intp)


def remove_harmonics(cube: FoldedCube, harmonics: NDArray[np.intp]) -> FoldedCube:
    """Set harmonics to zero in every sub-integration and sub-band.

    Parameters
    ----------
    cube
        Folded cube.
    harmonics
        Numbers of the harmonics, at most nbins / 2.

    Returns
    -------
    FoldedCube
        The cube without them; counts are as before.
    """
    if not len(harmonics):
        return cube
    spectrum = np.fft.rfft(cube.cube.astype(np.float64))
    spectrum[..., harmonics] = 0.0
    return replace(cube, cube=np.fft.irfft(spectrum, cube.nbins).astype(np.float32))
