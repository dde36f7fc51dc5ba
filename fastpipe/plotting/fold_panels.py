"""The panels of a candidate's page that show its fold: profile, maps against time and band, and how the S/N grows."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.catalogue import Fold
from fastpipe.data.folded_cube import FoldedCube
from fastpipe.plotting.colours import BLACK, BLUE, EMPTY, GREY, MAP, VERMILION
from fastpipe.plotting.fold_signal import PulseShape, growing_snr, signal_map

if TYPE_CHECKING:
    from matplotlib.axes import Axes

LETTERS_PT: Final = 8.0
"""Size of the smallest letters of a figure in points."""
TITLE_PT: Final = 9.5
# Without 2: its label would touch those of the panel to the right.
_PHASE_TICKS: Final = (0.0, 0.5, 1.0, 1.5)
_PHASE_LABEL: Final = "pulse phase (turns)"


def dress(axes: "Axes", *, title: str = "", xlabel: str = "", ylabel: str = "", nticks: tuple[int, int] = (5, 5)) -> None:
    """Give axes their title and labels, plain numbers, and at most so many ticks that no text touches another."""
    from matplotlib.ticker import MaxNLocator, ScalarFormatter

    for axis, most in zip((axes.xaxis, axes.yaxis), nticks, strict=True):
        plain = ScalarFormatter(useOffset=False)
        plain.set_scientific(False)
        axis.set_major_formatter(plain)
        axis.set_major_locator(MaxNLocator(nbins=most, steps=(1, 2, 2.5, 5, 10), min_n_ticks=2))
    axes.set_title(title, fontsize=TITLE_PT, loc="left", fontweight="bold", pad=4)
    axes.set_xlabel(xlabel, fontsize=LETTERS_PT + 0.5, labelpad=2)
    axes.set_ylabel(ylabel, fontsize=LETTERS_PT + 0.5, labelpad=2)
    axes.tick_params(labelsize=LETTERS_PT, length=3, pad=2)


def draw_absence(axes: "Axes", title: str, why: str) -> None:
    """Leave a panel empty but for a sentence that says why."""
    axes.set_axis_off()
    axes.set_title(title, fontsize=TITLE_PT, loc="left", fontweight="bold", pad=4)
    axes.text(0.5, 0.85, why, ha="center", va="top", color=GREY, fontsize=9, transform=axes.transAxes)


def draw_image(axes: "Axes", values: NDArray[np.float64], extent: tuple[float, float, float, float]) -> Any:
    """Draw a map in which a few wild cells do not hide the rest.

    Parameters
    ----------
    axes
        Where to draw.
    values
        The map, the first row at the bottom; NaN marks cells without data, shape [nrows, ncolumns].
    extent
        Left, right, bottom and top edge.

    Returns
    -------
    AxesImage
        The image.
    """
    from matplotlib import colormaps

    known = values[np.isfinite(values)]
    # The lower part of the noise needs no colours.
    low, high = np.percentile(known, (20.0, 99.7)) if known.size else (0.0, 1.0)
    return axes.imshow(
        np.ma.masked_invalid(values),
        extent=extent,
        cmap=colormaps[MAP].with_extremes(bad=EMPTY),
        vmin=low,
        vmax=max(high, low + 1e-9),
        aspect="auto",
        origin="lower",
        interpolation="nearest",
    )


def draw_profile(axes: "Axes", fold: Fold, pulse: PulseShape, width_phase: float) -> None:
    """Draw two turns of the profile, with the noise beside the pulse and the width of the pulse."""
    nbins = len(fold.profile)
    dress(axes, title="Profile, two turns", ylabel="S/N of a bin", nticks=(4, 4))
    axes.axhspan(pulse.off_level - pulse.off_noise, pulse.off_level + pulse.off_noise, color=EMPTY, linewidth=0)
    axes.axhline(pulse.off_level, color=GREY, linewidth=0.8)
    axes.stairs(np.tile(fold.profile, 2), np.arange(2 * nbins + 1) / nbins, baseline=None, color=BLACK, linewidth=1.0)
    if width_phase > 0:
        middle = ((pulse.first_bin + pulse.width_bins / 2) / nbins) % 1.0
        half_height = (pulse.height + pulse.off_level) / 2
        places = [middle, middle + 1.0]
        axes.errorbar(
            places, [half_height] * 2, xerr=width_phase / 2, fmt="none", ecolor=VERMILION, elinewidth=1.6, capsize=3
        )
    axes.set(xlim=(0, 2), xticks=_PHASE_TICKS)
    axes.tick_params(labelbottom=False)


def draw_time_map(axes: "Axes", cube: FoldedCube) -> float:
    """Draw the signal against pulse phase and time; return by what seconds are divided on its axis."""
    nsubints = len(cube.subint_mid_s)
    spacing = float(np.median(np.diff(cube.subint_mid_s))) if nsubints > 1 else 1.0
    tobs_s = spacing * nsubints
    unit, divisor = ("min", 60.0) if tobs_s > 600 else ("s", 1.0)
    draw_image(axes, np.tile(signal_map(cube, axis=1), 2), (0.0, 2.0, 0.0, tobs_s / divisor))
    dress(axes, title="Signal over time", xlabel=_PHASE_LABEL, ylabel=f"time since the start ({unit})")
    axes.set_xticks(_PHASE_TICKS)
    return tobs_s / divisor


def draw_band_map(axes: "Axes", cube: FoldedCube) -> bool:
    """Draw the signal against pulse phase and frequency; return False where there is no band to show."""
    title = "Signal over the band"
    freqs = cube.subband_freqs_mhz
    if len(freqs) < 2:
        draw_absence(axes, title, "one sub-band only:\nthere is nothing\nto compare")
        return False
    # Rows go from the top of the band down; the map is drawn upwards.
    half = float(np.median(-np.diff(freqs))) / 2
    values = np.tile(signal_map(cube, axis=0)[::-1], 2)
    draw_image(axes, values, (0.0, 2.0, float(freqs[-1]) - half, float(freqs[0]) + half))
    dress(axes, title=title, xlabel=_PHASE_LABEL, ylabel="radio frequency (MHz)", nticks=(4, 9))
    axes.set_xticks(_PHASE_TICKS)
    return True


def draw_growth(axes: "Axes", fold: Fold, pulse: PulseShape, axis: int) -> None:
    """Draw beside a map how the S/N of the pulse grows upwards, and how that of a steady pulse would."""
    measured, steady = growing_snr(fold, pulse, axis)
    heights = np.linspace(0.0, 1.0, len(measured))
    axes.plot(steady, heights, color=GREY, linestyle="--", linewidth=1.0)
    axes.plot(measured, heights, color=BLUE, linewidth=1.4)
    dress(axes, xlabel="S/N so far", nticks=(2, 1))
    axes.set_ylim(0, 1)
    axes.set_yticks([])
    largest = max(float(np.max(measured)), float(np.max(steady)), 1.0)
    axes.set_xlim(min(float(np.min(measured)), 0.0) - 0.05 * largest, 1.1 * largest)
