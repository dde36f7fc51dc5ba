"""Every link between pages leads somewhere: to a file of the checkout, and to a heading where it names one."""

import re
from pathlib import Path

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, name_of, text_outside_blocks

LINK = re.compile(r"(?<!`)\[[^\]]*\]\((?P<target>[^)\s]+)\)")
HEADING = re.compile(r"^#+ (?P<words>.*)$", re.MULTILINE)
# Headings of these come from the code when the pages are built.
GENERATED = {DOCS / "commands.md", DOCS / "configuration.md"}


def anchors_of(page: Path) -> set[str]:
    """Return the names of the headings of a page, as GitHub and MyST make them."""
    words = (match["words"].lower().strip() for match in HEADING.finditer(text_outside_blocks(page)))
    return {re.sub(r"[^\w\- ]", "", each).replace(" ", "-") for each in words}


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page: Path) -> None:
    for match in LINK.finditer(text_outside_blocks(page)):
        target, _, anchor = match["target"].partition("#")
        if target.startswith(("http:", "https:", "mailto:")):
            continue
        file = (page.parent / target).resolve() if target else page
        assert file.exists(), f"{name_of(page)}: no {target}"
        if anchor and file not in GENERATED:
            assert anchor in anchors_of(file), f"{name_of(page)}: no heading {anchor!r} in {name_of(file)}"


def test_pages_named_in_code_are_there() -> None:
    for folder in ("fastpipe", "kernels", "notebooks", "benchmarks", "training"):
        for module in (ROOT / folder).rglob("*.py"):
            for name in re.findall(r"\bdocs/[\w./-]+\.md\b", module.read_text(encoding="utf-8")):
                assert (ROOT / name).exists(), f"{name_of(module)} names {name}"
