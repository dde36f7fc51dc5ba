"""What an acceleration search tries: frequencies, drifts, changes of them and numbers of harmonics, block by block."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.acceleration_filters import (
    DRIFT_STEP,
    JERK_STEP,
    FilterPlan,
    fractions_of,
    nearest,
    plan_filters,
    reach_bins,
)
from fastpipe.algorithms.periodicity import searched_rows
from fastpipe.constants import SPEED_OF_LIGHT_M_S
from fastpipe.data.drift_range import DriftRange
from fastpipe.errors import ConfigError

_MAX_NHARM = 16
_MAX_DRIFT = 2000.0
_SHORTEST_STRETCH = 1024
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
    first_jerk_rows: NDArray[np.int64]
    """The same for steps of jerk; of one step, 0, without jerk."""
    filters: FilterPlan
    """Which filters it takes."""

    @property
    def nsteps(self) -> int:
        """Largest absolute step of drift of the highest harmonic."""
        return len(self.first_rows) - 1

    @property
    def wsteps(self) -> range:
        """Steps of jerk of the highest harmonic."""
        most = len(self.first_jerk_rows) - 1
        return range(-most, most + 1)

    @property
    def has_jerk(self) -> bool:
        """Whether changes of the drift are tried, each with filters that are made for it."""
        return len(self.first_jerk_rows) > 1

    @property
    def ntrials(self) -> int:
        """Number of trials in one series, though neighbours share noise.

        Frequencies times drifts times changes of drift times numbers of harmonics, without those of constant frequency.
        """
        total = 0
        for wstep in self.wsteps:
            first_rows = self.first_rows_of(wstep)
            for first, stop in self.limits_of(wstep).tolist():
                rows = np.maximum(stop - np.maximum(first_rows, first), 0)
                total += int(2 * rows.sum() - (rows[0] if wstep else 2 * rows[0]))
        return total

    def first_rows_of(self, wstep: int) -> NDArray[np.int64]:
        """Return the first rows of all steps of drift at one step of jerk.

        The row of a trial is that of its best mean frequency, w / 20 rows (a row for every step) above that at the middle.
        """
        return self.first_rows + wstep

    def limits_of(self, wstep: int) -> NDArray[np.int64]:
        """Return the limits of the rows in which a step of jerk is searched, shaped as `limits`."""
        limits = np.maximum(self.limits, [self.first_jerk_rows[abs(wstep)], 0]) + wstep
        return np.asarray(np.clip(limits, 1, 2 * self.nbins - 2))

    def blocks(self, wstep: int = 0) -> Iterator[tuple[int, int, int]]:
        """Cut the rows of the highest harmonic into blocks: first row, row after the last, largest absolute step.

        Where drifts are small filters are short, so a block has more rows.

        Parameters
        ----------
        wstep
            Step of jerk of the highest harmonic.
        """
        limits = self.limits_of(wstep)
        row, last = int(limits[:, 0].min()) & ~1, int(limits[:, 1].max())
        while row < last:
            nsteps = self._nsteps_before(row + 2 * self.filters.length, wstep)
            stop = min(row + 2 * (self.filters.length - 2 * reach_bins(nsteps, abs(wstep))), last)
            yield row, stop, self._nsteps_before(stop, wstep)
            row = stop

    def spans(self, block: tuple[int, int, int], wstep: int = 0) -> NDArray[np.int64]:
        """Return where the stretches of all fractions of the highest harmonic lie that a block needs.

        Parameters
        ----------
        block
            One of `blocks`.
        wstep
            Step of jerk of the highest harmonic.

        Returns
        -------
        ndarray
            First bin of the stretch, half bins of it before the first that is wanted, and number of those wanted, shape
            [nfractions, 3].
        """
        first_row, stop_row, nsteps = block
        limits = self.limits_of(wstep)
        is_tested = (limits[:, 0] < stop_row) & (first_row < limits[:, 1])
        nharm = 1 << int(np.flatnonzero(is_tested)[-1]) if is_tested.any() else 1
        spans = []
        for fraction in fractions_of(nharm):
            low, high = nearest(first_row, fraction) // 2, nearest(stop_row - 1, fraction)
            reach = reach_bins(nearest(nsteps, fraction), nearest(abs(wstep), fraction))
            spans.append((low - reach, 2 * reach, high - 2 * low + 1))
        return np.array(spans, np.int64)

    def _nsteps_before(self, stop_row: int, wstep: int) -> int:
        return max(int(np.searchsorted(self.first_rows_of(wstep), stop_row)) - 1, 0)


def acceleration_grid(
    nbins: int, tobs_s: float, *, freqs_hz: tuple[float, float], drifts: DriftRange, nharm_max: int
) -> AccelerationGrid:
    """Plan an acceleration search.

    A harmonic at frequency f drifts by ``z = -accel f tobs^2 / c`` bins, and that changes by ``w = -jerk f tobs^3 / c``.
    Trials are half a bin apart in the frequency of the highest harmonic, 2 bins in its drift and 20 bins in its w. They
    stand for all within 1 bin of drift and 10 bins of w: so those are made that lie so near to the range.

    Parameters
    ----------
    nbins
        Number of bins of the spectra, with bin 0 and the Nyquist frequency.
    tobs_s
        Length of the transform in s.
    freqs_hz
        Least and largest frequency of the fundamental in the middle of the transform, in Hz.
    drifts
        Largest acceleration and jerk, and largest drift and change of it of any harmonic, at most 2000 bins each.
    nharm_max
        Most harmonics summed: 1, 2, 4, 8 or 16.

    Returns
    -------
    AccelerationGrid
        Without the filters themselves, which may take hundreds of MB.

    Raises
    ------
    ConfigError
        If an argument makes no sense.

    Examples
    --------
    >>> drifts = DriftRange(accel_max=50.0, zmax=200.0)
    >>> grid = acceleration_grid(1 << 19, 52.0, freqs_hz=(1.0, 1000.0), drifts=drifts, nharm_max=8)
    >>> grid.nsteps, grid.ntrials
    (2, 1853908)
    """
    if nbins < 2 or not tobs_s > 0:
        raise ConfigError(
            f"found {nbins} bins of {tobs_s} s, expected at least 2 of a positive length; give those of a spectrum"
        )
    if nharm_max not in (1, 2, 4, 8, _MAX_NHARM):
        raise ConfigError(f"found nharm_max = {nharm_max}, expected 1, 2, 4, 8 or 16 with acceleration; choose one of these")
    _check_drifts(drifts)
    nfft = 2 * (nbins - 1)
    limits = searched_rows(nfft, tobs_s / nfft, *freqs_hz, nharm_max)
    stop_row, per_bin = int(limits[:, 1].max()), tobs_s / SPEED_OF_LIGHT_M_S
    first_rows = _first_rows(drifts.accel_max * per_bin, int(drifts.zmax / DRIFT_STEP), DRIFT_STEP, stop_row)
    first_jerk_rows = _first_rows(drifts.jerk_max * per_bin * tobs_s, int(drifts.wmax / JERK_STEP), JERK_STEP, stop_row)
    reach = reach_bins(len(first_rows) - 1, len(first_jerk_rows) - 1)
    length = max(_SHORTEST_STRETCH, 1 << (_LENGTH_OVER_REACH * reach - 1).bit_length())
    filters = plan_filters(len(first_rows) - 1, nharm_max, length)
    return AccelerationGrid(nbins, tobs_s, limits, first_rows, first_jerk_rows, filters)


def _check_drifts(drifts: DriftRange) -> None:
    for name, value, unit in (("accel", drifts.accel_max, "m/s^2"), ("jerk", drifts.jerk_max, "m/s^3")):
        if not value >= 0:
            raise ConfigError(f"found {name}_max = {value} {unit}, expected a number from 0 on; correct it")
    for name, value in (("zmax", drifts.zmax), ("wmax", drifts.wmax)):
        if not 0 <= value <= _MAX_DRIFT:
            raise ConfigError(f"found {name} = {value} bins, expected 0 to {_MAX_DRIFT:.0f}; correct it")


def _first_rows(drift_per_bin: float, nsteps_max: int, step: float, stop_row: int) -> NDArray[np.int64]:
    """Return the first row of every step of which the drift is in range somewhere below `stop_row`."""
    least_drifts = step * (np.arange(nsteps_max + 1) - 0.5)
    if math.isinf(drift_per_bin):
        return np.zeros(nsteps_max + 1, np.int64)
    with np.errstate(divide="ignore"):
        rows = np.ceil(2.0 * least_drifts / np.float64(drift_per_bin))
    rows[0] = 0.0
    return np.asarray(rows[rows < max(stop_row, 1)].astype(np.int64))
