"""The table of candidates: sorted by a click on a heading."""

from bokeh.models import CDSView, ColumnDataSource
from bokeh.models.widgets.tables import (
    CellFormatter,
    DataTable,
    HTMLTemplateFormatter,
    NumberFormatter,
    StringFormatter,
    TableColumn,
)

from fastpipe.browser.style import Looks

_ROW_PX = 22


def candidate_table(source: ColumnDataSource, view: CDSView, style: Looks) -> DataTable:
    """Return the table.

    Parameters
    ----------
    source
        Has the columns of `fastpipe.browser.columns.table_data`.
    view
        Says which candidates pass the filters.
    style
        Looks of widgets.
    """
    # Seven digits, as everywhere: a period is known far better than other values.
    period = HTMLTemplateFormatter(template="<%= Number(value).toPrecision(7) %>")
    columns = [
        _column("cand_id", "#", 46, NumberFormatter(format="0", text_align="right")),
        _column("score", "score", 44, _number("0.00")),
        _column("snr", "S/N", 48, _number("0.0")),
        _column("period_ms", "P (ms)", 72, period),
        _column("dm", "DM", 58, _number("0.00")),
        _column("log10_fap", "log FAP", 60, _number("0.0")),
        _column("beams", "beams", 46, StringFormatter()),
        _column("known", "known", 84, StringFormatter()),
        _column("label", "label", 54, StringFormatter(font_style="bold")),
    ]
    return DataTable(
        source=source,
        view=view,
        columns=columns,
        index_position=None,
        row_height=_ROW_PX,
        reorderable=False,
        autosize_mode="none",
        margin=0,
        sizing_mode="stretch_both",
        width=500,
        height=260,
        stylesheets=style,
    )


def _number(form: str) -> NumberFormatter:
    return NumberFormatter(format=form, text_align="right", nan_format="-")


def _column(field: str, title: str, width: int, formatter: CellFormatter) -> TableColumn:
    # The best comes first at the first click; periods and DMs begin with the shortest and smallest.
    column = TableColumn(field=field, title=title, width=width, formatter=formatter)
    if field in ("score", "snr"):
        column.default_sort = "descending"
    return column
