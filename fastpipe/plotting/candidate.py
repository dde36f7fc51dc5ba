"""The page of one candidate: what a person looks at to decide whether it is a pulsar."""

import math
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.constants import SPEED_OF_LIGHT_M_S
from fastpipe.data.catalogue import Fold
from fastpipe.data.folded_cube import FoldedCube
from fastpipe.plotting.colours import BLACK, BLUE, EMPTY, GREY, MAP, VERMILION
from fastpipe.plotting.number_text import offset_unit, with_error
from fastpipe.units import format_seconds

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE_INCH = (12.8, 9.6)
_PHASE_TICKS = (0.0, 0.5, 1.0, 1.5, 2.0)
_LINE_LETTERS = 104
_SENTENCES_SHOWN = 10


def draw_candidate(candidate: np.void, observation: np.void, fold: Fold, sentences: Sequence[str]) -> "Figure":
    """Draw a candidate: profile, maps against time and band, DM curve, period map, values and words.

    Parameters
    ----------
    candidate
        Row of a table with the columns of `CANDIDATE_COLUMNS`.
    observation
        Row of the observation it was found in, with the columns of `OBSERVATION_COLUMNS`.
    fold
        Its folded cube and what was measured on it.
    sentences
        What speaks for and against a pulsar, in words.

    Returns
    -------
    Figure
        Matplotlib figure of 1280 x 960 pixels at 100 dots an inch.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCH, layout="constrained")
    figure.suptitle(_title(candidate, observation), fontsize=13, fontweight="bold", x=0.01, ha="left")
    parts: Any = figure.subfigures(2, 1, height_ratios=(3.0, 1.1))
    maps, words = parts
    columns = maps.add_gridspec(1, 3, width_ratios=(1.0, 1.0, 1.2))
    left, right = columns[0].subgridspec(2, 1, height_ratios=(1, 3)), columns[2].subgridspec(2, 1)
    profile = maps.add_subplot(left[0])
    _draw_profile(profile, fold.profile)
    _draw_time_map(maps.add_subplot(left[1], sharex=profile), fold.cube)
    _draw_band_map(maps.add_subplot(columns[1]), fold.cube)
    _draw_dm_curve(maps.add_subplot(right[0]), fold, float(candidate["dm"]))
    _draw_period_map(maps.add_subplot(right[1]), candidate, fold)
    words.text(0.01, 0.96, _values(candidate), va="top", family="monospace", fontsize=9, linespacing=1.35)
    words.text(0.42, 0.96, _wrapped(sentences), va="top", fontsize=9, linespacing=1.35)
    return figure


def _title(candidate: np.void, observation: np.void) -> str:
    known = candidate["known_pulsar"].decode()
    source = observation["source"].decode() or "a source without a name"
    place = f"{observation['telescope'].decode()} beam {observation['beam']}"
    when = f"{format_seconds(float(observation['tobs_s']))} from MJD {observation['tstart_mjd']:.5f}"
    # A $ would begin a formula.
    return f"Candidate {candidate['cand_id']}{': ' + known if known else ''}   ({source}, {place}, {when})".replace(
        "$", r"\$"
    )


def _draw_profile(axes: "Axes", profile: NDArray[np.float32]) -> None:
    edges = np.arange(2 * len(profile) + 1) / len(profile)
    axes.stairs(np.tile(profile, 2), edges, baseline=None, color=BLACK, linewidth=1.0)
    axes.axhline(0.0, color=GREY, linewidth=0.8)
    axes.set(xlim=(0, 2), xticks=_PHASE_TICKS, ylabel="S/N of a bin", title="Profile, two turns")
    axes.tick_params(labelbottom=False)


def _signal(cube: FoldedCube, axis: int) -> NDArray[np.float64]:
    """Sum the cube over sub-integrations (0) or sub-bands (1), in units that give every part the same noise."""
    total = cube.cube.sum(axis=axis, dtype=np.float64)
    counts = cube.counts.sum(axis=axis, dtype=np.float64)
    return np.where(counts > 0, total / np.sqrt(np.maximum(counts, 1.0)), np.nan)


def _draw_map(axes: "Axes", values: NDArray[np.float64], extent: tuple[float, float, float, float]) -> Any:
    from matplotlib import colormaps

    known = values[np.isfinite(values)]
    # A few wild cells must not hide the rest, and the lower half of the noise needs no colours.
    low, high = np.percentile(known, (20.0, 99.7)) if known.size else (0.0, 1.0)
    colour_map = colormaps[MAP].with_extremes(bad=EMPTY)
    shown = np.ma.masked_invalid(values)
    return axes.imshow(
        shown,
        extent=extent,
        cmap=colour_map,
        vmin=low,
        vmax=max(high, low + 1e-9),
        aspect="auto",
        origin="lower",
        interpolation="nearest",
    )


def _draw_absence(axes: "Axes", why: str) -> None:
    axes.set_axis_off()
    axes.text(0.5, 0.85, why, ha="center", va="top", color=GREY, transform=axes.transAxes)


def _draw_time_map(axes: "Axes", cube: FoldedCube) -> None:
    values = _signal(cube, axis=1)
    nsubints = len(cube.subint_mid_s)
    spacing = float(np.median(np.diff(cube.subint_mid_s))) if nsubints > 1 else 1.0
    tobs_s = spacing * nsubints
    unit, length = ("min", tobs_s / 60) if tobs_s > 600 else ("s", tobs_s)
    _draw_map(axes, np.tile(values, 2), (0.0, 2.0, 0.0, length))
    axes.set(xlabel="pulse phase (turns)", ylabel=f"time ({unit})", title="Persistence over time")


def _draw_band_map(axes: "Axes", cube: FoldedCube) -> None:
    axes.set_title("Persistence over the band")
    freqs = cube.subband_freqs_mhz
    if len(freqs) < 2:
        _draw_absence(axes, "a series that was dedispersed\nbefore has no band")
        return
    # Rows go from the top of the band down; the map is drawn upwards.
    values = _signal(cube, axis=0)[::-1]
    half = float(np.median(-np.diff(freqs))) / 2
    _draw_map(axes, np.tile(values, 2), (0.0, 2.0, float(freqs[-1]) - half, float(freqs[0]) + half))
    axes.set(xticks=_PHASE_TICKS, xlabel="pulse phase (turns)", ylabel="frequency (MHz)")


def _draw_dm_curve(axes: "Axes", fold: Fold, dm: float) -> None:
    axes.set_title(f"S/N against DM (best {dm:.2f})")
    if fold.dm_curve.shape[1] < 2:
        _draw_absence(axes, "DM cannot be varied\nfor this recording")
        return
    axes.plot(fold.dm_curve[0], fold.dm_curve[1], color=BLUE, linewidth=1.4)
    axes.axvline(dm, color=VERMILION, linestyle="--", linewidth=1.0)
    axes.set(xlabel="DM (pc cm$^{-3}$)", ylabel="S/N")
    axes.margins(x=0)


def _draw_period_map(axes: "Axes", candidate: np.void, fold: Fold) -> None:
    period_s, freq_hz = float(candidate["period_s"]), float(candidate["freq_hz"])
    period_offsets = -fold.freq_offsets_hz * period_s / freq_hz
    pdot_offsets = -fold.fdot_offsets_hz_s * (period_s / freq_hz)
    axes.set_title("S/N against period and its derivative")
    if min(len(period_offsets), len(pdot_offsets)) < 2:
        _draw_absence(axes, "the recording is too short\nto vary the period")
        return
    period_unit, period_scale = offset_unit(float(np.abs(period_offsets).max()))
    exponent = int(np.floor(np.log10(np.abs(pdot_offsets).max())))
    # Periods grow where frequencies fall: turn both axes round.
    x, y = period_offsets[::-1] * period_scale, pdot_offsets[::-1] / 10.0**exponent
    image = _draw_map(axes, fold.period_fdot_grid[::-1, ::-1].astype(np.float64), (*_edges(x), *_edges(y)))
    image.set_clim(float(fold.period_fdot_grid.min()), float(fold.period_fdot_grid.max()))
    axes.plot(0, 0, "+", color=VERMILION, markersize=12, markeredgewidth=1.5)
    axes.set(xlabel=f"period offset ({period_unit})", ylabel=f"$\\dot P$ offset ($10^{{{exponent}}}$)")
    axes.figure.colorbar(image, ax=axes, label="S/N", pad=0.02)


def _edges(centres: NDArray[np.float64]) -> tuple[float, float]:
    """Return the outer edges of evenly spaced cells."""
    half = (centres[1] - centres[0]) / 2
    return float(centres[0] - half), float(centres[-1] + half)


def _values(candidate: np.void) -> str:
    period_ms, error_ms = 1e3 * float(candidate["period_s"]), 1e3 * float(candidate["period_err_s"])
    topocentric_ms = 1e3 * float(candidate["topocentric_period_s"])
    # Only one that is not barycentric is the same as that at the telescope, to the last digit.
    is_barycentric = topocentric_ms != period_ms
    rows = [
        ("period", f"{with_error(period_ms, error_ms)} ms{', barycentric' if is_barycentric else ''}"),
        *([("at the telescope", f"{with_error(topocentric_ms, error_ms)} ms")] if 0 < topocentric_ms != period_ms else []),
        ("frequency", f"{candidate['freq_hz']:.9g} Hz"),
        ("drift (fdot)", f"{candidate['fdot_hz_s'] + 0.0:.4g} Hz/s"),
        ("acceleration", f"{_accel_text(candidate)} m/s^2"),
        *([("jerk", f"{candidate['jerk_m_s3']:.4g} m/s^3")] if candidate["jerk_m_s3"] else []),
        ("DM", f"{with_error(float(candidate['dm']), float(candidate['dm_err']))} pc/cm^3"),
        ("S/N", f"{candidate['snr']:.1f}"),
        ("sigma", f"{candidate['sigma']:.1f} with {candidate['nharm']} harmonic{'s' * int(candidate['nharm'] != 1)}"),
        ("log10 false alarms", f"{candidate['log10_fap']:z.1f}"),
        ("width", f"{candidate['width_phase']:.3f} turns"),
        ("epoch", f"MJD {candidate['epoch_mjd']:.8f} {'TDB' if is_barycentric else 'UTC'}"),
        ("score", f"{candidate['score']:.2f}"),
    ]
    return "\n".join(f"{name:<19}{value}" for name, value in rows)


def _accel_text(candidate: np.void) -> str:
    """Write the acceleration with its uncertainty, which is that of the drift."""
    accel = float(candidate["accel_m_s2"]) + 0.0
    error = float(candidate["fdot_err_hz_s"] * candidate["period_s"]) * SPEED_OF_LIGHT_M_S
    return with_error(accel, error) if math.isfinite(error) else f"{accel:.4g}"


def _wrapped(sentences: Sequence[str]) -> str:
    return "\n".join(
        textwrap.fill(sentence, _LINE_LETTERS, subsequent_indent="   ") for sentence in sentences[:_SENTENCES_SHOWN]
    )
