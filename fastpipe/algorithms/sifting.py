"""Sifting: from all threshold crossings of a run to the few signals worth folding, with a reason for each of the others."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.birdie_wings import find_explained
from fastpipe.algorithms.detection_groups import group_detections, strongest_first
from fastpipe.algorithms.harmonic_relations import find_harmonics
from fastpipe.data.tables import Fate, Table
from fastpipe.dispersion import dm_delay_s

_SIGMA_MARGIN: Final = 2.0
"""Differences of sigma below this are taken for noise when the DM behaviour of a signal is judged."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SiftingRules:
    """What the rules of sifting need to know of the search."""

    sigma_min: float = 5.0
    """Threshold of the search: a signal that is not in the table was below this sigma."""
    log10_fap_max: float = 0.0
    """Detections that noise gives more often than this are faint."""
    min_dm_hits: int = 2
    """DM trials in which a signal must be seen, where a real one would be."""
    dm_low: float = 1.0
    """DM in pc cm^-3 below which signals are taken to come from the ground, where the band can tell."""
    max_candidates: int = 100
    """Largest number of candidates to keep."""
    tolerance_bins: float = 1.1
    """Error of a frequency in Fourier bins."""


def sift(
    detections: Table,
    *,
    tobs_s: float,
    dm_trials: NDArray[np.float64],
    band_mhz: tuple[float, float] | None,
    rules: SiftingRules,
    birdies: Table | None = None,
) -> tuple[Table, NDArray[np.intp]]:
    """Group the detections of a run by signal and say what became of each.

    Strongest first, a detection takes all weaker ones of the same signal (any DM) as duplicates: at its frequency and
    drift, in the wings of its line, and where templates of other drifts see it (`group_detections`). Of the groups that
    remain those that noise would give are faint; the others lose what birdies leave behind, then harmonics of stronger ones,
    then those whose DM behaviour is not that of a distant source. The DM rules say no only where band and plan can tell, so
    a slow pulsar in a narrow band survives.

    Parameters
    ----------
    detections
        Detections of the whole run, columns DETECTION_COLUMNS, any order; not changed.
    tobs_s
        Length of the observation in s.
    dm_trials
        All DM trials in pc cm^-3, ascending, shape [ntrials].
    band_mhz
        Lowest and highest frequency in MHz; None for a series of one DM, which has no DM behaviour.
    rules
        Thresholds.
    birdies
        What was removed from the spectra, columns BIRDIE_COLUMNS; None for nothing.

    Returns
    -------
    detections : Table
        Sorted by falling sigma (then DM, frequency and drift), `det_id` counting from 1, `fate` and `related_id` filled.
    kept : ndarray
        Indices of the kept detections in this table, in the order of candidates 1, 2, ..., shape [ncandidates].

    References
    ----------
    The rules follow the practice of PRESTO's sifting and of the PALFA and GBNCC surveys (Lazarus et al. 2015, ApJ 812, 81).
    """
    table = detections[strongest_first(detections)].copy()
    table["det_id"] = np.arange(1, len(table) + 1)
    leader = group_detections(table, tobs_s, rules.tolerance_bins)
    table["fate"] = np.where(leader == np.arange(len(table)), Fate.KEPT, Fate.DUPLICATE)
    table["related_id"] = np.where(leader == np.arange(len(table)), 0, leader + 1)

    leaders = np.flatnonzero(table["fate"] == Fate.KEPT)
    leaders = _set_aside(table, leaders, Fate.FAINT, table["log10_fap"][leaders] > rules.log10_fap_max, 0)
    if birdies is not None:
        explained = _explain(table[leaders], birdies, tobs_s, band_mhz, rules)
        leaders = _set_aside(table, leaders, Fate.BIRDIE, explained > 0, explained)
    parent = _parents(table[leaders], tobs_s, rules)
    leaders = _set_aside(table, leaders, Fate.HARMONIC, parent >= 0, leaders[parent] + 1)

    if band_mhz is not None:
        _judge_dm_behaviour(table, leader, leaders, dm_trials, band_mhz, rules)
    kept = np.flatnonzero(table["fate"] == Fate.KEPT)
    table["fate"][kept[rules.max_candidates :]] = Fate.NOT_FOLDED
    kept = kept[: rules.max_candidates]
    table["related_id"][kept] = np.arange(1, len(kept) + 1)
    return table, kept


def _parents(best: Table, tobs_s: float, rules: SiftingRules) -> NDArray[np.intp]:
    """Return the index of the stronger signal of which each is a harmonic, -1 for none, shape [nsignals]."""
    return find_harmonics(
        best["freq_hz"] * tobs_s,
        best["nharm"],
        rules.tolerance_bins,
        excess_power=(best["power"] - best["nharm"]).astype(np.float64),
        drifts=np.stack((best["z"], best["w"])),
    )


def _explain(
    best: Table, birdies: Table, tobs_s: float, band_mhz: tuple[float, float] | None, rules: SiftingRules
) -> NDArray[np.int32]:
    """Return the birdie that explains each signal, 0 where none does, shape [nsignals].

    Near DM 0 the harmonics of what a birdie explains are its own too; at other DMs a comb has so many that it would take
    pulsars.
    """
    explained = find_explained(best, birdies, tobs_s, band_mhz, rules.dm_low)
    if band_mhz is None:
        return explained
    near_zero = np.flatnonzero(best["dm"] < rules.dm_low)
    parent = _parents(best[near_zero], tobs_s, rules)
    is_left = (parent >= 0) & (explained[near_zero] == 0)
    explained[near_zero[is_left]] = explained[near_zero[parent[is_left]]]
    return explained


def _set_aside(
    table: Table,
    leaders: NDArray[np.intp],
    fate: Fate,
    has_it: NDArray[np.bool_],
    related_id: NDArray[np.integer[Any]] | int,
) -> NDArray[np.intp]:
    """Write the fate of those of `leaders` that have it into `table`; return the others."""
    table["fate"][leaders[has_it]] = fate
    table["related_id"][leaders[has_it]] = np.broadcast_to(related_id, leaders.shape)[has_it]
    return leaders[~has_it]


def _judge_dm_behaviour(
    table: Table,
    leader: NDArray[np.intp],
    leaders: NDArray[np.intp],
    dm_trials: NDArray[np.float64],
    band_mhz: tuple[float, float],
    rules: SiftingRules,
) -> None:
    """Write LOW_DM and FEW_DMS into `table` for those of `leaders` whose DM curve rules out a distant source."""
    best = table[leaders]
    beyond = np.full(len(table), rules.sigma_min)
    np.maximum.at(beyond, leader, np.where(table["dm"] >= rules.dm_low, table["sigma"], 0.0))
    can_tell_low = dm_trials.min(initial=np.inf) < rules.dm_low <= dm_trials.max(initial=-np.inf)
    is_low = can_tell_low & (best["dm"] < rules.dm_low) & (beyond[leaders] <= best["sigma"] - _SIGMA_MARGIN)

    by_dm = np.lexsort((table["dm"], leader))
    is_new = np.ones(len(table), bool)
    is_new[1:] = (np.diff(leader[by_dm]) != 0) | (np.diff(table["dm"][by_dm]) > 0)
    nhits = np.bincount(leader[by_dm][is_new], minlength=len(table))[leaders]
    expected = best["sigma"] * _fraction_in_neighbour(best, dm_trials, band_mhz)
    is_few = (nhits < min(rules.min_dm_hits, len(dm_trials))) & (expected - _SIGMA_MARGIN >= rules.sigma_min)

    table["fate"][leaders[is_few]] = Fate.FEW_DMS
    table["fate"][leaders[is_low]] = Fate.LOW_DM


def _fraction_in_neighbour(
    best: Table, dm_trials: NDArray[np.float64], band_mhz: tuple[float, float]
) -> NDArray[np.float64]:
    """Least fraction of its sigma that a pulsar keeps in the nearest other trial: the loss of its highest harmonic."""
    padded = np.concatenate(([-np.inf], dm_trials, [np.inf]))
    position = np.clip(np.searchsorted(dm_trials, best["dm"] - 1e-6) + 1, 1, len(dm_trials))
    step = np.minimum(padded[position] - padded[position - 1], padded[position + 1] - padded[position])
    smearing_s = dm_delay_s(np.minimum(step, 1e9), band_mhz[0], band_mhz[1])
    turns = best["freq_hz"] * best["nharm"] * smearing_s
    return np.where(turns < 1.0, np.sinc(turns), 0.0)
