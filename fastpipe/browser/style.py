"""The files beside this one that make the page: its frame, its looks and its keys."""

from functools import cache
from pathlib import Path

from bokeh.models import InlineStyleSheet


def page_file(name: str) -> str:
    """Return the text of a file of this package."""
    return Path(__file__).with_name(name).read_text("utf-8")


@cache
def page_frame() -> str:
    """Return the template of the page, with its style inside."""
    return page_file("page.html").replace("/* page.css */", page_file("page.css"))


def widget_style() -> InlineStyleSheet:
    """Return the looks of widgets, each of which has a shadow of its own that the style of the page does not reach."""
    return InlineStyleSheet(css=page_file("widgets.css"))
