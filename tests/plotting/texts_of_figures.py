"""Where the texts of a figure are, to test that people can read all of them."""

from itertools import combinations
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox

SMALLEST_PT = 8.0
_TOUCH_PX = 1.0
"""Boxes round letters may touch by so much, as the letters do not fill them."""


def drawn_texts(figure: Figure) -> list[tuple[str, Bbox, float]]:
    """All texts that are drawn, with their boxes in pixels and the sizes of their letters in points."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer: Any = canvas.get_renderer()
    hidden = {id(text) for axes in figure.axes for text in _ticks_outside(axes)}
    found = []
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        owner = text.axes
        is_shown = text.get_visible() and text.get_text().strip() and id(text) not in hidden
        is_axis_off = owner is not None and not owner.axison and text in (*owner.get_xticklabels(), *owner.get_yticklabels())
        if is_shown and not is_axis_off:
            found.append((text.get_text(), text.get_window_extent(renderer), float(text.get_fontsize())))
    return found


def _ticks_outside(axes: Any) -> list[Text]:
    """Labels of ticks beyond the ends of an axis, which matplotlib makes and does not draw."""
    outside = []
    for axis, (low, high) in ((axes.xaxis, sorted(axes.get_xlim())), (axes.yaxis, sorted(axes.get_ylim()))):
        for tick in axis.get_major_ticks() + axis.get_minor_ticks():
            slack = 1e-9 * (high - low)
            if not low - slack <= tick.get_loc() <= high + slack or not axis.get_visible():
                outside += [tick.label1, tick.label2]
    return outside


def collisions(figure: Figure) -> list[str]:
    """What a person could not read: texts that overlap, leave the figure, or are too small."""
    texts = drawn_texts(figure)
    width, height = figure.get_size_inches() * figure.dpi
    faults = [
        f"{text!r} leaves the figure"
        for text, box, _ in texts
        if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height
    ]
    faults += [f"{text!r} has {size} pt" for text, _, size in texts if size < SMALLEST_PT]
    for (first, box, _), (second, other, _) in combinations(texts, 2):
        overlap_x = min(box.x1, other.x1) - max(box.x0, other.x0)
        overlap_y = min(box.y1, other.y1) - max(box.y0, other.y0)
        if min(overlap_x, overlap_y) > _TOUCH_PX:
            faults.append(f"{first!r} overlaps {second!r} by {overlap_x:.0f} x {overlap_y:.0f}")
    return faults
