"""Mean and spread of the channels against frequency."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe.plotting.colours import BLUE, GREEN, VERMILION

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIZE_INCH = (10.0, 5.0)


def draw_bandpass(
    chan_freqs_mhz: NDArray[np.float64], statistics: ChannelStatistics, is_bad: NDArray[np.bool_] | None = None
) -> "Figure":
    """Draw the bandpass.

    Parameters
    ----------
    chan_freqs_mhz
        Centres of the channels in MHz, in file order, shape [nchans].
    statistics
        Mean and standard deviation of every channel.
    is_bad
        Channels to mark as bad, shape [nchans]; none if not given.

    Returns
    -------
    Figure
        Matplotlib figure of 1000 x 500 pixels at 100 dots an inch.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCH, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    order = np.argsort(chan_freqs_mhz)
    freqs = chan_freqs_mhz[order]
    for axes, values, colour, label in (
        (upper, statistics.mean, BLUE, "mean (file units)"),
        (lower, statistics.std, GREEN, "standard deviation"),
    ):
        axes.plot(
            freqs, values[order], color=colour, linewidth=1.0, drawstyle="steps-mid", marker="." if len(freqs) == 1 else ""
        )
        axes.set_ylabel(label)
        axes.set_ylim(bottom=min(0.0, float(values.min())))
    bad = np.flatnonzero(is_bad[order]) if is_bad is not None else np.array([], np.int64)
    if bad.size:
        for axes, values in ((upper, statistics.mean), (lower, statistics.std)):
            # A dead channel lies on the lower edge of the frame: its mark must not be cut there.
            axes.plot(freqs[bad], values[order][bad], "x", color=VERMILION, markersize=5, clip_on=False, label="bad channel")
        upper.legend(loc="lower center", frameon=False)
    upper.set_title(f"Bandpass: {len(freqs)} channels, {bad.size} bad", loc="left")
    upper.margins(x=0.01)
    lower.set_xlabel("frequency (MHz)")
    return figure
