"""All detections of a catalogue in the plane of period and DM, by what became of them."""

from typing import TYPE_CHECKING

import numpy as np

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.tables import Fate, Table
from fastpipe.plotting.candidate_text import FATE_WORDS
from fastpipe.plotting.colours import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE_INCH = (10.0, 6.4)
_NUMBERED = 15
_CIRCLED = 300
"""Candidates drawn as circles: of thousands nothing else would be seen."""
_NUMBER_PX = (26.0, 16.0)
"""Room that a number takes, with some to spare for a layout that is not final."""
_STYLES = {
    Fate.FAINT: (".", GREY),
    Fate.FEW_DMS: ("v", SKY),
    Fate.LOW_DM: ("s", ORANGE),
    Fate.BIRDIE: ("+", ORANGE),
    Fate.MULTI_BEAM: ("D", ORANGE),
    Fate.NOT_FOLDED: ("^", PURPLE),
    Fate.DUPLICATE: (".", BLUE),
    Fate.HARMONIC: ("x", GREEN),
}


def draw_overview(tables: CatalogueTables) -> "Figure":
    """Draw period against DM of all detections and candidates.

    Parameters
    ----------
    tables
        The catalogue.

    Returns
    -------
    Figure
        Matplotlib figure of 1000 x 640 pixels at 100 dots an inch; candidates are numbered circles, larger for higher sigma.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCH, layout="constrained")
    axes = figure.subplots()
    axes.set_xscale("log")
    _draw_detections(axes, tables.detections)
    if len(tables.candidates):
        _draw_candidates(axes, tables.candidates)
    axes.set(xlabel="period (ms)", ylabel="DM (pc cm$^{-3}$)")
    axes.set_title("What became of the detections", loc="left")
    axes.grid(alpha=0.25)
    if axes.get_legend_handles_labels()[0]:
        figure.legend(loc="outside lower center", ncols=4, frameon=False, markerscale=0.8)
    return figure


def _draw_detections(axes: "Axes", detections: Table) -> None:
    for fate, (marker, colour) in _STYLES.items():
        rows = detections[detections["fate"] == fate]
        if len(rows):
            label = f"{len(rows)} {FATE_WORDS[fate]}"
            axes.plot(1e3 / rows["freq_hz"], rows["dm"], marker, color=colour, markersize=4, alpha=0.6, label=label)


def _draw_candidates(axes: "Axes", candidates: Table) -> None:
    rest = candidates[_CIRCLED:]
    label = f"{len(rest)} more candidates"
    if len(rest):
        axes.plot(1e3 * rest["period_s"], rest["dm"], ".", color=VERMILION, markersize=3, alpha=0.5, zorder=2.5, label=label)
    candidates = candidates[:_CIRCLED]
    periods_ms, dms = 1e3 * candidates["period_s"], candidates["dm"]
    sizes = 30 + 12 * np.clip(np.nan_to_num(candidates["sigma"]), 0, 40)
    label = f"{len(candidates)} candidate{'s' * (len(candidates) != 1)}{', the most significant' if len(rest) else ''}"
    # Above the detections, of which thousands may lie at the same place.
    axes.scatter(periods_ms, dms, s=sizes, facecolors="none", edgecolors=VERMILION, linewidths=1.6, zorder=3, label=label)
    _number_candidates(axes, candidates[:_NUMBERED])


def _number_candidates(axes: "Axes", candidates: Table) -> None:
    """Write the numbers of candidates beside them, the best first; one that would cover another number is left out."""
    axes.autoscale_view()
    taken: list[tuple[float, float]] = []
    for row in candidates:
        place = (1e3 * float(row["period_s"]), float(row["dm"]))
        x, y = axes.transData.transform(place)
        if all(abs(x - other_x) > _NUMBER_PX[0] or abs(y - other_y) > _NUMBER_PX[1] for other_x, other_y in taken):
            taken.append((x, y))
            axes.annotate(str(row["cand_id"]), place, (7, 7), textcoords="offset points", color=BLACK, fontsize=9)
