"""The panels of a candidate's page that show S/N against DM, and against period and its derivative."""

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.catalogue import Fold
from fastpipe.plotting.colours import BLUE, GREY, VERMILION
from fastpipe.plotting.fold_panels import LETTERS_PT, draw_absence, draw_image, dress
from fastpipe.plotting.number_text import offset_unit

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_dm_curve(axes: "Axes", fold: Fold, dm: float, expected: NDArray[np.float64]) -> None:
    """Draw S/N against DM, and what a pulsar of this profile would show.

    Parameters
    ----------
    axes
        Where to draw.
    fold
        Fold of the candidate.
    dm
        Refined DM in pc cm^-3.
    expected
        Expected S/N at the DMs of the fold's curve, shape [ndms]; empty where it is not known.
    """
    title = "S/N against DM"
    if fold.dm_curve.shape[1] < 2:
        draw_absence(axes, title, "this recording does not allow\nthe DM to be varied")
        return
    dms, snrs = fold.dm_curve
    dress(axes, title=f"{title} (best at {dm:.2f})", xlabel="dispersion measure, DM (pc cm$^{-3}$)", ylabel="S/N")
    if len(expected) == len(dms):
        axes.plot(dms, expected, color=GREY, linestyle="--", linewidth=1.2, label="expected of a pulsar")
    axes.plot(dms, snrs, color=BLUE, linewidth=1.4, label="measured")
    axes.axvline(dm, ymax=0.87, color=VERMILION, linestyle=":", linewidth=1.2)
    axes.set_xlim(float(dms[0]), float(dms[-1]))
    low, high = axes.get_ylim()
    # Room for the legend above the curves.
    axes.set_ylim(low, high + 0.15 * (high - low))
    axes.legend(fontsize=LETTERS_PT, frameon=False, loc="upper center", ncols=2, borderaxespad=0.2, columnspacing=1.5)


def draw_period_map(axes: "Axes", scale_axes: "Axes", candidate: np.void, fold: Fold) -> None:
    """Draw S/N against period and its derivative, with the refined point and its errors.

    Parameters
    ----------
    axes, scale_axes
        Where to draw the map, and the scale of its colours.
    candidate
        Row of a table with the columns of `CANDIDATE_COLUMNS`.
    fold
        Its fold.
    """
    title = "S/N against period P and its derivative $\\mathbf{\\dot P}$"
    period_s, freq_hz = float(candidate["period_s"]), float(candidate["freq_hz"])
    period_offsets = -fold.freq_offsets_hz * period_s / freq_hz
    pdot_offsets = -fold.fdot_offsets_hz_s * (period_s / freq_hz)
    if min(len(period_offsets), len(pdot_offsets)) < 2:
        draw_absence(axes, title, "the recording is too short\nto vary the period")
        scale_axes.set_axis_off()
        return
    unit, scale = offset_unit(float(np.abs(period_offsets).max()))
    exponent = math.floor(math.log10(np.abs(pdot_offsets).max()))
    # Periods grow where frequencies fall: turn both axes round.
    x, y = period_offsets[::-1] * scale, pdot_offsets[::-1] / 10.0**exponent
    values = fold.period_fdot_grid[::-1, ::-1].astype(np.float64)
    image = draw_image(axes, values, (*_edges(x), *_edges(y)))
    lowest = float(np.nanmin(values))
    image.set_clim(lowest, max(float(np.nanmax(values)), lowest + 1.0))
    errors = (
        float(candidate["period_err_s"]) * scale,
        float(candidate["fdot_err_hz_s"]) * period_s / freq_hz / 10.0**exponent,
    )
    _draw_point(axes, errors)
    axes.set(xlim=_edges(x), ylim=_edges(y))
    dress(
        axes,
        title=title,
        xlabel=f"P minus the refined P ({unit})",
        ylabel=f"$\\dot P$ minus the refined $\\dot P$ ($10^{{{exponent}}}$)",
    )
    axes.figure.colorbar(image, cax=scale_axes)
    dress(scale_axes, ylabel="S/N")
    scale_axes.yaxis.set_label_position("right")
    scale_axes.set_xticks([])


def _draw_point(axes: "Axes", errors: tuple[float, float]) -> None:
    """Mark the refined point, with bars for those errors that are known."""
    xerr, yerr = (error if math.isfinite(error) and error > 0 else None for error in errors)
    axes.errorbar([0], [0], xerr=xerr, yerr=yerr, fmt="+", color=VERMILION, markersize=10, elinewidth=1.6, capsize=4)


def _edges(centres: NDArray[np.float64]) -> tuple[float, float]:
    """Return the outer edges of evenly spaced cells."""
    half = (centres[1] - centres[0]) / 2
    return float(centres[0] - half), float(centres[-1] + half)
