"""One open page: its widgets, and what happens when a person uses them."""

from collections.abc import Callable
from html import escape
from typing import Any

import numpy as np
from bokeh.document import Document
from bokeh.events import ConnectionLost, DocumentReady
from bokeh.layouts import row as in_a_row
from bokeh.models import CDSView, ColumnDataSource, CustomJS, IndexFilter
from bokeh.models.widgets.markups import Div

from fastpipe.browser.candidate_table import candidate_table
from fastpipe.browser.columns import table_data
from fastpipe.browser.filter_bar import NOTHING, FilterBar
from fastpipe.browser.filter_choice import passing_rows
from fastpipe.browser.grade_bar import GradeBar
from fastpipe.browser.period_dm_plot import period_dm_plot
from fastpipe.browser.rejected_table import rejected_data, rejected_table
from fastpipe.browser.review import Review
from fastpipe.browser.style import Looks, page_file, page_frame, widget_style
from fastpipe.browser.words import candidate_headline, catalogue_html, picture_html, words_html
from fastpipe.data.labels import Grade
from fastpipe.errors import FastpipeError

_POLL_MS = 3000
_AHEAD_MS = 150
_SET_FILTER = "filter.setv({indices: [...passing.data.row]}, {sync: false})"
_LOST = "the connection to fastpipe browse is lost: start it again, or reload this page if it still runs"


class BrowserSession:
    """The page of one browser window.

    Parameters
    ----------
    review
        What it shows, shared with other windows.
    document
        The Bokeh document to fill.
    touch
        Called whenever the person does something.
    """

    def __init__(self, review: Review, document: Document, touch: Callable[[], None]) -> None:
        self._review = review
        self._document = document
        self._touch = touch
        self._shown_row: int | None = None
        labels = review.labels()
        said = {"label": list(labels.label), "mine": list(labels.mine)}
        self._source = ColumnDataSource(table_data(review.columns, said))
        self._passing = ColumnDataSource({"row": np.arange(len(review.columns), dtype=np.int32)})
        self._filter_of_view = IndexFilter()
        view = CDSView(filter=self._filter_of_view)
        self._style = widget_style()
        self._nearby = ColumnDataSource({"row": []})
        self._filters = FilterBar(review, self._style)
        self._grades = GradeBar(self._style)
        self._table = candidate_table(self._source, view, self._style)
        self._plot = period_dm_plot(review.columns, self._filter_of_view)
        self._rejected_rows = ColumnDataSource(rejected_data(review, NOTHING))
        self._rejected = rejected_table(self._rejected_rows, self._style)
        self._title, self._status, self._picture, self._words, self._catalogue = (
            _text(name, self._style) for name in ("title", "status", "picture", "words", "catalogue")
        )
        if len(review.columns):
            self._source.selected.indices = [0]
        self._connect()
        self._fill()

    def _fill(self) -> None:
        self._catalogue.text = catalogue_html(self._review)
        style = self._style
        filters = in_a_row(*self._filters.widgets, name="filters", spacing=5, sizing_mode="stretch_width", stylesheets=style)
        grades = in_a_row(*self._grades.widgets, name="grades", spacing=6, sizing_mode="stretch_width", stylesheets=style)
        # What no widget refers to would be no part of the document, and its changes would not travel.
        self._table.tags = [self._nearby, self._passing]
        self._table.name, self._plot.figure.name, self._rejected.name = "table", "plot", "rejected"
        for root in (self._title, self._status, filters, self._table, self._plot.figure, self._picture, self._words):
            self._document.add_root(root)
        for root in (self._rejected, self._catalogue, grades):
            self._document.add_root(root)
        self._document.title = f"{self._review.path.name} - fastpipe browse"
        self._document.template = page_frame()  # type: ignore[assignment]  # a text is taken too
        self._show_rejected()
        self._choose()
        self._show_title()

    def _connect(self) -> None:
        # Before the widgets are put into the document, which does not hear of callbacks that come later.
        document, plot = self._document, self._plot.figure
        self._source.selected.on_change("indices", lambda _name, _old, _new: self._choose())
        self._nearby.on_change("data", lambda _name, _old, new: self._draw_ahead(new["row"]))
        self._filters.on_change(self._filter, self._show_rejected)
        for grade, button in self._grades.grades.items():
            button.on_click(lambda _event, grade=grade: self._try(lambda: self._grade(grade)))
        self._grades.undo.on_click(lambda _event: self._try(self._undo))
        self._grades.note.on_change("value", lambda _name, _old, new: self._try(lambda: self._note(new)))
        arguments = {
            "source": self._source,
            "marks": self._plot.candidates,
            "table": self._table,
            "rejected": self._rejected,
            "page": self._picture,
            "nearby": self._nearby,
            "buttons": self._grades.buttons_by_key(),
            "note": self._grades.note,
            "words": self._filters.words,
            "plot": plot,
            "axes": list(plot.axis),
            "grids": list(plot.grid),
            "bar": plot.right[0],
        }
        document.js_on_event(DocumentReady, CustomJS(args=arguments, code=page_file("keys.js")))
        lost = {"status": self._status, "text": f"<div class='head alarm'>{escape(_LOST)}</div>"}
        document.js_on_event(ConnectionLost, CustomJS(args=lost, code="status.text = text"))
        # Set by the page itself: ten thousand numbers that Bokeh checks one by one would make every filter slow.
        passing = {"filter": self._filter_of_view, "passing": self._passing}
        self._passing.js_on_change("data", CustomJS(args=passing, code=_SET_FILTER))
        document.add_periodic_callback(self._poll, _POLL_MS)
        self._review.pictures.listen(self._picture_ready)
        document.on_session_destroyed(lambda _context: self._review.pictures.forget(self._picture_ready))
        document.on_change(lambda _event: self._touch())

    def _choose(self) -> None:
        chosen = self._source.selected.indices
        if not chosen:
            # A click beside all points is no wish to see nothing.
            if self._shown_row is not None:
                self._source.selected.indices = [self._shown_row]
            return
        # Points that lie upon one another are hit together: the most significant one is meant.
        row = min(chosen)
        if len(chosen) > 1:
            self._source.selected.indices = [row]
        if row == self._shown_row:
            return
        self._shown_row = row
        self._review.want_pictures([row])
        columns = self._review.columns
        self._plot.chosen.data = {"period_ms": [columns.period_ms[row]], "dm": [columns.dm[row]]}
        self._show_chosen()

    def _show_chosen(self) -> None:
        row = self._shown_row
        if row is None:
            self._picture.text = "<div class=say><p>The catalogue has no candidates.</p></div>"
            return
        self._picture.text = picture_html(self._review, row)
        self._show_words(row)

    def _show_words(self, row: int) -> None:
        self._words.text = words_html(self._review, row)
        self._grades.show(self._source.data["mine"][row], self._review.book.own_note(row))

    def _draw_ahead(self, rows: Any) -> None:
        # Drawing slows the server down, and it is still sending what was just chosen.
        self._document.add_timeout_callback(lambda: self._want(rows), _AHEAD_MS)

    def _want(self, rows: Any) -> None:
        chosen = [] if self._shown_row is None else [self._shown_row]
        self._review.want_pictures([*chosen, *(int(row) for row in rows if 0 <= row < len(self._review.columns))])

    def _picture_ready(self, row: int) -> None:
        # Called by the thread that draws: only the document's own thread may change it.
        def show() -> None:
            if row == self._shown_row:
                self._picture.text = picture_html(self._review, row)

        self._document.add_next_tick_callback(show)

    def _filter(self) -> None:
        rows = passing_rows(self._review.columns, self._review.labels(), self._filters.choice())
        self._passing.data = {"row": rows.astype(np.int32)}
        self._show_title()

    def _show_rejected(self) -> None:
        fate = self._filters.fate_value()
        data = rejected_data(self._review, fate)
        self._rejected_rows.data = data
        shown = data if fate != NOTHING else {"period_ms": [], "dm": []}
        self._plot.rejected.data = {"period_ms": shown["period_ms"], "dm": shown["dm"]}

    def _grade(self, grade: Grade) -> None:
        if self._shown_row is None:
            return
        row = self._shown_row
        self._review.book.grade(row, grade)
        self._show_labels()
        self._say(f"{candidate_headline(self._review, row)} is graded {grade}; z takes it back")

    def _note(self, note: str) -> None:
        row = self._shown_row
        if row is None or note.strip() == self._review.book.own_note(row).strip():
            return
        self._review.book.note(row, note.strip() or "-")
        self._show_labels()
        self._say(f"the note about candidate {self._review.columns.cand_id[row]} is saved")

    def _undo(self) -> None:
        row = self._review.book.undo()
        self._show_labels()
        if row is None:
            self._say("there is nothing of yours to take back")
            return
        self._source.selected.indices = [row]
        self._say(f"your last act on candidate {self._review.columns.cand_id[row]} is taken back")

    def _show_labels(self) -> None:
        labels = self._review.labels()
        patches: dict[str, list[tuple[int, str]]] = {}
        for name, new in (("label", labels.label), ("mine", labels.mine)):
            old = self._source.data[name]
            changed = [(row, text) for row, text in enumerate(new) if text != old[row]]
            if changed:
                patches[name] = changed
        if patches:
            self._source.patch(patches)
        if self._shown_row is not None:
            self._show_words(self._shown_row)
        self._show_title()

    def _poll(self) -> None:
        def look() -> None:
            if self._review.is_replaced():
                self._say(
                    "the catalogue was replaced meanwhile: start fastpipe browse again to see the new one", is_alarm=True
                )
            if self._review.book.refresh():
                self._show_labels()

        self._try(look)

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except (FastpipeError, OSError) as error:
            self._say(str(error), is_alarm=True)

    def _say(self, sentence: str, *, is_alarm: bool = False) -> None:
        self._status.text = f"<div class='head{' alarm' * is_alarm}'>{escape(sentence)}</div>"

    def _show_title(self) -> None:
        total, shown = len(self._review.columns), len(self._passing.data["row"])
        graded = int(np.count_nonzero(np.array(self._source.data["mine"], dtype=object) != ""))
        name, user = escape(self._review.path.name), escape(self._review.user)
        self._title.text = (
            f"<div class=head><b>{name}</b> &nbsp; {shown:,} of {total:,} candidates shown &middot; "
            f"{graded:,} graded by {user}</div>"
        )


def _text(name: str, style: Looks) -> Div:
    text = Div(name=name, text="", sizing_mode="stretch_both", margin=0, stylesheets=style)
    if name in ("title", "status"):
        text.sizing_mode = "stretch_width"
    return text
