"""Buttons and keys that grade the chosen candidate, and a field for a note about it."""

from typing import Final

from bokeh.models import Button, TextInput, UIElement

from fastpipe.browser.style import widget_style
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
    """The widgets."""

    def __init__(self) -> None:
        style = widget_style()
        self.grades = {
            grade: Button(label=f"{name} ({key})", width=84, stylesheets=style) for key, (grade, name) in GRADE_KEYS.items()
        }
        self.undo = Button(label="Undo (z)", width=74, stylesheets=style)
        self.next_ungraded = Button(label="Next ungraded (g)", width=124, stylesheets=style)
        self.note = TextInput(
            title="", placeholder="note about this candidate (m), Enter saves it", sizing_mode="stretch_width", stylesheets=style
        )

    @property
    def widgets(self) -> list[UIElement]:
        """All widgets from left to right."""
        return [*self.grades.values(), self.undo, self.next_ungraded, self.note]

    def buttons_by_key(self) -> dict[str, Button]:
        """Return the button that each key presses."""
        grades = {key: self.grades[grade] for key, (grade, _) in GRADE_KEYS.items()}
        return {**grades, "z": self.undo, "g": self.next_ungraded}

    def show(self, grade: str, note: str) -> None:
        """Mark the button of the grade that the user gave, and show the note."""
        for name, button in self.grades.items():
            button.button_type = "primary" if name == grade else "default"
        self.note.value = self.note.value_input = note
