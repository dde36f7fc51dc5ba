"""The same kind of model on HTRU2 (Lyon et al. 2016), and how its statistics compare with those of our folds."""

from pathlib import Path
from typing import Final

import numpy as np

from training.fit_trees import fit_trees, log_odds
from training.fold_set import FoldSet
from training.judge import threshold_at

# The file names its columns mean, standard deviation, excess kurtosis, skewness. But no numbers have a kurtosis below the
# square of their skewness less 2, and those in most of its lines would: the last two of each four are the other way round.
_NAMES: Final = tuple(
    f"{part}_{moment}" for part in ("profile", "dm_curve") for moment in ("mean", "std", "skewness", "kurtosis")
)
_PARTS: Final = 5


def htru2_report(path: Path, test: FoldSet) -> None:
    """Print recall and false-positive rate of a cross-validated model of the same kind, and medians of the statistics.

    Parameters
    ----------
    path
        HTRU_2.csv: eight statistics and the answer in each line.
    test
        Our folds.
    """
    table = np.loadtxt(path, delimiter=",")
    features, is_pulsar = dict(zip(_NAMES, table[:, :8].T, strict=True)), table[:, 8] > 0
    part = np.random.default_rng(1).permutation(len(table)) % _PARTS
    odds = np.empty(len(table))
    for index in range(_PARTS):
        inside = part != index
        model = fit_trees(
            {name: values[inside] for name, values in features.items()}, is_pulsar[inside], dict.fromkeys(_NAMES, 0)
        )
        odds[~inside] = log_odds(model, {name: values[~inside] for name, values in features.items()})
    print(f"\nHTRU2: {is_pulsar.sum()} pulsars of {len(table)}, {_PARTS}-fold cross-validation")
    for label, least in (("score > 0.5", 0.0), ("1 % false positives", threshold_at(odds, is_pulsar))):
        recall, rate = np.mean(odds[is_pulsar] > least), np.mean(odds[~is_pulsar] > least)
        print(f"{label}: recall {recall:.3f}, false-positive rate {rate:.4f}")
    print("medians of          HTRU2 pulsars  others    our pulsars  others")
    for name in _NAMES:
        values = (features[name][is_pulsar], features[name][~is_pulsar])
        ours = (test.column(name)[test.is_pulsar], test.column(name)[~test.is_pulsar])
        medians = [float(np.nanmedian(part)) for part in (*values, *ours)]
        print(f"{name:<20} {medians[0]:12.1f} {medians[1]:7.1f} {medians[2]:14.1f} {medians[3]:7.1f}")
