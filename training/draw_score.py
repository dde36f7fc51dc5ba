"""The figures of the model card."""

from pathlib import Path
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from fastpipe.data.score_model import DecisionTrees
from training.fit_trees import contribution_table
from training.fold_set import KINDS, FoldSet
from training.judge import logistic

# Okabe and Ito's colours, which all readers can tell apart.
_COLOURS: Final = ("#0072b2", "#d55e00", "#009e73", "#cc79a7")
_SNR_BINS: Final = ((6.0, 8.0), (8.0, 12.0), (12.0, 101.0))
_BINS: Final = 10


def draw_figures(trees: DecisionTrees, test: FoldSet, odds: NDArray[np.float64], folder: Path) -> None:
    """Draw ROC curves, reliability and contributions as PNG files.

    Parameters
    ----------
    trees
        The model.
    test
        Folds that were held out.
    odds
        Their log odds by the model.
    folder
        Where the figures go.
    """
    folder.mkdir(parents=True, exist_ok=True)
    _save(_draw_roc(test, odds), folder / "roc.png")
    _save(_draw_reliability(test, odds), folder / "reliability.png")
    _save(_draw_contributions(trees, test), folder / "contributions.png")


def _save(figure: Figure, path: Path) -> None:
    FigureCanvasAgg(figure)
    figure.savefig(path, dpi=100)


def _draw_roc(test: FoldSet, odds: NDArray[np.float64]) -> Figure:
    """Draw recall against the false-positive rate, by S/N and by kind of what is no pulsar."""
    figure = Figure(figsize=(10, 4.5), layout="constrained")
    by_snr, by_kind = figure.subplots(1, 2)
    others = odds[~test.is_pulsar]
    for colour, (low, high) in zip(_COLOURS, _SNR_BINS, strict=False):
        mine = odds[test.is_pulsar & (test.injected_snr >= low) & (test.injected_snr < high)]
        _roc(by_snr, mine, others, colour, f"S/N {low:g} to {min(high, 100.0):g} ({len(mine)})")
    bright = odds[test.is_pulsar & (test.injected_snr >= _SNR_BINS[0][0] + 1.0)]
    for colour, kind in zip(_COLOURS, KINDS[1:], strict=False):
        some = odds[test.kind == kind]
        _roc(by_kind, bright, some, colour, f"{kind} ({len(some)})")
    by_snr.set_title("by injected S/N")
    by_kind.set_title("S/N from 7 on, against each kind of fold")
    for axes in (by_snr, by_kind):
        axes.set(xscale="log", xlim=(5e-4, 1.0), ylim=(0.5, 1.01), xlabel="false-positive rate", ylabel="recall")
        axes.axvline(0.01, color="0.7", linewidth=1)
        axes.legend(loc="lower right", frameon=False)
    return figure


def _roc(axes: Any, mine: NDArray[np.float64], others: NDArray[np.float64], colour: str, label: str) -> None:
    if not len(mine) or not len(others):
        return
    levels = np.unique(np.concatenate((mine, others)))
    recall, rate = (1.0 - np.searchsorted(np.sort(some), levels) / len(some) for some in (mine, others))
    axes.step(np.maximum(rate, 1e-4), recall, color=colour, label=label)


def _draw_reliability(test: FoldSet, odds: NDArray[np.float64]) -> Figure:
    """Draw how often folds of a score are pulsars."""
    score = logistic(odds)
    figure = Figure(figsize=(5, 6), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 1))
    part = np.minimum((score * _BINS).astype(np.int64), _BINS - 1)
    for index in np.unique(part):
        mine = part == index
        share, count = float(test.is_pulsar[mine].mean()), int(mine.sum())
        # Half an extra pulsar and half an extra other keep the error of an empty side from being zero.
        smooth = (share * count + 0.5) / (count + 1.0)
        error = np.sqrt(smooth * (1.0 - smooth) / count)
        above.errorbar(score[mine].mean(), share, error, color=_COLOURS[0], marker="o", capsize=2)
    above.plot((0, 1), (0, 1), color="0.7", linewidth=1)
    above.set(ylabel="part that is a pulsar", ylim=(-0.05, 1.05))
    below.hist([score[test.is_pulsar], score[~test.is_pulsar]], np.linspace(0, 1, _BINS + 1), color=_COLOURS[:2], log=True)
    below.legend(("pulsars", "others"), frameon=False)
    below.set(xlabel="score", ylabel="folds")
    return figure


def _draw_contributions(trees: DecisionTrees, test: FoldSet) -> Figure:
    """Draw what each feature adds to the log odds of the held-out folds, against its value."""
    columns = 5
    rows = -(-len(trees.features) // columns)
    figure = Figure(figsize=(13, 2.2 * rows), layout="constrained")
    panels = np.ravel(figure.subplots(rows, columns, sharey=True))
    table = contribution_table(trees, {name: test.column(name) for name in trees.features})
    for axes, name in zip(panels, trees.features, strict=False):
        values = test.column(name)
        for is_pulsar, colour in ((False, _COLOURS[1]), (True, _COLOURS[0])):
            mine = (test.is_pulsar == is_pulsar) & np.isfinite(values)
            axes.plot(values[mine], table[name][mine], ".", color=colour, markersize=2, rasterized=True)
        axes.axhline(0.0, color="0.8", linewidth=1)
        axes.set_title(name, fontsize=9)
        known = values[np.isfinite(values)]
        if len(known) and known.min() > 0.0 and known.max() > 50.0 * known.min():
            axes.set_xscale("log")
    for axes in panels[len(trees.features) :]:
        axes.set_axis_off()
    figure.supylabel("contribution to the log odds (blue: pulsars, orange: others)")
    return figure
