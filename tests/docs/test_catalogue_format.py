"""The page on the catalogue says what the code does."""

import runpy
from pathlib import Path

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_page_is_up_to_date() -> None:
    made = runpy.run_path(str(DOCS / "write_catalogue_format.py"))["make_page"]()
    assert (DOCS / "catalogue-format.md").read_text(encoding="utf-8") == made, "run python docs/write_catalogue_format.py"
