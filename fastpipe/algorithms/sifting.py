"""Sifting: from all threshold crossings of a run to the few signals worth folding, with a reason for each of the others."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.birdie_wings import find_explained
from fastpipe.algorithms.crowded_lines import find_crowds
from fastpipe.algorithms.detection_groups import group_detections, strongest_first
from fastpipe.algorithms.dm_behaviour import DMCurves, DMRules, judge_dm_curves
from fastpipe.algorithms.harmonic_relations import find_harmonics
from fastpipe.data.harmonic_powers import MOST_HARMONICS, HarmonicPowers
from fastpipe.data.tables import Fate, Table


@dataclass(frozen=True, kw_only=True, slots=True)
class SiftingRules(DMRules):
    """What the rules of sifting need to know of the search."""

    log10_fap_max: float = 0.0
    """Detections that noise gives more often than this are faint."""
    max_candidates: int = 100
    """Largest number of candidates to keep."""
    log10_ntrials: float = 9.0
    """log10 of the effective number of trials, to which `log10_fap` of the detections refers."""


def sift(
    detections: Table,
    *,
    tobs_s: float,
    dm_trials: NDArray[np.float64],
    band_mhz: tuple[float, float] | None,
    rules: SiftingRules,
    birdies: Table | None = None,
    harmonics: HarmonicPowers | None = None,
) -> tuple[Table, NDArray[np.intp]]:
    """Group the detections of a run by signal and say what became of each.

    Strongest first, a detection takes all weaker ones of the same signal (any DM) as duplicates: at its frequency and
    drift, in the wings of its line, and where templates of other drifts see it (`group_detections`). Of the groups that
    remain those that noise would give are faint; the others lose what birdies leave behind (`find_explained`), then
    harmonics of stronger ones (`find_harmonics`), then those whose DM behaviour is not that of a distant source
    (`judge_dm_curves`); the peaks of lines too broad for one signal become duplicates of the highest (`find_crowds`).

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
    harmonics
        Powers of the harmonics of those detections that were refined; None for none.

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
    order = strongest_first(detections)
    table = detections[order].copy()
    measured = (harmonics or HarmonicPowers.none()).chosen(order, len(table))
    table["det_id"] = np.arange(1, len(table) + 1)
    leader = group_detections(table, tobs_s)
    table["fate"] = np.where(leader == np.arange(len(table)), Fate.KEPT, Fate.DUPLICATE)
    table["related_id"] = np.where(leader == np.arange(len(table)), 0, leader + 1)

    leaders = np.flatnonzero(table["fate"] == Fate.KEPT)
    leaders = _set_aside(table, leaders, Fate.FAINT, table["log10_fap"][leaders] > rules.log10_fap_max, 0)
    if birdies is not None:
        explained = _explain(table[leaders], birdies, tobs_s, band_mhz, rules)
        leaders = _set_aside(table, leaders, Fate.BIRDIE, explained > 0, explained)
    parent = _parents(table[leaders], tobs_s, rules, measured.chosen(leaders, len(table)))
    leaders = _set_aside(table, leaders, Fate.HARMONIC, parent >= 0, leaders[parent] + 1)

    curves = DMCurves.of_groups(table, leader, leaders, dm_trials)
    crowd = find_crowds(table["freq_hz"][leaders] * tobs_s, *curves.range())
    if band_mhz is not None:
        powers = _powers_of(leaders, measured, len(table))
        table["fate"][leaders] = judge_dm_curves(table[leaders], curves, powers, dm_trials, band_mhz, rules)
    _merge(table, leaders[crowd >= 0], leaders[crowd[crowd >= 0]])
    kept = np.flatnonzero(table["fate"] == Fate.KEPT)
    table["fate"][kept[rules.max_candidates :]] = Fate.NOT_FOLDED
    kept = kept[: rules.max_candidates]
    table["related_id"][kept] = np.arange(1, len(kept) + 1)
    return table, kept


def _parents(best: Table, tobs_s: float, rules: SiftingRules, harmonics: HarmonicPowers | None = None) -> NDArray[np.intp]:
    """Return the index of the stronger signal of which each is a harmonic, -1 for none, shape [nsignals]."""
    return find_harmonics(
        best["freq_hz"] * tobs_s,
        best["nharm"],
        excess_power=(best["power"] - best["nharm"]).astype(np.float64),
        drifts=np.stack((best["z"], best["w"])),
        harmonics=harmonics,
        log10_own_chance=rules.log10_fap_max - rules.log10_ntrials,
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


def _merge(table: Table, merged: NDArray[np.intp], strongest: NDArray[np.intp]) -> None:
    """Make some signals duplicates of stronger ones, and let what points to them point to those."""
    table["fate"][merged] = Fate.DUPLICATE
    new_id = np.arange(len(table) + 1)
    new_id[merged + 1] = strongest + 1
    table["related_id"][merged] = strongest + 1
    is_pointing = np.isin(table["fate"], (Fate.DUPLICATE, Fate.HARMONIC))
    table["related_id"][is_pointing] = new_id[table["related_id"][is_pointing]]


def _powers_of(leaders: NDArray[np.intp], harmonics: HarmonicPowers, ndetections: int) -> NDArray[np.float32]:
    """Return the powers of the harmonics of some detections, zeros where they were not measured, shape [nleaders, 32]."""
    measured = harmonics.chosen(leaders, ndetections)
    powers = np.zeros((len(leaders), MOST_HARMONICS), np.float32)
    powers[measured.rows] = measured.powers
    return powers
