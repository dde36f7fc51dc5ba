"""Small drawings of a fold for the rows of a table."""

import io

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.folded_cube import FoldedCube
from fastpipe.plotting.colours import EMPTY, MAP
from fastpipe.plotting.fold_signal import signal_map

_HEIGHT = 100


def profile_svg(profile: NDArray[np.float32]) -> str:
    """Return two turns of a profile as an SVG element, in the colour of the text around it.

    Parameters
    ----------
    profile
        Profile in any unit, shape [nbins].

    Examples
    --------
    >>> profile_svg(np.array([0, 1], np.float32)).count(",")
    8
    """
    values = np.nan_to_num(np.tile(profile, 2).astype(np.float64))
    low, high = float(values.min()), float(values.max())
    heights = _HEIGHT * (high - values) / (high - low) if high > low else np.full(len(values), _HEIGHT / 2)
    # Each bin is a step, as in the figures.
    points = " ".join(f"{bin_},{height:.0f} {bin_ + 1},{height:.0f}" for bin_, height in enumerate(heights))
    return (
        f'<svg class=thumb viewBox="0 -4 {len(values)} {_HEIGHT + 8}" preserveAspectRatio="none" role="img" '
        f'aria-label="two turns of the profile"><polyline points="{points}"/></svg>'
    )


def time_map_png(cube: FoldedCube) -> bytes:
    """Return the signal against phase (two turns) and time (upwards) as a PNG file of one pixel a cell."""
    from matplotlib import colormaps
    from matplotlib.image import imsave

    values = np.tile(signal_map(cube, axis=1), 2)
    known = values[np.isfinite(values)]
    low, high = np.percentile(known, (20.0, 99.7)) if known.size else (0.0, 1.0)
    buffer = io.BytesIO()
    cmap = colormaps[MAP].with_extremes(bad=EMPTY)
    shown = np.ma.masked_invalid(values)
    imsave(buffer, shown, cmap=cmap, vmin=low, vmax=max(high, low + 1e-9), origin="lower", format="png")
    return buffer.getvalue()
