"""What was found of interference: statistics over time and frequency, the mask and its reasons, the series at DM 0."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.channel_statistics import IntervalStatistics
from fastpipe.data.header import Header
from fastpipe.data.rfi_findings import RFIFindings
from fastpipe.plotting.colours import BLUE, EMPTY, MAP, VERMILION
from fastpipe.plotting.map_blocks import block_starts, reduce_blocks
from fastpipe.plotting.mask import MapPlace, draw_legend, draw_masked, mask_heading

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure

_SIZE_INCH = (14.0, 13.0)
# Rows and columns of a map, and points of the series: with more of them than pixels some would not be seen.
_STATISTIC_CELLS = (200, 560)
_POINTS = 2000
_LINEAR_SIGMA = 30.0


def draw_rfi(header: Header, findings: RFIFindings) -> "Figure":
    """Draw what the search for interference found.

    Parameters
    ----------
    header
        Of the recording.
    findings
        What was found.

    Returns
    -------
    Figure
        Matplotlib figure of 1400 x 1300 pixels at 100 dots an inch. A pixel of a map that stands for several channels or
        intervals shows the one that is farthest from the median, and any reason found in one of them.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCH, layout="constrained")
    place = MapPlace(header, findings.mask)
    figure.suptitle(mask_heading(header, findings.mask), x=0.01, ha="left")
    halves: Any = figure.subfigures(2, 1, height_ratios=(1.0, 1.25))
    _draw_statistics(halves[0], findings.intervals, place)
    _draw_masked(halves[1], findings, place)
    return figure


def _draw_statistics(figure: "SubFigure", intervals: IntervalStatistics, place: MapPlace) -> None:
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    has_noise = intervals.std > 0
    std = np.where(has_noise, intervals.std, np.nan)
    middle = np.median(intervals.mean, axis=0)
    typical = np.nanmedian(std) if has_noise.any() else 1.0
    # A channel without noise has no power either, which has no logarithm.
    power = np.where(has_noise & (intervals.fourier_power > 0), intervals.fourier_power, 1.0)
    for axes, values, title in (
        (panels[0, 0], (intervals.mean - middle) / std, "Mean less that of the channel (standard deviations)"),
        (panels[0, 1], std / typical, "Standard deviation (median 1)"),
        (panels[1, 0], intervals.kurtosis, "Excess kurtosis (0 in noise)"),
        (panels[1, 1], np.log10(power), "Largest Fourier power (logarithm to base 10)"),
    ):
        _draw_map(axes, np.where(has_noise, values, np.nan), place)
        axes.set_title(title, loc="left", fontsize=10)
    for axes in panels[1]:
        axes.set(xlabel=f"time ({place.unit})", xlim=(0, place.length))
    for axes in panels[:, 0]:
        axes.set_ylabel("frequency (MHz)")


def _draw_map(axes: "Axes", values: NDArray[np.float64], place: MapPlace) -> None:
    from matplotlib import colormaps

    shown = reduce_blocks(place.upward(values), *_STATISTIC_CELLS)
    known = shown[np.isfinite(shown)]
    low, high = np.percentile(known, (3.0, 97.0)) if known.size else (0.0, 1.0)
    # Noise takes the middle of the colours, and a few wild cells must not hide the rest.
    darkest, brightest = (max(2 * low - high, known.min()), min(2 * high - low, known.max())) if known.size else (low, high)
    image = axes.imshow(
        np.ma.masked_invalid(shown),
        extent=place.extent,
        cmap=colormaps[MAP].with_extremes(bad=EMPTY),
        vmin=darkest,
        vmax=max(brightest, darkest + 1e-9),
        aspect="auto",
        origin="lower",
        interpolation="nearest",
    )
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.figure.colorbar(image, ax=axes, extend="both", pad=0.01, aspect=15)


def _draw_masked(figure: "SubFigure", findings: RFIFindings, place: MapPlace) -> None:
    mask = findings.mask
    grid = figure.add_gridspec(3, 2, width_ratios=(4.2, 1.0), height_ratios=(3.0, 1.0, 1.3))
    drawn, by_time = draw_masked(figure, grid, mask, place)
    series = figure.add_subplot(grid[2, 0], sharex=by_time)
    _draw_zero_dm(series, findings, place)
    series.set(xlabel=f"time ({place.unit})", xlim=(0, place.length))
    draw_legend(figure.add_subplot(grid[1:, 1]), drawn, len(mask.bad_samples) > 0)


def _draw_zero_dm(axes: "Axes", findings: RFIFindings, place: MapPlace) -> None:
    series, mask = findings.intervals.zero_dm, findings.mask
    starts = block_starts(len(series), _POINTS)
    middles = (starts + np.append(starts[1:], len(series))) / 2 * place.units_a_sample
    lowest, highest = np.minimum.reduceat(series, starts), np.maximum.reduceat(series, starts)
    axes.fill_between(middles, lowest, highest, color=BLUE, linewidth=0.5)
    blocks = _blocks_with(mask.bad_samples, starts)
    axes.plot(middles[blocks], highest[blocks], ".", color=VERMILION, markersize=4)
    if np.abs(series).max() > 2 * _LINEAR_SIGMA:
        axes.set_yscale("symlog", linthresh=_LINEAR_SIGMA)
    axes.set_ylabel("sum over the band\n(standard deviations)")


def _blocks_with(stretches: NDArray[np.int64], starts: NDArray[np.intp]) -> NDArray[np.intp]:
    """Return which blocks of samples hold one of the stretches, or a part of it."""
    first = np.searchsorted(starts, stretches[:, 0], side="right") - 1
    last = np.searchsorted(starts, stretches[:, 1] - 1, side="right") - 1
    is_held = np.zeros(len(starts) + 1, np.int64)
    np.add.at(is_held, first, 1)
    np.add.at(is_held, last + 1, -1)
    return np.flatnonzero(np.cumsum(is_held[:-1]))
