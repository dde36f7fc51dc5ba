"""The report of a catalogue as one page: no network, no script, figures inside."""

from collections.abc import Callable
from html import escape
from typing import Final

from fastpipe.data.report import Report
from fastpipe.plotting.html_page import html_page, tiles
from fastpipe.plotting.report_candidates import best_section, known_section, labels_section, page_sections
from fastpipe.plotting.report_search import (
    cost_section,
    interference_section,
    observations_section,
    plan_section,
    provenance_section,
    rejected_section,
    remarks_section,
)
from fastpipe.plotting.report_text import best_sentence, headline, subject, totals

_SECTIONS: Final[tuple[Callable[[Report], str], ...]] = (
    best_section,
    known_section,
    labels_section,
    remarks_section,
    observations_section,
    plan_section,
    interference_section,
    rejected_section,
    cost_section,
    provenance_section,
    page_sections,
)
"""What is on the page, in this order. A section that has nothing to say returns an empty text and is left out."""


def report_page(report: Report) -> str:
    """Return the report of a catalogue as HTML.

    Parameters
    ----------
    report
        The catalogue, and what was gathered of it.

    Returns
    -------
    str
        A page that needs nothing else; all texts from outside are escaped.
    """
    title = f"{subject(report.tables)}: {headline(report)}"
    head = (
        f"<header><h1>{escape(headline(report))}</h1><p>{escape(best_sentence(report))}</p>"
        f"<p class=small>{escape(subject(report.tables))}</p></header>"
    )
    return html_page(title, [head, tiles(totals(report)), *(make(report) for make in _SECTIONS)])
