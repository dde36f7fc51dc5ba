"""What an acceleration search tries: frequencies, drifts and numbers of harmonics, and the blocks it goes through."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.acceleration_filters import Filters, fractions_of, make_filters, nearest, reach_bins
from fastpipe.algorithms.periodicity import searched_rows
from fastpipe.constants import SPEED_OF_LIGHT_M_S
from fastpipe.data.drift_range import DriftRange
from fastpipe.errors import ConfigError

_MAX_NHARM = 16
_MAX_ZMAX = 2000.0
_SHORTEST_STRETCH = 512
_LENGTH_OVER_REACH = 8
"""Length of a stretch over what its filters reach to one side: longer ones waste less on overlap, and leave the cache."""


@dataclass(frozen=True, slots=True)
class AccelerationGrid:
    """The trials of an acceleration search of one length of series; made by `acceleration_grid`, shared by all threads."""

    nbins: int
    """Number of bins of the spectra."""
    tobs_s: float
    """Length of the transform in s."""
    limits: NDArray[np.int64]
    """First row and row after the last, in half bins, of 1, 2, 4 ... harmonics, shape [nlevels, 2]."""
    first_rows: NDArray[np.int64]
    """First row in which a step of drift is searched, by its absolute value; ascending."""
    filters: Filters
    """Tables of the filters."""

    @property
    def nsteps(self) -> int:
        """Largest absolute step of drift of the highest harmonic."""
        return len(self.first_rows) - 1

    @property
    def ntrials(self) -> int:
        """Number of trials in one series: frequencies, drifts and numbers of harmonics, though neighbours share noise."""
        total = 0
        for first, stop in self.limits.tolist():
            rows = np.maximum(stop - np.maximum(self.first_rows, first), 0)
            total += int(2 * rows.sum() - rows[0])
        return total

    def blocks(self) -> Iterator[tuple[int, int, int]]:
        """Cut the rows of the highest harmonic into blocks: first row, row after the last, largest absolute step.

        Where drifts are small filters are short, so a block has more rows.
        """
        row, last = int(self.limits[:, 0].min()) & ~1, int(self.limits[:, 1].max())
        while row < last:
            nsteps = self._nsteps_before(row + 2 * self.filters.length)
            stop = min(row + 2 * (self.filters.length - 2 * reach_bins(nsteps)), last)
            yield row, stop, self._nsteps_before(stop)
            row = stop

    def spans(self, first_row: int, stop_row: int, nsteps: int) -> NDArray[np.int64]:
        """Return where the stretches of all fractions of the highest harmonic lie that a block needs.

        Parameters
        ----------
        first_row, stop_row, nsteps
            One of `blocks`.

        Returns
        -------
        ndarray
            First bin of the stretch, half bins of it before the first that is wanted, and number of those wanted, shape
            [nfractions, 3].
        """
        is_tested = (self.limits[:, 0] < stop_row) & (first_row < self.limits[:, 1])
        nharm = 1 << int(np.flatnonzero(is_tested)[-1]) if is_tested.any() else 1
        spans = []
        for fraction in fractions_of(nharm):
            low, high = nearest(first_row, fraction) // 2, nearest(stop_row - 1, fraction)
            reach = reach_bins(nearest(nsteps, fraction))
            spans.append((low - reach, 2 * reach, high - 2 * low + 1))
        return np.array(spans, np.int64)

    def _nsteps_before(self, stop_row: int) -> int:
        return max(int(np.searchsorted(self.first_rows, stop_row)) - 1, 0)


def acceleration_grid(
    nbins: int, tobs_s: float, *, freqs_hz: tuple[float, float], drifts: DriftRange, nharm_max: int
) -> AccelerationGrid:
    """Plan an acceleration search.

    A harmonic at frequency f drifts by ``z = -accel f tobs^2 / c`` bins. Trials are half a bin apart in the frequency of the
    highest harmonic and 2 bins in its drift, and stand for all within 1 bin of drift: so those are made that lie
    within 1 bin of the range.

    Parameters
    ----------
    nbins
        Number of bins of the spectra, with bin 0 and the Nyquist frequency.
    tobs_s
        Length of the transform in s.
    freqs_hz
        Least and largest frequency of the fundamental in the middle of the transform, in Hz.
    drifts
        Largest acceleration, and largest drift of any harmonic, at most 2000 bins.
    nharm_max
        Most harmonics summed: 1, 2, 4, 8 or 16.

    Returns
    -------
    AccelerationGrid
        With the tables of its filters, which are made once in a process for each drift and number of harmonics.

    Raises
    ------
    ConfigError
        If an argument makes no sense.

    Examples
    --------
    >>> drifts = DriftRange(accel_max=50.0, zmax=200.0)
    >>> grid = acceleration_grid(1 << 19, 52.0, freqs_hz=(1.0, 1000.0), drifts=drifts, nharm_max=8)
    >>> grid.nsteps, grid.ntrials
    (2, 3412352)
    """
    if nbins < 2 or not tobs_s > 0:
        raise ConfigError(
            f"found {nbins} bins of {tobs_s} s, expected at least 2 of a positive length; give those of a spectrum"
        )
    if nharm_max not in (1, 2, 4, 8, _MAX_NHARM):
        raise ConfigError(f"found nharm_max = {nharm_max}, expected 1, 2, 4, 8 or 16 with acceleration; choose one of these")
    accel_max, zmax = drifts.accel_max, drifts.zmax
    if not (accel_max >= 0 and 0 <= zmax <= _MAX_ZMAX):
        raise ConfigError(
            f"found accel_max = {accel_max} m/s^2 and zmax = {zmax} bins, expected numbers from 0 on and zmax of at most "
            f"{_MAX_ZMAX:.0f}; correct them"
        )
    nfft = 2 * (nbins - 1)
    limits = searched_rows(nfft, tobs_s / nfft, *freqs_hz, nharm_max)
    first_rows = _first_rows(accel_max * tobs_s / SPEED_OF_LIGHT_M_S, int(zmax / 2), int(limits[:, 1].max()))
    reach = reach_bins(len(first_rows) - 1)
    length = max(_SHORTEST_STRETCH, 1 << (_LENGTH_OVER_REACH * reach - 1).bit_length())
    return AccelerationGrid(nbins, tobs_s, limits, first_rows, make_filters(len(first_rows) - 1, nharm_max, length))


def _first_rows(drift_per_bin: float, nsteps_max: int, stop_row: int) -> NDArray[np.int64]:
    """Return the first row of every step of which the drift is in range somewhere below `stop_row`."""
    least_drifts = 2.0 * np.arange(nsteps_max + 1) - 1.0
    if math.isinf(drift_per_bin):
        return np.zeros(nsteps_max + 1, np.int64)
    with np.errstate(divide="ignore"):
        rows = np.ceil(2.0 * least_drifts / np.float64(drift_per_bin))
    rows[0] = 0.0
    return np.asarray(rows[rows < max(stop_row, 1)].astype(np.int64))
