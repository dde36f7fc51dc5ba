"""A bandpass drawn with characters."""

import numpy as np
from numpy.typing import NDArray

_COLUMNS = 64
_ROWS = 8


def draw_bandpass(chan_freqs_mhz: NDArray[np.float64], mean: NDArray[np.float64]) -> list[str]:
    """Draw the mean of the channels against frequency.

    Parameters
    ----------
    chan_freqs_mhz
        Centres of the channels in MHz, in any order, shape [nchans].
    mean
        Mean of each channel, shape [nchans].

    Returns
    -------
    list of str
        Lines of text, the highest level first; each column is the mean over its channels.

    Examples
    --------
    >>> lines = draw_bandpass(np.array([1.0, 2.0]), np.array([4.0, 8.0]))
    >>> lines[0], lines[-2].count("#"), lines[1].count("#")
    ('bandpass: mean of the channels, 0 to 8', 64, 32)
    """
    order = np.argsort(chan_freqs_mhz)
    groups = (
        np.array_split(mean[order], _COLUMNS) if len(mean) >= _COLUMNS else np.repeat(mean[order], _COLUMNS // len(mean))
    )
    levels = np.array([np.mean(group) for group in groups])
    top = float(levels.max())
    heights = np.round(_ROWS * levels / top) if top > 0 else np.zeros(len(levels))
    lines = [f"bandpass: mean of the channels, 0 to {top:.4g}"]
    lines += [" " * 8 + "".join("#" if height >= row else " " for height in heights).rstrip() for row in range(_ROWS, 0, -1)]
    low, high = (f"{freq:.6g} MHz" for freq in (chan_freqs_mhz[order[0]], chan_freqs_mhz[order[-1]]))
    lines.append(" " * 8 + low + high.rjust(len(heights) - len(low)))
    return lines
