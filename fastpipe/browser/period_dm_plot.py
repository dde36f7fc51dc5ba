"""Period against DM of the candidates that pass the filters."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from bokeh.models import (
    CDSView,
    ColumnDataSource,
    HoverTool,
    IndexFilter,
    LinearColorMapper,
    PanTool,
    ResetTool,
    TapTool,
    WheelZoomTool,
)
from bokeh.models.annotations import ColorBar
from bokeh.palettes import Cividis256
from bokeh.plotting import figure

from fastpipe.browser.columns import CandidateColumns, plot_data
from fastpipe.plotting.colours import GREY, SKY, VERMILION

_GOOD_SCORE: Final = 0.5


@dataclass(frozen=True, slots=True)
class PeriodDMPlot:
    """The plot, and the marks in it that change."""

    figure: figure
    candidates: ColumnDataSource
    """Not that of the table: every choice in the table would draw its ten thousand marks anew."""
    rejected: ColumnDataSource
    """Columns `period_ms` and `dm` of the rejected detections that are shown."""
    chosen: ColumnDataSource
    """Columns `period_ms` and `dm` of the chosen candidate."""


def period_dm_plot(columns: CandidateColumns, passing: IndexFilter) -> PeriodDMPlot:
    """Return the plot.

    Parameters
    ----------
    columns
        Of the candidates.
    passing
        Says which of them pass the filters.
    """
    plot = figure(
        x_axis_type="log",
        x_axis_label="period (ms)",
        y_axis_label="DM (pc/cm\u00b3)",
        sizing_mode="stretch_both",
        width=500,
        height=260,
        tools="",
        toolbar_location="right",
        margin=0,
        min_border=0,
        output_backend="canvas",
        lod_threshold=None,
    )
    plot.background_fill_color = plot.border_fill_color = None
    source = ColumnDataSource(plot_data(columns))
    rejected, chosen = (ColumnDataSource({"period_ms": [], "dm": []}) for _ in range(2))
    plot.scatter("period_ms", "dm", source=rejected, marker="x", size=4, color=GREY, alpha=0.6)
    scores = LinearColorMapper(palette=Cividis256, low=0.0, high=1.0, nan_color=GREY)
    points = _points(plot, source, scores, CDSView(filter=passing))
    # Again and above all others: the few with a high score would be covered by the thousands without.
    good_rows = np.flatnonzero(columns.score >= _GOOD_SCORE).tolist()
    _points(plot, source, scores, CDSView(filter=passing & IndexFilter(indices=good_rows)))
    known_rows = [row for row, name in enumerate(columns.known) if name]
    known_view = CDSView(filter=passing & IndexFilter(indices=known_rows))
    _ring(plot, source, SKY, "diamond", 13, known_view)
    # A layer of its own, so that another choice leaves the other marks alone.
    _ring(plot, chosen, VERMILION, "circle", 15, CDSView()).level = "overlay"
    bar = ColorBar(
        color_mapper=scores, width=8, title="score", padding=2, title_text_font_size="11px", background_fill_color=None
    )
    plot.add_layout(bar, "right")
    _add_tools(plot, points)
    return PeriodDMPlot(plot, source, rejected, chosen)


def _points(plot: figure, source: ColumnDataSource, scores: LinearColorMapper, view: CDSView) -> Any:
    points = plot.scatter(
        "period_ms",
        "dm",
        source=source,
        view=view,
        size="size",
        fill_color={"field": "score", "transform": scores},
        line_color=GREY,
        line_width=0.5,
        line_alpha=0.6,
        fill_alpha=0.85,
    )
    # Fading all others out at every choice would draw thousands of points anew and hide their colours.
    points.nonselection_glyph = points.selection_glyph = None
    return points


def _ring(plot: figure, source: ColumnDataSource, colour: str, marker: str, size: int, view: CDSView) -> Any:
    mark = plot.scatter(
        "period_ms",
        "dm",
        source=source,
        view=view,
        marker=marker,
        size=size,
        fill_color=None,
        line_color=colour,
        line_width=2,
    )
    mark.nonselection_glyph = mark.selection_glyph = None
    return mark


def _add_tools(plot: figure, points: Any) -> None:
    hover = HoverTool(
        renderers=[points],
        tooltips=[("#", "@cand_id"), ("P", "@period_ms{0.0000} ms"), ("DM", "@dm{0.0}"), ("S/N", "@snr{0.0}")],
        point_policy="snap_to_data",
        attachment="horizontal",
    )
    tap, wheel, pan = TapTool(renderers=[points]), WheelZoomTool(), PanTool()
    plot.add_tools(pan, wheel, ResetTool(), tap, hover)
    plot.toolbar.active_drag, plot.toolbar.active_scroll, plot.toolbar.active_tap = pan, wheel, tap
    plot.toolbar.logo = None
    plot.toolbar.autohide = True
