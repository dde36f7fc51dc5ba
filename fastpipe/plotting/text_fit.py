"""Text that keeps to the room it has in a figure: measured, cut or wrapped before it is drawn."""

from functools import lru_cache
from typing import Any, Final

ELLIPSIS: Final = "..."
_DPI: Final = 100
_LATIN_GREEK_CYRILLIC: Final = 0x530
"""The first code points: the font of the figures has all of them, and few of the rest."""


def printable(text: str) -> str:
    r"""Replace what the font of the figures cannot show, and keep a dollar sign from beginning a formula.

    Examples
    --------
    >>> printable("PSR\tµ 天眼 $")
    'PSR?µ ?? \\$'
    """
    shown = (letter if letter.isprintable() and ord(letter) < _LATIN_GREEK_CYRILLIC else "?" for letter in text)
    return "".join(shown).replace("$", r"\$")


def text_width_pt(text: str, size_pt: float, *, is_bold: bool = False) -> float:
    """Return how wide a line of text is in points.

    Parameters
    ----------
    text
        The line, without formulas.
    size_pt
        Size of the font in points.
    is_bold
        Whether it is drawn in bold letters.
    """
    from matplotlib.font_manager import FontProperties

    font = FontProperties(size=size_pt, weight="bold" if is_bold else "normal")
    return float(_renderer().get_text_width_height_descent(text, font, False)[0]) * 72.0 / _DPI


@lru_cache(maxsize=1)
def _renderer() -> Any:
    """Return what draws pixels: it fits letters to them, which makes some lines wider than their outlines are."""
    from matplotlib.backends.backend_agg import RendererAgg

    renderer: Any = RendererAgg
    return renderer(1, 1, _DPI)


def shorten(text: str, width_pt: float, size_pt: float, *, is_bold: bool = False) -> str:
    """Cut a line of text so that it is no wider than `width_pt` points; an ellipsis says that something is missing.

    Examples
    --------
    >>> shorten("J0332+5434", 100.0, 8.0), shorten("J0332+5434 and many more letters", 70.0, 8.0)
    ('J0332+5434', 'J0332+5434...')
    """
    if text_width_pt(text, size_pt, is_bold=is_bold) <= width_pt:
        return text
    # The longest that fits lies between none and all letters: halve the range.
    fits, too_long = 0, len(text)
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if text_width_pt(text[:middle] + ELLIPSIS, size_pt, is_bold=is_bold) <= width_pt:
            fits = middle
        else:
            too_long = middle
    return text[:fits].rstrip() + ELLIPSIS


def wrap(text: str, width_pt: float, size_pt: float) -> list[str]:
    """Break a sentence into lines no wider than `width_pt` points; a word that is wider than a line is cut.

    Examples
    --------
    >>> wrap("The pulse is there all the time.", 80.0, 8.0)
    ['The pulse is there', 'all the time.']
    """
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width_pt(longer, size_pt) <= width_pt:
            lines[-1] = longer
        else:
            lines.append(shorten(word, width_pt, size_pt))
    return lines
