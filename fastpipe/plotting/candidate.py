"""The page of one candidate: what a person looks at to decide whether it is a pulsar."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.catalogue import Fold
from fastpipe.plotting.candidate_numbers import number_rows
from fastpipe.plotting.candidate_words import known_text, text_of
from fastpipe.plotting.colours import BLACK, BLUE, GREY, VERMILION
from fastpipe.plotting.fold_panels import LETTERS_PT, draw_band_map, draw_growth, draw_profile, draw_time_map
from fastpipe.plotting.fold_signal import PulseShape, find_pulse
from fastpipe.plotting.score_panel import draw_score
from fastpipe.plotting.search_panels import draw_dm_curve, draw_period_map
from fastpipe.plotting.text_fit import printable, shorten, wrap
from fastpipe.units import format_seconds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE_INCH: Final = (12.8, 9.6)
_PIXELS: Final = (1280.0, 960.0)
_PT_A_PIXEL: Final = 0.72
# Every panel has a fixed place in pixels (left, bottom, width, height): nothing moves, whatever the numbers are.
_PROFILE: Final = (66, 757, 254, 115)
_TIME: Final = (66, 355, 254, 362)
_TIME_GROWTH: Final = (332, 355, 72, 362)
_BAND: Final = (482, 355, 254, 517)
_BAND_GROWTH: Final = (748, 355, 72, 517)
_DM: Final = (886, 650, 370, 222)
_PERIOD: Final = (886, 355, 296, 222)
_PERIOD_SCALE: Final = (1192, 355, 14, 222)
_SCORE: Final = (640, 48, 176, 232)
_SCORE_NAMES_PX: Final = 164
# The base line of the first line of each column of words.
_NUMBERS: Final = (14, 286)
_SENTENCES: Final = (846, 286)
_NAMES_PX: Final = 114
_VALUES_PX: Final = 342
_SENTENCES_PX: Final = 420
_WORDS_PX: Final = 286
_WORDS_PT: Final = 8.5
_NAME_PT: Final = 250.0
"""Room for a name in a heading in points."""
_LINE_PX: Final = 13.6
_NAME_GREY: Final = "#555555"
_COLOURS: Final = {"For": BLUE, "Against": VERMILION}
"""Of sentences, as of the bars of the score."""


def draw_candidate(
    candidate: np.void,
    observation: np.void,
    fold: Fold,
    sentences: Sequence[str],
    expected_snrs: NDArray[np.float64] | None = None,
) -> "Figure":
    """Draw a candidate: profile, maps against time and band, S/N against DM and period, score, numbers and words.

    Parameters
    ----------
    candidate
        Row of a table with the columns of `CANDIDATE_COLUMNS`.
    observation
        Row of the observation it was found in, with the columns of `OBSERVATION_COLUMNS`.
    fold
        Its folded cube and what was measured on it.
    sentences
        What speaks for and against a pulsar, in words, the weightiest first.
    expected_snrs
        S/N that a pulsar of this profile shows at the DMs of `fold.dm_curve`, shape [ndms]; left out where not given.

    Returns
    -------
    Figure
        Matplotlib figure of 1280 x 960 pixels at 100 dots an inch.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCH)
    width_phase = float(candidate["width_phase"])
    pulse = find_pulse(fold.profile, width_phase)
    _draw_headings(figure, candidate, observation)
    _draw_fold(figure, fold, pulse, width_phase)
    _write_profile_notes(figure, pulse, candidate)
    expected = np.zeros(0) if expected_snrs is None else expected_snrs
    draw_dm_curve(_panel(figure, _DM), fold, float(candidate["dm"]), expected)
    draw_period_map(_panel(figure, _PERIOD), _panel(figure, _PERIOD_SCALE), candidate, fold)
    draw_score(_panel(figure, _SCORE), fold, float(candidate["score"]), _SCORE_NAMES_PX * _PT_A_PIXEL)
    _write_numbers(figure, number_rows(candidate, observation))
    _write_sentences(figure, sentences)
    return figure


def _panel(figure: "Figure", place: tuple[int, int, int, int]) -> "Axes":
    left, bottom, width, height = place
    return figure.add_axes((left / _PIXELS[0], bottom / _PIXELS[1], width / _PIXELS[0], height / _PIXELS[1]))


def _write(figure: "Figure", place: tuple[float, float], text: str, **style: object) -> None:
    x, y = place[0] / _PIXELS[0], place[1] / _PIXELS[1]
    options = {"va": "top", "fontsize": LETTERS_PT} | style
    figure.text(x, y, text, **options)  # type: ignore[arg-type]


def _draw_headings(figure: "Figure", candidate: np.void, observation: np.void) -> None:
    # A long name must not push the numbers out.
    known = shorten(known_text(candidate), _NAME_PT, 14, is_bold=True)
    headline = (
        f"Candidate {candidate['cand_id']}{': ' + known if known else ''}     P = {1e3 * candidate['period_s']:.7g} ms     "
        f"DM = {candidate['dm']:.2f} pc/cm³     S/N = {candidate['snr']:.1f}"
    )
    if math.isfinite(candidate["score"]):
        headline += f"     score {candidate['score']:.2f}"
    source, telescope = (shorten(printable(text_of(observation, name)), _NAME_PT, 9) for name in ("source", "telescope"))
    place = f"{telescope or 'unknown telescope'}, beam {observation['beam']}"
    when = f"{format_seconds(float(observation['tobs_s']))} from MJD {observation['tstart_mjd']:.5f}"
    width_pt = (_PIXELS[0] - 28) * _PT_A_PIXEL
    line = shorten(printable(headline), width_pt, 14, is_bold=True)
    _write(figure, (14, 948), line, fontsize=14, fontweight="bold")
    _write(figure, (14, 920), shorten(f"{source or 'a source without a name'}   ({place}, {when})", width_pt, 9), fontsize=9)


def _draw_fold(figure: "Figure", fold: Fold, pulse: PulseShape, width_phase: float) -> None:
    draw_profile(_panel(figure, _PROFILE), fold, pulse, width_phase)
    draw_time_map(_panel(figure, _TIME), fold.cube)
    draw_growth(_panel(figure, _TIME_GROWTH), fold, pulse, axis=1)
    if draw_band_map(_panel(figure, _BAND), fold.cube):
        draw_growth(_panel(figure, _BAND_GROWTH), fold, pulse, axis=0)


def _write_profile_notes(figure: "Figure", pulse: PulseShape, candidate: np.void) -> None:
    """Say beside the profile, and above the panels of growing S/N, what their marks are."""
    left, top = _TIME_GROWTH[0], _PROFILE[1] + _PROFILE[3]
    width_ms = 1e3 * float(candidate["width_phase"] * candidate["period_s"])
    lines = ("red: width", f"{width_ms:.3g} ms", "", "grey: noise", f"beside it, {pulse.off_noise:.2f}")
    width_pt = (_BAND[0] - 46 - left) * _PT_A_PIXEL
    fitted = "\n".join(shorten(line, width_pt, LETTERS_PT) for line in lines)
    _write(figure, (left, top), fitted, linespacing=1.35)
    _write(figure, (left, _TIME_GROWTH[1] + _TIME_GROWTH[3] + 30), "dashed: a\nsteady pulsar", color=GREY, linespacing=1.1)


def _write_numbers(figure: "Figure", rows: Sequence[tuple[str, str]]) -> None:
    left, top = _NUMBERS
    for index, (name, value) in enumerate(rows[: int(_WORDS_PX / _LINE_PX)]):
        y = top - index * _LINE_PX
        fitted = shorten(printable(value), _VALUES_PX * _PT_A_PIXEL, _WORDS_PT)
        _write(figure, (left, y), name, va="baseline", fontsize=_WORDS_PT, color=_NAME_GREY)
        _write(figure, (left + _NAMES_PX, y), fitted, va="baseline", fontsize=_WORDS_PT)


def _write_sentences(figure: "Figure", sentences: Sequence[str]) -> None:
    most = int(_WORDS_PX / _LINE_PX)
    lines: list[tuple[str, str]] = []
    for index, sentence in enumerate(sentences):
        wrapped = wrap(printable(sentence), _SENTENCES_PX * _PT_A_PIXEL, _WORDS_PT)
        # The last line is kept for a note that there are more, unless these are the last words.
        if len(lines) + len(wrapped) > most - (index < len(sentences) - 1):
            lines.append((f"... and {len(sentences) - index} more: fastpipe show lists all of them", GREY))
            break
        lines += [(line, _COLOURS.get(sentence.partition(":")[0], BLACK)) for line in wrapped]
    left, top = _SENTENCES
    for index, (line, colour) in enumerate(lines):
        _write(figure, (left, top - index * _LINE_PX), line, va="baseline", fontsize=_WORDS_PT, color=colour)
