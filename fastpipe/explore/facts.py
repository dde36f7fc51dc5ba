"""Names and values of an object, as text for a prompt and as a small table for a notebook."""

from collections.abc import Iterable
from html import escape

Facts = Iterable[tuple[str, str]]
"""Names and values with their units, as plain text."""


def facts_text(title: str, facts: Facts) -> str:
    """Write facts below a title, one a line.

    Examples
    --------
    >>> print(facts_text("Series", [("DM", "62.4 pc cm^-3")]))
    Series
      DM         62.4 pc cm^-3
    """
    return "\n".join([title, *(f"  {name:<10} {value}" for name, value in facts)])


def facts_html(title: str, facts: Facts) -> str:
    """Write facts as a table; colours are left to the notebook, light or dark.

    Examples
    --------
    >>> facts_html("Series", [("DM", "< 3")])
    '<table><caption>Series</caption><tr><th>DM</th><td>&lt; 3</td></tr></table>'
    """
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in facts)
    return f"<table><caption>{escape(title)}</caption>{rows}</table>"
