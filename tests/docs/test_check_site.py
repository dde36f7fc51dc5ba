"""What the check of built pages notices."""

import runpy
from pathlib import Path

import pytest

from tests.docs.pages import DOCS

FOREIGN = [
    '<script src="https://cdn.example/a.js"></script>',
    '<link rel="stylesheet" href="//fonts.example/b.css">',
    '<img src="http://example/c.png">',
    '<iframe src="https://example/"></iframe>',
]
OWN = [
    '<script src="_static/a.js"></script>',
    '<a href="https://example/">a link that is clicked</a>',
    '<img src="data:image/png;base64,AA">',
]


def foreign_addresses(site: Path) -> list[str]:
    found: list[str] = runpy.run_path(str(DOCS / "check_site.py"))["foreign_addresses"](site)
    return found


@pytest.mark.parametrize("tag", FOREIGN)
def test_content_from_elsewhere_is_found(tmp_path: Path, tag: str) -> None:
    (tmp_path / "page.html").write_text(f"<html><body>{tag}</body></html>")
    assert len(foreign_addresses(tmp_path)) == 1


@pytest.mark.parametrize("rule", ['@import "https://example/a.css";', "body { background: url(//example/b.png) }"])
def test_styles_are_read_too(tmp_path: Path, rule: str) -> None:
    (tmp_path / "style.css").write_text(rule)
    assert len(foreign_addresses(tmp_path)) == 1


@pytest.mark.parametrize("tag", OWN)
def test_own_content_is_fine(tmp_path: Path, tag: str) -> None:
    (tmp_path / "page.html").write_text(f"<html><body>{tag}</body></html>")
    assert foreign_addresses(tmp_path) == []
