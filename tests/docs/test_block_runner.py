"""The comparison of what a page shows with what a command prints."""

import pytest

from tests.docs.block_runner import is_shown

PRINTED = "name  a\nS/N   25.2\nend\nkept  16\nend\n"


@pytest.mark.parametrize(
    "shown",
    [
        PRINTED,
        "name  a\nS/N   25.0\nend\nkept  16\nend",
        "name a\n...\nend",
        "...\nkept 16\nend",
        "name a\n...",
        "...\nS/N 25.2\n...\nend",
        "",
    ],
)
def test_a_true_excerpt_agrees(shown: str) -> None:
    assert is_shown(shown, PRINTED)


@pytest.mark.parametrize(
    "shown",
    [
        "name  b\n...",
        "name  a\nS/N   24.0\n...",
        "name  a",
        "...\nkept 16",
        "...\nkept 16\n...\nS/N 25.2\n...",
        "S/N 25.2\n...",
    ],
)
def test_anything_else_does_not(shown: str) -> None:
    assert not is_shown(shown, PRINTED)
