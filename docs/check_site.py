"""Check that built pages load nothing from elsewhere: ``python docs/check_site.py docs/_build/html``."""

import re
import sys
from html.parser import HTMLParser
from pathlib import Path

_ELSEWHERE = re.compile(r"\s*(https?:)?//")
_OF_STYLE = re.compile(r"""(?:@import|url\()\s*['"]?((?:https?:)?//[^'")\s]+)""")


class _Loads(HTMLParser):
    """Collects the addresses that a browser asks for when it opens a page; links that are clicked do not count."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag loads."""
        values = {name: value or "" for name, value in attrs}
        address = values.get("href" if tag == "link" else "src", "")
        if tag in {"script", "img", "iframe", "source", "video", "audio", "link"} and _ELSEWHERE.match(address):
            self.found.append(address)


def foreign_addresses(site: Path) -> list[str]:
    """Return what pages and styles load from elsewhere, each with the file that does."""
    found = []
    for page in sorted(site.rglob("*.html")):
        loads = _Loads()
        loads.feed(page.read_text(encoding="utf-8"))
        found += [f"{page.relative_to(site)}: {address}" for address in loads.found]
    for style in sorted(site.rglob("*.css")):
        addresses = _OF_STYLE.findall(style.read_text(encoding="utf-8"))
        found += [f"{style.relative_to(site)}: {address}" for address in addresses]
    return found


if __name__ == "__main__":
    foreign = foreign_addresses(Path(sys.argv[1]))
    sys.exit("\n".join(["found content from elsewhere, expected none:", *foreign]) if foreign else 0)
