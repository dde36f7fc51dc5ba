"""Reads HTML as a strict reader would, for tests of pages and of tables in notebooks."""

from html.parser import HTMLParser

_VOID = {"meta", "img", "br"}


class Outline(HTMLParser):
    """Checks that every tag is closed, and keeps tags, attributes and texts."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.values: list[tuple[str, str]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.values += [(name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.values += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def all_of(self, attribute: str) -> list[str]:
        """Return the values of an attribute, in the order of the page."""
        return [value for name, value in self.values if name == attribute]


def outline(html: str) -> Outline:
    """Read a page or a part of one, all of whose tags have to be closed."""
    parser = Outline()
    parser.feed(html)
    parser.close()
    assert not parser.open
    return parser
