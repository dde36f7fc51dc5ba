"""The Markdown pages and their blocks of code."""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md"), ROOT / "sample_data" / "README.md"])
PAGES = [page for page in PAGES if "_build" not in page.parts]

_FENCE = re.compile(r"(?P<fence>`{3,})(?P<language>[^`]*)$")
_REASON = re.compile(r"<!-- not run: (?P<reason>\S.*) -->$")


@dataclass(frozen=True)
class Block:
    """One fenced block of a page."""

    line: int
    """Line of its fence, from 1."""
    language: str
    text: str
    reason: str
    """Why it is not run, as the comment above it says; empty where there is none."""


def name_of(page: Path) -> str:
    """Return the name of a page in the checkout."""
    return str(page.relative_to(ROOT))


def blocks_of(page: Path) -> list[Block]:
    """Return the fenced blocks of a page, in their order; directives of MyST are none."""
    found, lines = [], page.read_text(encoding="utf-8").splitlines()
    place = 0
    while place < len(lines):
        opening = _FENCE.match(lines[place].strip())
        if opening is None:
            place += 1
            continue
        end = next(later for later in range(place + 1, len(lines)) if lines[later].strip() == opening["fence"])
        above = _REASON.match(lines[place - 1].strip()) if place else None
        reason = above["reason"] if above else ""
        if not opening["language"].startswith("{"):
            text = "\n".join(lines[place + 1 : end])
            found.append(Block(place + 1, opening["language"].strip(), text, reason))
        place = end + 1
    return found


def text_outside_blocks(page: Path) -> str:
    """Return a page with its fenced blocks blanked, line numbers kept."""
    lines, fence = page.read_text(encoding="utf-8").splitlines(), ""
    for place, line in enumerate(lines):
        opening = _FENCE.match(line.strip())
        if fence or opening:
            lines[place] = ""
        if fence and line.strip() == fence:
            fence = ""
        elif not fence and opening:
            fence = opening["fence"]
    return "\n".join(lines)
