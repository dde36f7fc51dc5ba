"""What a model is worth on folds that it has never seen: recall, calibration, faults, in words and figures."""

from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.score_model import DecisionTrees
from training.fit_trees import contribution_table
from training.fold_set import KINDS, POPULATIONS, FoldSet

FALSE_POSITIVE_RATE: Final = 0.01
"""At which recall is stated."""
_SNR_MIN: Final = 7.0
"""Least S/N, injected and folded, of the pulsars that recall is stated for: interference hides some that were injected."""
_SNR_EDGES: Final = (0.0, 6.0, 7.0, 8.0, 10.0, 14.0, 25.0, 1000.0)
_SCORE_EDGES: Final = (0.0, 0.02, 0.1, 0.3, 0.5, 0.7, 0.9, 0.98, 1.0)


def logistic(odds: NDArray[np.float64]) -> NDArray[np.float64]:
    """Turn log odds into probabilities."""
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(odds, -40.0, 40.0))))


def threshold_at(odds: NDArray[np.float64], is_pulsar: NDArray[np.bool_], rate: float = FALSE_POSITIVE_RATE) -> float:
    """Return the log odds that a part `rate` of the folds that are no pulsars exceeds."""
    return float(np.quantile(odds[~is_pulsar], 1.0 - rate))


def is_bright(test: FoldSet) -> NDArray[np.bool_]:
    """Tell which folds are of pulsars of S/N 7 or more, both injected and folded."""
    return test.is_pulsar & (np.minimum(test.injected_snr, test.column("snr")) >= _SNR_MIN)


def judge(trees: DecisionTrees, test: FoldSet, odds: NDArray[np.float64], figures: Path | None) -> None:
    """Print recall, calibration and faults; draw them if there is a folder.

    Parameters
    ----------
    trees
        The model.
    test
        Folds that were held out.
    odds
        Their log odds by the model.
    figures
        Folder for the figures, or None.
    """
    is_pulsar, score = test.is_pulsar, logistic(odds)
    bright = is_bright(test)
    least = threshold_at(odds, is_pulsar)
    recall = float(np.mean(odds[bright] > least))
    print(f"Recall of {np.count_nonzero(bright)} pulsars from S/N {_SNR_MIN:g} on at 1 % false positives: {recall:.4f}")
    print(f"threshold there: score {logistic(np.array([least]))[0]:.3f}")
    print(f"Brier score {np.mean((score - is_pulsar) ** 2):.4f}")
    _print_recall_by_snr(test, odds, least)
    _print_kinds(test, odds, least)
    _print_populations(test, odds)
    _print_reliability(score, is_pulsar)
    _print_weights(trees, test)
    _print_faults(test, score)
    if figures is not None:
        from training.draw_score import draw_figures

        draw_figures(trees, test, odds, figures)


def _print_recall_by_snr(test: FoldSet, odds: NDArray[np.float64], least: float) -> None:
    for name, snr in (("injected S/N", test.injected_snr), ("folded S/N  ", test.column("snr"))):
        print(f"\n{name}   pulsars  recall at 1 %  score > 0.5")
        for low, high in pairwise(_SNR_EDGES):
            chosen = odds[test.is_pulsar & (snr >= low) & (snr < high)]
            if len(chosen):
                rates = f"{np.mean(chosen > least):13.3f}  {np.mean(chosen > 0):11.3f}"
                print(f"{low:6.0f} -{high:5.0f}  {len(chosen):7d}  {rates}")
    for habit in sorted(set(test.habit[test.is_pulsar].tolist())):
        chosen = odds[is_bright(test) & (test.habit == habit)]
        print(f"{habit:<13} {len(chosen):7d}  {np.mean(chosen > least):13.3f}  {np.mean(chosen > 0):11.3f}")


def _print_kinds(test: FoldSet, odds: NDArray[np.float64], least: float) -> None:
    print("\nkind            folds  above the threshold  score > 0.5  (real recordings apart)")
    for kind in KINDS:
        for is_real in (False, True):
            chosen = odds[(test.kind == kind) & (test.is_real == is_real)]
            if len(chosen):
                name = f"{kind}{', real' if is_real else ''}"
                print(f"{name:<18} {len(chosen):4d}  {np.mean(chosen > least):19.3f}  {np.mean(chosen > 0):11.3f}")


def _print_populations(test: FoldSet, odds: NDArray[np.float64]) -> None:
    print("\nrecordings   pulsars  others  recall at 1 % of their own others  others with score > 0.5")
    for name in POPULATIONS:
        mine = test.population == name
        some = test.subset(mine)
        bright, others = is_bright(some), ~some.is_pulsar
        if bright.any() and others.any():
            recall = np.mean(odds[mine][bright] > threshold_at(odds[mine], some.is_pulsar))
            passed = np.mean(odds[mine][others] > 0)
            print(f"{name:<10} {bright.sum():9d} {others.sum():7d}  {recall:34.3f}  {passed:23.3f}")


def _print_reliability(score: NDArray[np.float64], is_pulsar: NDArray[np.bool_]) -> None:
    print("\nscore          folds  mean score  pulsars")
    for low, high in pairwise(_SCORE_EDGES):
        chosen = (score >= low) & (score < high if high < 1.0 else score <= 1.0)
        if chosen.any():
            print(
                f"{low:4.2f} - {high:4.2f}  {chosen.sum():7d}  {score[chosen].mean():10.3f}  {is_pulsar[chosen].mean():7.3f}"
            )


def _print_weights(trees: DecisionTrees, test: FoldSet) -> None:
    print("\nfeature                 contribution to the log odds, 5 to 95 % of folds  unknown")
    table = contribution_table(trees, {name: test.column(name) for name in trees.features})
    for name, values in sorted(table.items(), key=lambda item: -float(np.std(item[1]))):
        low, high = np.percentile(values, (5, 95))
        print(f"{name:<22} {low:9.2f} to {high:6.2f}  {np.mean(np.isnan(test.column(name))):42.0%}")


def _print_faults(test: FoldSet, score: NDArray[np.float64], count: int = 6) -> None:
    shown = ("snr", "width_phase", "subint_persistence", "subband_persistence", "dm_significance", "dm0_excess", "nturns")
    print(f"\nworst faults: recording, kind, injected S/N, score; {', '.join(shown)}")
    wrong = np.abs(score - test.is_pulsar)
    wrong[test.is_pulsar & ~is_bright(test)] = 0.0
    for is_pulsar in (True, False):
        rows = np.flatnonzero(test.is_pulsar == is_pulsar)
        for row in rows[np.argsort(-wrong[rows])][:count]:
            values = " ".join(f"{test.column(name)[row]:.3g}" for name in shown)
            print(f"{test.recording[row]} {test.kind[row]} {test.injected_snr[row]:.1f} {score[row]:.3f}; {values}")
