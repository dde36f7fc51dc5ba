"""A dedispersed series as a figure."""

from typing import TYPE_CHECKING, Final

import numpy as np

from fastpipe.data.trial_series import TrialSeries
from fastpipe.plotting.colours import BLACK, BLUE, GREY
from fastpipe.plotting.map_blocks import block_starts

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIZE_INCH: Final = (10.0, 5.6)
_POINTS: Final = 2000
_ZOOM_SAMPLES: Final = 1000


def draw_series(series: TrialSeries) -> "Figure":
    """Draw a series: all of it, and its first samples one by one.

    Parameters
    ----------
    series
        A recording at one DM.

    Returns
    -------
    Figure
        Matplotlib figure of 1000 x 560 pixels at 100 dots an inch. Above, each of 2000 stretches of time from its least to
        its largest sample.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCH, layout="constrained")
    whole, zoom = figure.subplots(2, 1)
    values = series.values
    starts = block_starts(len(values), _POINTS)
    times = series.times_s
    lowest, highest = np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)
    whole.fill_between(times[starts], lowest, highest, color=BLUE, linewidth=0.5)
    whole.set_title(f"Series at DM {series.dm:g} pc/cm³, {len(values)} samples of {1e6 * series.tsamp:.6g} us", loc="left")
    zoom.plot(times[:_ZOOM_SAMPLES], values[:_ZOOM_SAMPLES], color=BLACK, linewidth=0.7)
    zoom.set_title(f"The first {min(len(values), _ZOOM_SAMPLES)} samples", loc="left", fontsize=10)
    for axes in (whole, zoom):
        axes.axhline(0.0, color=GREY, linewidth=0.6)
        axes.set(ylabel="sum over the band")
        axes.margins(x=0.005)
    zoom.set_xlabel("time since the start (s)")
    return figure
