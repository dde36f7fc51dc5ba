"""Whether a signal behaves with DM like a distant source: in neighbouring trials, away from DM 0, and not everywhere."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.tables import Fate, Table
from fastpipe.dispersion import dm_delay_s

_SIGMA_MARGIN: Final = 2.0
"""Differences of sigma below this are taken for noise."""
_LARGEST_GAP: Final = 2
"""Steps from one trial of a curve to the next: noise may hide one trial between two."""
_HALF_POWER: Final = 0.7
"""Part of its largest sigma above which a curve is as wide as its half width in power."""
_WIDEST_TURNS: Final = 3.0
"""Half width of a curve in turns of phase across the band: 0.45 for a pulse in all of the band, seven times as much for one
that shines in a seventh of it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DMRules:
    """What is asked of a signal."""

    sigma_min: float = 5.0
    """Threshold of the search: a signal that is not in the table was below this sigma."""
    min_dm_hits: int = 2
    """DM trials in which a signal must be seen, where a real one would be."""
    dm_low: float = 1.0
    """DM in pc cm^-3 below which signals are taken to come from the ground, where the band can tell."""


@dataclass(frozen=True, slots=True)
class DMCurves:
    """The largest sigma of signals in each DM trial in which they were seen, by signal, then DM."""

    trial: NDArray[np.intp]
    """Number of the DM trial, shape [nhits]."""
    dm: NDArray[np.float64]
    """Its DM in pc cm^-3, shape [nhits]."""
    sigma: NDArray[np.float64]
    """Largest sigma there, shape [nhits]."""
    run: NDArray[np.intp]
    """Number of the stretch of neighbouring trials, shape [nhits]."""
    signal: NDArray[np.intp]
    """Number of the signal, shape [nhits]."""
    best: NDArray[np.intp]
    """Where the best trial of each signal is, shape [nsignals]."""

    @classmethod
    def of_groups(
        cls, table: Table, leader: NDArray[np.intp], leaders: NDArray[np.intp], dm_trials: NDArray[np.float64]
    ) -> "DMCurves":
        """Collect the curves of some groups.

        Parameters
        ----------
        table
            Detections, strongest first.
        leader
            Row of the strongest of the same signal, shape [ndetections].
        leaders
            Rows of the strongest ones of the signals that are wanted, ascending, shape [nsignals].
        dm_trials
            All DM trials in pc cm^-3, ascending.
        """
        number = np.full(len(table), -1, np.intp)
        number[leaders] = np.arange(len(leaders))
        rows = np.flatnonzero(number[leader] >= 0)
        signal = number[leader[rows]]
        trial = np.minimum(np.searchsorted(dm_trials, table["dm"][rows] - 1e-6), len(dm_trials) - 1)
        # Rows are in the order of strength, so the first of a trial is its strongest.
        first = np.lexsort((rows, trial, signal))
        is_new = np.ones(len(rows), bool)
        is_new[1:] = (np.diff(signal[first]) != 0) | (np.diff(trial[first]) != 0)
        first = first[is_new]
        rows, signal, trial = rows[first], signal[first], trial[first]
        breaks = np.zeros(len(rows), np.intp)
        breaks[1:] = (np.diff(signal) != 0) | (np.diff(trial) > _LARGEST_GAP)
        best = np.empty(len(leaders), np.intp)
        is_best = rows == leaders[signal]
        best[signal[is_best]] = np.flatnonzero(is_best)
        return cls(trial, table["dm"][rows], table["sigma"][rows], np.cumsum(breaks), signal, best)

    def nhits(self) -> NDArray[np.intp]:
        """Return the number of neighbouring trials around the best in which each signal was seen, shape [nsignals]."""
        return np.asarray(np.bincount(self.run)[self.run[self.best]]) if len(self.run) else np.zeros(0, np.intp)

    def range(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return the lowest and the highest DM in pc cm^-3 at which each signal was seen, each of shape [nsignals]."""
        first = np.searchsorted(self.signal, np.arange(len(self.best)))
        last = np.searchsorted(self.signal, np.arange(len(self.best)), "right") - 1
        return self.dm[first], self.dm[last]

    def half_width(self) -> NDArray[np.float64]:
        """Return half the range of DMs around the best in which each curve is above its half width, shape [nsignals]."""
        is_high = (self.run == self.run[self.best][self.signal]) & (
            self.sigma >= _HALF_POWER * self.sigma[self.best][self.signal]
        )
        low, high = self.dm[self.best], self.dm[self.best].copy()
        np.minimum.at(low, self.signal[is_high], self.dm[is_high])
        np.maximum.at(high, self.signal[is_high], self.dm[is_high])
        return np.asarray(high - low) / 2.0

    def largest_sigma(self, is_wanted: NDArray[np.bool_], otherwise: float) -> NDArray[np.float64]:
        """Return the largest sigma of each signal in the trials that are wanted, at least `otherwise`, shape [nsignals]."""
        largest = np.full(len(self.best), otherwise)
        np.maximum.at(largest, self.signal[is_wanted], self.sigma[is_wanted])
        return largest


def judge_dm_curves(
    best: Table,
    curves: DMCurves,
    powers: NDArray[np.float32],
    dm_trials: NDArray[np.float64],
    band_mhz: tuple[float, float],
    rules: DMRules,
) -> NDArray[np.int16]:
    """Say of each signal whether its curve of sigma against DM rules out a distant source.

    A pulse that is dedispersed with a wrong DM sweeps across the band by some turns of phase, and harmonic h keeps
    sinc^2(h turns) of its power. With the powers of its harmonics this says how its sigma falls off:

    - FEW_DMS: seen in too few neighbouring trials (one may be missing), although the nearest one would show it;
    - LOW_DM: strongest below `dm_low`, and clearly weaker beyond; or as strong below `dm_low` as at its best DM, although a
      pulse would be clearly weaker; or equally strong over so many DMs that a pulse sweeps by turns of phase.

    Each says no only where band and plan can tell: a slow pulsar in a narrow band survives, so does a fast one with coarse
    steps.

    Parameters
    ----------
    best
        The strongest detection of each signal, columns DETECTION_COLUMNS.
    curves
        Their curves.
    powers
        Powers of their harmonics, mean 1 in noise, shape [nsignals, 32]; zeros where they were not measured.
    dm_trials
        All DM trials in pc cm^-3, ascending.
    band_mhz
        Lowest and highest frequency in MHz.
    rules
        Thresholds.

    Returns
    -------
    ndarray
        KEPT, FEW_DMS or LOW_DM, shape [nsignals].
    """
    fates = np.full(len(best), int(Fate.KEPT), np.int16)
    if not len(best):
        return fates
    sigma, is_below = best["sigma"], curves.dm < rules.dm_low

    def left(dm_offset: NDArray[np.float64]) -> NDArray[np.float64]:
        turns = best["freq_hz"] * dm_delay_s(np.minimum(np.abs(dm_offset), 1e9), *band_mhz)
        return np.asarray(sigma * _amplitude_left(turns, best["nharm"], powers))

    expected = left(_nearest_step(best["dm"], dm_trials))
    is_few = (curves.nhits() < min(rules.min_dm_hits, len(dm_trials))) & (expected - _SIGMA_MARGIN >= rules.sigma_min)
    fates[is_few] = Fate.FEW_DMS

    can_tell_low = dm_trials.min(initial=np.inf) < rules.dm_low <= dm_trials.max(initial=-np.inf)
    beyond = curves.largest_sigma(~is_below, rules.sigma_min)
    is_low = can_tell_low & (best["dm"] < rules.dm_low) & (beyond <= sigma - _SIGMA_MARGIN)
    # As strong near DM 0 as at its best DM, from where a pulse would be clearly weaker there.
    below = curves.largest_sigma(is_below, 0.0)
    is_low |= (
        (best["dm"] >= rules.dm_low)
        & (below >= sigma - _SIGMA_MARGIN)
        & (left(best["dm"] - rules.dm_low) <= below - 2.0 * _SIGMA_MARGIN)
    )
    turns = best["freq_hz"] * dm_delay_s(curves.half_width(), *band_mhz) * _mean_order(powers)
    fates[is_low | (turns > _WIDEST_TURNS)] = Fate.LOW_DM
    return fates


def _nearest_step(dm: NDArray[np.float64], dm_trials: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distance from each DM to the nearest other trial, infinite where there is none."""
    padded = np.concatenate(([-np.inf], dm_trials, [np.inf]))
    position = np.clip(np.searchsorted(dm_trials, dm - 1e-6) + 1, 1, len(dm_trials))
    return np.asarray(np.minimum(padded[position] - padded[position - 1], padded[position + 1] - padded[position]))


def _amplitude_left(
    turns: NDArray[np.float64], nharm: NDArray[np.int32], powers: NDArray[np.float32]
) -> NDArray[np.float64]:
    """Return the part of its sigma that a pulse keeps whose fundamental sweeps by `turns` across the band, shape [nsignals].

    Where the harmonics were not measured it is the least there can be: that of the highest one.
    """
    orders = np.arange(1, powers.shape[1] + 1)
    signal = np.maximum(powers - 1.0, 0.0)
    swept = turns[:, np.newaxis] * orders
    left = (signal * np.where(swept < 1.0, np.sinc(swept), 0.0) ** 2).sum(axis=1) / np.maximum(signal.sum(axis=1), 1e-30)
    highest = turns * nharm
    least = np.where(highest < 1.0, np.sinc(highest), 0.0)
    return np.where(signal.any(axis=1), np.sqrt(left), least)


def _mean_order(powers: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the root of the mean square of the orders of harmonics, weighted by their powers; 1 where not measured."""
    orders = np.arange(1, powers.shape[1] + 1)
    signal = np.maximum(powers - 1.0, 0.0).astype(np.float64)
    total = signal.sum(axis=1)
    mean = (signal * orders**2).sum(axis=1) / np.where(total > 0.0, total, 1.0)
    return np.where(total > 0.0, np.sqrt(mean), 1.0)
