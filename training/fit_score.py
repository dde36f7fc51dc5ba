"""The model of the score from a set of folds, what it is worth, and the figures of the model card.

``python -m training.fit_score set.h5 -o fastpipe/io/score_model.json --figures docs/score`` fits two thirds of the
recordings, judges the model on the others, and prints everything that docs/score.md holds. With ``--htru2 HTRU_2.csv`` a
model of the same kind is fitted to the eight statistics of HTRU2 too.
"""

import argparse
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.score_model import DecisionTrees, ScoreModel
from fastpipe.io.score_model import write_score_model
from training.fit_trees import calibrated, fit_trees, log_odds
from training.fold_set import FoldSet, read_folds
from training.htru2 import htru2_report
from training.judge import judge

_OF_SERIES: Final = {
    "snr": 1,
    "h_statistic": 1,
    "width_phase": 0,
    "npeaks": -1,
    "profile_mean": 0,
    "profile_std": 0,
    "profile_skewness": 0,
    "profile_kurtosis": 0,
    "subint_persistence": 1,
    "subint_modulation": -1,
    "subint_phase_chi2": -1,
    "period_fit": 1,
    "birdie_distance_bins": 1,
}
_OF_BAND: Final = {
    "subband_persistence": 1,
    "subband_modulation": -1,
    "subband_phase_chi2": -1,
    "dm_err": 0,
    "dm_significance": 1,
    "dm0_excess_snr": -1,
    "dm_misfit": -1,
    "dispersed_snr": 1,
    "dm_curve_mean": 0,
    "dm_curve_std": 0,
    "dm_curve_skewness": 0,
    "dm_curve_kurtosis": 0,
    "removed_fraction": -1,
}
DIRECTIONS: Final = {"band": _OF_SERIES | _OF_BAND, "series": _OF_SERIES}
"""Features of the models: 1 where a pulsar is the more likely the larger the value, -1 the smaller, 0 for either."""
VERSION: Final = "1"
_FOLDS: Final = 5
_HELD_OUT_EVERY: Final = 3
_SNR_RATIOS: Final = (0.4, 1.5)
"""Folded over injected S/N of the pulsars that are used."""


def is_held_out(folds: FoldSet) -> NDArray[np.bool_]:
    """Tell which folds are for the judgement only: those of every third recording."""
    return np.asarray(folds.recording % _HELD_OUT_EVERY == 2)


def is_sound(folds: FoldSet) -> NDArray[np.bool_]:
    """Tell which folds show what their label says: of pulsars those with 0.4 to 1.5 times the S/N that was injected.

    Others are of interference at the pulsar's period, or of a pulsar that interference or its cleaning hides.
    """
    ratio = folds.column("snr") / np.maximum(folds.injected_snr, 1e-9)
    is_strange = (ratio < _SNR_RATIOS[0]) | (ratio > _SNR_RATIOS[1])
    return np.asarray(~(folds.is_pulsar & is_strange))


def parts(folds: FoldSet) -> dict[str, FoldSet]:
    """Return the folds with a band and those of series."""
    is_series = np.isnan(folds.column("dm"))
    return {"band": folds.subset(~is_series), "series": folds.subset(is_series)}


def columns(folds: FoldSet, part: str) -> dict[str, NDArray[np.float64]]:
    """Return the features of one model by name."""
    return {name: folds.column(name) for name in DIRECTIONS[part]}


def fit_model(folds: FoldSet) -> ScoreModel:
    """Fit the models for folds with a band and for those of series.

    Parameters
    ----------
    folds
        For training.
    """
    fitted = {part: fit_part(some, part) for part, some in parts(folds).items()}
    return ScoreModel(name="fold", version=VERSION, band=fitted["band"], series=fitted["series"])


def fit_part(folds: FoldSet, part: str) -> DecisionTrees:
    """Fit one model and calibrate it on log odds from cross-validation over recordings.

    Parameters
    ----------
    folds
        For training.
    part
        Key of `DIRECTIONS`.
    """
    features, is_pulsar, directions = columns(folds, part), folds.is_pulsar, DIRECTIONS[part]
    group = folds.recording // _HELD_OUT_EVERY % _FOLDS
    odds = np.empty(len(folds))
    for index in range(_FOLDS):
        inside = group != index
        trees = fit_trees({name: values[inside] for name, values in features.items()}, is_pulsar[inside], directions)
        odds[~inside] = log_odds(trees, {name: values[~inside] for name, values in features.items()})
    return calibrated(fit_trees(features, is_pulsar, directions), odds, is_pulsar)


def main() -> None:
    """Read the options, fit, judge, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path, help="HDF5 file of training.make_candidates")
    parser.add_argument("-o", dest="model", type=Path, help="JSON file of the model to write")
    parser.add_argument("--figures", type=Path, help="folder for the figures of the model card")
    parser.add_argument("--htru2", type=Path, help="HTRU_2.csv of Lyon et al. 2016")
    options = parser.parse_args()
    folds = read_folds(options.path)
    folds = folds.subset(is_sound(folds))
    held_out = is_held_out(folds)
    training, test = folds.subset(~held_out), folds.subset(held_out)
    model = fit_model(training)
    for part, some in parts(test).items():
        if not len(some):
            continue
        count = len(parts(training)[part])
        print(f"\n== {part}: {count} folds for training, {len(some)} held out, {np.mean(some.is_pulsar):.0%} pulsars")
        trees: DecisionTrees = getattr(model, part)
        folder = options.figures / part if options.figures else None
        judge(trees, some, log_odds(trees, columns(some, part)), folder)
    if options.htru2:
        htru2_report(options.htru2, test)
    if options.model:
        write_score_model(model, options.model)


if __name__ == "__main__":
    main()
