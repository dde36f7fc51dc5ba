"""A folded cube as a figure: its profile, and its signal over time and band."""

from typing import TYPE_CHECKING, Final

from fastpipe.data.catalogue import Fold
from fastpipe.plotting.fold_panels import draw_band_map, draw_profile, draw_time_map
from fastpipe.plotting.fold_signal import find_pulse

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_SIZE_INCH: Final = (10.0, 5.6)


def draw_cube(fold: Fold, width_phase: float) -> "Figure":
    """Draw a folded cube.

    Parameters
    ----------
    fold
        The cube and its profile.
    width_phase
        Width of the pulse in turns.

    Returns
    -------
    Figure
        Matplotlib figure of 1000 x 560 pixels at 100 dots an inch.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCH, layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=(1.0, 2.2))
    draw_profile(figure.add_subplot(grid[0, 0]), fold, find_pulse(fold.profile, width_phase), width_phase)
    draw_time_map(figure.add_subplot(grid[1, 0]), fold.cube)
    draw_band_map(figure.add_subplot(grid[:, 1]), fold.cube)
    return figure
