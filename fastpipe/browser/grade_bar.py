"""Buttons and keys that grade the chosen candidate, and a field for a note about it."""

from typing import Final

from bokeh.models.ui import UIElement
from bokeh.models.widgets.buttons import Button
from bokeh.models.widgets.inputs import TextInput

from fastpipe.browser.style import Looks
from fastpipe.data.labels import Grade

GRADE_KEYS: Final[dict[str, tuple[Grade, str]]] = {
    "p": ("pulsar", "Pulsar"),
    "r": ("rfi", "RFI"),
    "n": ("noise", "Noise"),
    "k": ("known", "Known"),
    "u": ("unsure", "Unsure"),
}
"""Key on the keyboard: the grade and its name on the button."""


class GradeBar:
    """The widgets.

    Parameters
    ----------
    style
        Looks of widgets.
    """

    def __init__(self, style: Looks) -> None:
        self.grades = {
            grade: Button(label=f"{name} ({key})", width=78, margin=0, stylesheets=style)
            for key, (grade, name) in GRADE_KEYS.items()
        }
        self.undo = Button(label="Undo (z)", width=72, margin=0, stylesheets=style)
        self.note = TextInput(
            title="", placeholder="note (m), Enter saves it", sizing_mode="stretch_width", margin=0, stylesheets=style
        )

    @property
    def widgets(self) -> list[UIElement]:
        """All widgets from left to right."""
        return [*self.grades.values(), self.undo, self.note]

    def buttons_by_key(self) -> dict[str, Button]:
        """Return the button that each key presses."""
        grades = {key: self.grades[grade] for key, (grade, _) in GRADE_KEYS.items()}
        return {**grades, "z": self.undo}

    def show(self, grade: str, note: str) -> None:
        """Mark the button of the grade that the user gave, and show the note."""
        for name, button in self.grades.items():
            button.button_type = "primary" if name == grade else "default"
        self.note.value = self.note.value_input = note
