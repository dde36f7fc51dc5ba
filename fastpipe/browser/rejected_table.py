"""The table of detections that did not become candidates, and why."""

from typing import Any, Final

from bokeh.models import ColumnDataSource
from bokeh.models.widgets.tables import DataTable, NumberFormatter, StringFormatter, TableColumn

from fastpipe.browser.fate_words import fate_sentence
from fastpipe.browser.filter_bar import NOTHING
from fastpipe.browser.review import Review
from fastpipe.browser.style import Looks

MOST_SHOWN: Final = 2000
"""Detections in the table and in the plot; thousands more would only cover one another."""

_COLUMNS: Final = {
    "det_id": ("detection", "0", 74),
    "period_ms": ("P (ms)", "0.0000", 84),
    "dm": ("DM (pc/cm\u00b3)", "0.00", 98),
    "sigma": ("sigma", "0.0", 50),
    "nharm": ("harmonics", "0", 76),
}


def rejected_table(source: ColumnDataSource, style: Looks) -> DataTable:
    """Return the table.

    Parameters
    ----------
    source
        Has the columns of `rejected_data`.
    style
        Looks of widgets.
    """
    columns = [
        TableColumn(field=name, title=title, width=width, formatter=NumberFormatter(format=form, text_align="right"))
        for name, (title, form, width) in _COLUMNS.items()
    ]
    columns.append(TableColumn(field="reason", title="why it is no candidate", width=400, formatter=StringFormatter()))
    return DataTable(
        source=source,
        columns=columns,
        index_position=None,
        row_height=22,
        reorderable=False,
        autosize_mode="none",
        selectable=False,
        margin=0,
        sizing_mode="stretch_both",
        width=700,
        height=400,
        stylesheets=style,
    )


def rejected_data(review: Review, fate: int | str | None) -> dict[str, Any]:
    """Return the rows of the table.

    Parameters
    ----------
    review
        The catalogue.
    fate
        Value of the fate, None for all, or `NOTHING`.
    """
    rows = review.rejected(None if fate == NOTHING or fate is None else int(fate), MOST_SHOWN)
    found = review.tables.detections[rows]
    return {
        "det_id": found["det_id"].astype("i4"),
        "period_ms": 1e3 / found["freq_hz"],
        "dm": found["dm"].astype("f8"),
        "sigma": found["sigma"].astype("f8"),
        "nharm": found["nharm"].astype("i4"),
        "reason": [fate_sentence(row) for row in found],
    }
