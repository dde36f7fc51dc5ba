"""The row of widgets that says which candidates are shown."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
from bokeh.models.ui import UIElement
from bokeh.models.widgets.buttons import Button
from bokeh.models.widgets.inputs import NumericInput, Select, TextInput

from fastpipe.browser.filter_choice import ANY, DISPUTED, GRADED, KNOWN, NEW, UNGRADED, FilterChoice
from fastpipe.browser.review import Review
from fastpipe.browser.style import Looks
from fastpipe.data.labels import GRADES
from fastpipe.data.ledger import fate_counts
from fastpipe.data.tables import Fate
from fastpipe.plotting.candidate_text import FATE_WORDS

NOTHING = "none"
ALL = "all"
_NUMBERS = {
    "score_min": ("score from", 60),
    "snr_min": ("S/N from", 58),
    "period_min_ms": ("P (ms) from", 74),
    "period_max_ms": ("P (ms) to", 74),
    "dm_min": ("DM from", 62),
    "dm_max": ("DM to", 62),
}


class FilterBar:
    """The widgets, and what is chosen in them.

    Parameters
    ----------
    review
        What is filtered.
    style
        Looks of widgets.
    """

    def __init__(self, review: Review, style: Looks) -> None:
        self._numbers = {
            name: NumericInput(title=title, mode="float", placeholder="any", width=width, margin=0, stylesheets=style)
            for name, (title, width) in _NUMBERS.items()
        }
        beams = sorted({beam for beams in review.columns.beam_sets for beam in beams})
        self._known = _select("known pulsar", [(ANY, ANY), (KNOWN, "known only"), (NEW, "new only")], 92, style)
        self._beam = _select("beam", [(ANY, ANY), *((str(beam), str(beam)) for beam in beams)], 58, style)
        labels = [ANY, UNGRADED, GRADED, DISPUTED, *GRADES]
        self._label = _select("label", [(text, text) for text in labels], 122, style)
        self.words = TextInput(title="words in names, notes (/)", placeholder="any", width=176, margin=0, stylesheets=style)
        self.fate = _select("show rejected detections", _fates(review), 212, style)
        self.clear = Button(label="Show all", width=70, align="end", margin=0, stylesheets=style)

    @property
    def widgets(self) -> list[UIElement]:
        """All widgets from left to right."""
        return [*self._numbers.values(), self._known, self._beam, self._label, self.words, self.fate, self.clear]

    def choice(self) -> FilterChoice:
        """Return what is chosen now."""
        return FilterChoice(
            **{name: widget.value for name, widget in self._numbers.items()},
            known=self._known.value,
            beam=self._beam.value,
            label=self._label.value,
            words=self.words.value_input,
        )

    def fate_value(self) -> int | str | None:
        """Return the fate whose detections are shown: its value, None for all, or `NOTHING`."""
        chosen = self.fate.value
        return NOTHING if chosen == NOTHING else None if chosen == ALL else int(chosen)

    def on_change(self, changed: Callable[[], None], fate_changed: Callable[[], None]) -> None:
        """Call `changed` at every change of a filter, and `fate_changed` at one of the rejected detections shown."""

        def call(_name: str, _old: Any, _new: Any) -> None:
            changed()

        for widget in (*self._numbers.values(), self._known, self._beam, self._label):
            widget.on_change("value", call)
        self.words.on_change("value_input", call)
        self.fate.on_change("value", lambda _name, _old, _new: fate_changed())
        self.clear.on_click(lambda _event: self._clear())

    def _clear(self) -> None:
        for widget in self._numbers.values():
            widget.value = None
        for select in (self._known, self._beam, self._label):
            select.value = ANY
        self.words.value = self.words.value_input = ""


def _select(title: str, options: Iterable[tuple[str, str]], width: int, style: Looks) -> Select:
    listed: list[Any] = list(options)
    return Select(title=title, options=listed, value=listed[0][0], width=width, margin=0, stylesheets=style)


def _fates(review: Review) -> list[tuple[str, str]]:
    counts = fate_counts(review.tables.detections)
    total = int(np.sum([count for fate, count in counts.items() if fate != Fate.KEPT], initial=0))
    kinds = [
        (str(fate.value), f"{FATE_WORDS[fate]} ({count:,})") for fate, count in counts.items() if count and fate != Fate.KEPT
    ]
    return [(NOTHING, NOTHING), (ALL, f"all ({total:,})"), *kinds]
