"""Text of docstrings and helps as Markdown."""

_MARKS = "*_<>[]"


def escaped(text: str) -> str:
    """Return text for the cell of a table: nothing is markup but what stands in single or double backquotes."""
    parts = text.replace("``", "`").split("`")
    for place in range(0, len(parts), 2):
        for mark in _MARKS:
            parts[place] = parts[place].replace(mark, "\\" + mark)
    return "`".join(parts).replace("|", "\\|")
