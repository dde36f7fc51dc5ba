"""The shell of a page that needs nothing else: no network, no script; readable in light and dark and on paper."""

from base64 import b64encode
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Final

_STYLE: Final = Path(__file__).with_name("html_page.css")


def html_page(title: str, parts: Iterable[str], refresh_s: int | None = None) -> str:
    """Return a page as HTML.

    Parameters
    ----------
    title
        Of the page, as plain text.
    parts
        HTML of what is on it, one below the other; empty ones are left out.
    refresh_s
        Seconds after which a browser loads the page anew; None for never.
    """
    refresh = "" if refresh_s is None else f'<meta http-equiv="refresh" content="{refresh_s}">'
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">{refresh}'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title>\n<style>\n{_STYLE.read_text('utf-8')}</style></head>\n"
        f"<body>\n{chr(10).join(filter(None, parts))}\n</body></html>\n"
    )


def section(title: str, content: str, anchor: str = "") -> str:
    """Return HTML under a heading, which links with the anchor lead to; nothing where there is no content."""
    place = f' id="{escape(anchor)}"' if anchor else ""
    return f"<section{place}><h2>{escape(title)}</h2>\n{content}</section>" if content else ""


def listing(sentences: Iterable[str]) -> str:
    """Return a list of plain sentences as HTML."""
    return "<ul>" + "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences) + "</ul>"


def tiles(values: Iterable[tuple[str, str]]) -> str:
    """Return names and values, as plain text, as a row of tiles."""
    return (
        "<dl>" + "".join(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in values) + "</dl>"
    )


def table(
    headings: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], nwords: int, *, is_narrow: bool = False
) -> str:
    """Return a table of plain texts as HTML.

    Parameters
    ----------
    headings
        One for each column.
    rows
        Class of each row (good, bad, warn, dim, or empty) and its cells.
    nwords
        So many columns at the left hold words, as the last one does; the others hold numbers.
    is_narrow
        True for a table that is no wider than its texts.
    """
    escaped = ((kind, [escape(text) for text in texts]) for kind, texts in rows)
    return html_table(headings, escaped, nwords, is_narrow=is_narrow)


def html_table(
    headings: Sequence[str], rows: Iterable[tuple[str, Sequence[str]]], nwords: int, *, is_narrow: bool = False
) -> str:
    """Return a table whose cells are HTML; arguments as of `table`."""
    last = len(headings) - 1

    def cells(tag: str, texts: Sequence[str]) -> str:
        kinds = ("" if column < nwords or column == last else " class=n" for column in range(len(texts)))
        return "".join(f"<{tag}{kind}>{text}</{tag}>" for kind, text in zip(kinds, texts, strict=True))

    body = "\n".join(f'<tr class="{kind}">{cells("td", texts)}</tr>' for kind, texts in rows)
    head = f"<thead><tr>{cells('th', [escape(text) for text in headings])}</tr></thead>"
    kind = '"wide narrow"' if is_narrow else "wide"
    return f"<div class={kind}><table>{head}\n<tbody>\n{body}\n</tbody></table></div>"


def image(png: bytes, alternative: str) -> str:
    """Return a PNG file as an image in the page, with a text for those who do not see it."""
    return f'<img alt="{escape(alternative)}" src="data:image/png;base64,{b64encode(png).decode()}">'
