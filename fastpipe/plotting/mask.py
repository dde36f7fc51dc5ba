"""The mask of a recording as a figure: what is masked, why, and how much of every channel and moment."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.plotting.colours import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, SKY, VERMILION
from fastpipe.plotting.map_blocks import reduce_classes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.gridspec import GridSpec

_SIZE_INCH = (12.0, 6.0)
_MASK_CELLS = (290, 1000)
"""Rows and columns of the map: with more of them than pixels some would not be seen."""
_GOOD = "#FFFFFF"
# With an edge, so that one channel of thousands is still seen.
_BARS: Final[dict[str, Any]] = {"fill": True, "facecolor": GREY, "edgecolor": GREY, "linewidth": 0.6}
# Where several reasons hold, the first of these is drawn: what was known before, then what the tests say, then what
# follows from other intervals and channels.
_CLASSES = (
    (Reason.DEAD | Reason.GIVEN | Reason.EDGE, GREY, "dead, given, or edge of the band"),
    (Reason.SPREAD, BLUE, "noisier than its neighbours"),
    (Reason.LEVEL, ORANGE, "level or noise jumps in time"),
    (Reason.SHAPE | Reason.CLIPPED, GREEN, "skewness, kurtosis, clipping"),
    (Reason.PERIODIC, VERMILION, "periodic signal"),
    (Reason.CHANNEL, SKY, "bad in too many intervals"),
    (Reason.INTERVAL, PURPLE, "too many channels bad"),
)


class MapPlace:
    """Where the cells of a map lie: time along, frequency up."""

    def __init__(self, header: Header, mask: RFIMask) -> None:
        self.unit, seconds = ("min", 60.0) if header.tobs_s > 600 else ("s", 1.0)
        self.units_a_sample = header.tsamp / seconds
        self.length = header.nsamples * self.units_a_sample
        self.edges = np.arange(len(mask.reasons) + 1) * mask.interval_samples * self.units_a_sample
        half = abs(header.foff) / 2 or 0.5
        self.low_mhz, self.high_mhz = header.chan_freqs_mhz.min() - half, header.chan_freqs_mhz.max() + half
        self._is_descending = header.foff < 0

    @property
    def extent(self) -> tuple[float, float, float, float]:
        """Left, right, bottom and top of a map; the last interval is drawn in full, and cut by the axes."""
        return (0.0, self.edges[-1], float(self.low_mhz), float(self.high_mhz))

    def upward(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return values [nintervals, nchans] as a map with a row for each channel, the lowest first."""
        return values[:, ::-1].T if self._is_descending else values.T


def draw_mask(header: Header, mask: RFIMask) -> "Figure":
    """Draw a mask: the reason of every masked cell, and the masked part of every channel and interval.

    Parameters
    ----------
    header
        Of the recording.
    mask
        Its mask.

    Returns
    -------
    Figure
        Matplotlib figure of 1200 x 600 pixels at 100 dots an inch. A pixel that stands for several channels or intervals
        shows any reason found in one of them.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCH, layout="constrained")
    place = MapPlace(header, mask)
    figure.suptitle(mask_heading(header, mask), x=0.01, ha="left")
    grid = figure.add_gridspec(2, 2, width_ratios=(4.2, 1.0), height_ratios=(3.0, 1.0))
    drawn, by_time = draw_masked(figure, grid, mask, place)
    by_time.set(xlabel=f"time ({place.unit})", xlim=(0, place.length))
    by_time.tick_params(labelbottom=True)
    draw_legend(figure.add_subplot(grid[1, 1]), drawn, len(mask.bad_samples) > 0)
    return figure


def mask_heading(header: Header, mask: RFIMask) -> str:
    """Return the heading of a figure of a mask."""
    return (
        f"{header.source_name or 'Recording'}, {header.telescope}, MJD {header.tstart:.5f}: "
        f"{100 * mask.masked_fraction:.2f} % masked, {np.count_nonzero(mask.bad_channels)} of {header.nchans} channels "
        "throughout"
    )


def draw_masked(figure: "Figure | SubFigure", grid: "GridSpec", mask: RFIMask, place: MapPlace) -> tuple[set[int], "Axes"]:
    """Draw the reasons in the first cell of a grid, the masked part by channel to the right, and by time below.

    Parameters
    ----------
    figure
        Where to draw.
    grid
        At least two rows and two columns.
    mask
        The mask.
    place
        Where the cells of its map lie.

    Returns
    -------
    tuple of set and Axes
        Which reasons were drawn, as `draw_legend` takes them, and the panel below, without labels of time.
    """
    cells = figure.add_subplot(grid[0, 0])
    drawn = draw_reasons(cells, mask, place)
    by_channel = figure.add_subplot(grid[0, 1], sharey=cells)
    freq_edges = np.linspace(place.low_mhz, place.high_mhz, mask.reasons.shape[1] + 1)
    of_channels = 100 * place.upward(mask.channel_fractions[None, :])[:, 0]
    by_channel.stairs(of_channels, freq_edges, orientation="horizontal", **_BARS)
    by_channel.set(xlim=(0, 100))
    by_channel.set_title("Masked by channel (%)", fontsize=10)
    by_channel.tick_params(labelleft=False)
    by_time = figure.add_subplot(grid[1, 0], sharex=cells)
    by_time.stairs(100 * mask.interval_fractions, place.edges, **_BARS)
    by_time.set(ylim=(0, 100), ylabel="masked (%)")
    for axes in (cells, by_time):
        axes.tick_params(labelbottom=False)
    return drawn, by_time


def draw_reasons(axes: "Axes", mask: RFIMask, place: MapPlace) -> set[int]:
    """Draw the reason of every masked cell; return which classes there are, by their place from the end of `_CLASSES`."""
    from matplotlib.colors import ListedColormap

    classes = np.zeros(mask.reasons.shape, np.uint8)
    for rank, (reason, _, _) in enumerate(reversed(_CLASSES), 1):
        classes[(mask.reasons & np.uint16(reason)) != 0] = rank
    colours = ListedColormap([_GOOD, *(colour for _, colour, _ in reversed(_CLASSES))])
    axes.imshow(
        reduce_classes(place.upward(classes), *_MASK_CELLS),
        extent=place.extent,
        cmap=colours,
        vmin=-0.5,
        vmax=len(_CLASSES) + 0.5,
        aspect="auto",
        origin="lower",
        interpolation="nearest",
    )
    axes.ticklabel_format(axis="y", useOffset=False)
    axes.set_ylabel("frequency (MHz)")
    axes.set_title("What is masked, and why", loc="left", fontsize=10)
    return set(np.unique(classes).tolist())


def draw_legend(axes: "Axes", drawn: set[int], has_bad_samples: bool) -> None:
    """Say what the colours of the reasons are that were drawn, as `draw_reasons` returns them."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    ranks = range(len(_CLASSES), 0, -1)
    handles: list[Any] = [
        Patch(color=colour, label=words) for rank, (_, colour, words) in zip(ranks, _CLASSES, strict=True) if rank in drawn
    ]
    if 0 in drawn:
        handles.append(Patch(facecolor=_GOOD, edgecolor=BLACK, label="good"))
    if has_bad_samples:
        handles.append(Line2D([], [], marker=".", linestyle="", color=VERMILION, label="bad in all channels: spike, gap"))
    axes.set_axis_off()
    axes.legend(handles=handles, loc="upper left", frameon=False, fontsize=9, borderaxespad=0.0)
