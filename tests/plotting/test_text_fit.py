"""Text keeps to the room it has."""

import pytest

from fastpipe.plotting.text_fit import ELLIPSIS, printable, shorten, text_width_pt, wrap


@pytest.mark.parametrize("text", ["", "short", "W" * 80, "i" * 300, "µ ± ² é " * 20])
@pytest.mark.parametrize("width_pt", [20.0, 100.0, 400.0])
def test_shortened_text_fits_and_is_as_long_as_can_be(text: str, width_pt: float) -> None:
    short = shorten(text, width_pt, 8.0)
    assert text_width_pt(short, 8.0) <= width_pt
    if short != text:
        kept = len(short) - len(ELLIPSIS)
        assert text.startswith(short[:kept])
        assert text_width_pt(text[: kept + 2] + ELLIPSIS, 8.0) > width_pt


def test_wrapped_words_are_all_there() -> None:
    text = "the pulse is there in only 12% of the observation, like a burst of interference. " * 3
    lines = wrap(text, 150.0, 8.5)
    assert " ".join(lines).split() == text.split()
    assert all(text_width_pt(line, 8.5) <= 150.0 for line in lines)
    assert wrap("W" * 100, 50.0, 8.5)[0].endswith(ELLIPSIS)


def test_bold_letters_are_wider() -> None:
    assert text_width_pt("B0329+54", 9.0, is_bold=True) > text_width_pt("B0329+54", 9.0)


def test_letters_without_a_picture_are_replaced() -> None:
    assert printable("天眼 B0329+54 \x00$") == r"?? B0329+54 ?\$"
