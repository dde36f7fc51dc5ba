"""Sentences that print one a line, at the prompt and in a notebook."""

from html import escape


class Sentences(list[str]):
    """A list of sentences that shows itself as text instead of as a list.

    Examples
    --------
    >>> Sentences(["For: it persists.", "Note: it is faint."])
    For: it persists.
    Note: it is faint.
    """

    def __repr__(self) -> str:
        return "\n".join(self)

    def _repr_html_(self) -> str:
        return f"<ul>{''.join(f'<li>{self._html(sentence)}</li>' for sentence in self)}</ul>"

    @staticmethod
    def _html(sentence: str) -> str:
        # "For", "Against" and "Note" are what the eye looks for.
        head, colon, rest = sentence.partition(": ")
        return f"<b>{escape(head)}</b>: {escape(rest)}" if colon and " " not in head else escape(sentence)
