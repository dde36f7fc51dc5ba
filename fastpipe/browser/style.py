"""The files beside this one that make the page: its frame, its looks and its keys."""

from functools import cache
from pathlib import Path
from typing import Any

from bokeh.models import InlineStyleSheet

Looks = list[Any]
"""Style sheets as a widget takes them; the widgets of a page share them, so that they are sent once."""


def page_file(name: str) -> str:
    """Return the text of a file of this package."""
    return Path(__file__).with_name(name).read_text("utf-8")


@cache
def page_frame() -> str:
    """Return the template of the page, with its style inside."""
    return page_file("page.html").replace("/* page.css */", page_file("page.css"))


def widget_style() -> Looks:
    """Return the looks of widgets, each of which has a shadow of its own that the style of the page does not reach."""
    return [InlineStyleSheet(css=page_file("widgets.css"))]
