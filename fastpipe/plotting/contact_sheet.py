"""The best candidates of a catalogue on one sheet: what a person looks over to see which pages are worth opening."""

import math
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.catalogue import CatalogueTables, Fold
from fastpipe.data.tables import Table
from fastpipe.plotting.candidate_words import known_text
from fastpipe.plotting.colours import BLACK, EMPTY, GREY
from fastpipe.plotting.fold_panels import draw_image
from fastpipe.plotting.fold_signal import PulseShape, find_pulse, signal_map
from fastpipe.plotting.text_fit import printable, shorten, text_width_pt

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NSHOWN: Final = 24
"""Candidates on a sheet."""
_NCOLUMNS: Final = 6
_WIDTH_PX: Final = 1600.0
_PT_A_PIXEL: Final = 0.72
_HEADING_PX: Final = 46.0
_FOOT_PX: Final = 6.0
_MARGIN_PX: Final = 10.0
_CELL_PX: Final = (263.0, 287.0)
_GAP_PX: Final = 14.0
_LINES_PX: Final = 52.0
_PROFILE_PX: Final = 62.0
_NAME_PT: Final = 10.5
_LETTERS_PT: Final = 9.0


def best_rows(candidates: Table) -> NDArray[np.int64]:
    """Order candidates by score to two digits, and those of one score by significance.

    Parameters
    ----------
    candidates
        Table with the columns of `CANDIDATE_COLUMNS`.

    Returns
    -------
    ndarray
        Positions in the table, the best first; candidates without a score come last, shape [ncandidates].
    """
    scores = np.round(np.nan_to_num(candidates["score"], nan=-1.0), 2)
    return np.lexsort((candidates["cand_id"], candidates["log10_fap"], -scores)).astype(np.int64)


def draw_contact_sheet(tables: CatalogueTables) -> "Figure":
    """Draw the best candidates: profile, signal over time, and the values that say most.

    Parameters
    ----------
    tables
        The catalogue.

    Returns
    -------
    Figure
        Matplotlib figure of 1600 x 1200 pixels at 100 dots an inch; less high where fewer rows are needed.
    """
    from matplotlib.figure import Figure

    rows = best_rows(tables.candidates)
    nlines = max(math.ceil(min(len(rows), NSHOWN) / _NCOLUMNS), 1)
    height_px = _HEADING_PX + nlines * _CELL_PX[1] + _FOOT_PX
    figure = Figure(figsize=(_WIDTH_PX / 100, height_px / 100))
    _write(figure, (_MARGIN_PX, height_px - 12), _heading(len(rows)), 13.0, is_bold=True)
    note = "Two turns of the profile; below it the signal, later times further up. P period, DM in pc/cm³."
    note_px = text_width_pt(note, _LETTERS_PT) / _PT_A_PIXEL
    _write(figure, (_WIDTH_PX - 2 * _MARGIN_PX - note_px, height_px - 16), note, _LETTERS_PT)
    for place, row in enumerate(rows[:NSHOWN].tolist()):
        left = _MARGIN_PX + (place % _NCOLUMNS) * _CELL_PX[0]
        top = height_px - _HEADING_PX - (place // _NCOLUMNS) * _CELL_PX[1]
        candidate = tables.candidates[row]
        _draw_cell(figure, (left, top), candidate, tables.folds.get(int(candidate["cand_id"])))
    return figure


def _heading(ncandidates: int) -> str:
    if ncandidates == 0:
        return "No candidates"
    if ncandidates <= NSHOWN:
        return f"{ncandidates} candidate{'s' * (ncandidates > 1)}, the best score first"
    return f"The {NSHOWN} best of {ncandidates} candidates by score; {ncandidates - NSHOWN} more are not shown"


def _write(figure: "Figure", place: tuple[float, float], text: str, size_pt: float, *, is_bold: bool = False) -> None:
    weight = "bold" if is_bold else "normal"
    width_px, height_px = figure.get_size_inches() * 100
    figure.text(place[0] / width_px, place[1] / height_px, text, va="top", fontsize=size_pt, fontweight=weight)


def _draw_cell(figure: "Figure", corner: tuple[float, float], candidate: np.void, fold: Fold | None) -> None:
    """Draw one candidate below and to the right of `corner`, in pixels."""
    left, top = corner
    width_pt = (_CELL_PX[0] - _GAP_PX) * _PT_A_PIXEL
    known = known_text(candidate)
    name = printable(f"{candidate['cand_id']}{'   ' + known if known else ''}")
    score = f"score {candidate['score']:.2f}" if math.isfinite(candidate["score"]) else "no score"
    lines = (
        f"P {1e3 * candidate['period_s']:.7g} ms   DM {candidate['dm']:.2f}",
        f"S/N {candidate['snr']:.1f}   {score}",
    )
    _write(figure, (left, top), shorten(name, width_pt, _NAME_PT, is_bold=True), _NAME_PT, is_bold=True)
    for index, line in enumerate(lines):
        _write(figure, (left, top - 18 - 15 * index), shorten(line, width_pt, _LETTERS_PT), _LETTERS_PT)
    if fold is None:
        _write(figure, (left, top - _LINES_PX - 30), "not folded", _LETTERS_PT)
        return
    _draw_fold(figure, (left, top - _LINES_PX), fold, find_pulse(fold.profile, float(candidate["width_phase"])))


def _draw_fold(figure: "Figure", corner: tuple[float, float], fold: Fold, pulse: PulseShape) -> None:
    left, top = corner
    width = _CELL_PX[0] - _GAP_PX
    map_height = _CELL_PX[1] - _LINES_PX - _PROFILE_PX - _GAP_PX
    places = ((top - _PROFILE_PX, _PROFILE_PX), (top - _PROFILE_PX - map_height, map_height))
    width_px, height_px = figure.get_size_inches() * 100
    profile, time_map = (
        figure.add_axes((left / width_px, bottom / height_px, width / width_px, height / height_px))
        for bottom, height in places
    )
    nbins = len(fold.profile)
    profile.axhspan(pulse.off_level - pulse.off_noise, pulse.off_level + pulse.off_noise, color=EMPTY, linewidth=0)
    profile.stairs(np.tile(fold.profile, 2), np.arange(2 * nbins + 1) / nbins, baseline=None, color=BLACK, linewidth=0.9)
    draw_image(time_map, np.tile(signal_map(fold.cube, axis=1), 2), (0.0, 2.0, 0.0, 1.0))
    for axes in (profile, time_map):
        axes.set(xlim=(0, 2), xticks=(), yticks=())
        for spine in axes.spines.values():
            spine.set_color(GREY)
