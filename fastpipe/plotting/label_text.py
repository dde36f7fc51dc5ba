"""What people say about a candidate, as text."""

from collections.abc import Sequence
from datetime import UTC, datetime

from fastpipe.data.labels import LabelAct

_LAST_UNIX_S = 2.5e11
"""Times beyond the year 9891 are none."""


def label_lines(labels: Sequence[LabelAct]) -> list[str]:
    """Write what people say about a candidate, a line each.

    Parameters
    ----------
    labels
        What stands now, as `standing_labels` gives it.

    Returns
    -------
    list of str
        Such as "ann, 2026-11-22: pulsar; bright in every sub-band".

    Examples
    --------
    >>> label_lines([LabelAct("1", "ann", 1.7e9, "x", "pulsar", "bright")])
    ['ann, 2023-11-14: pulsar; bright']
    """
    return [
        _printable(f"{act.user}, {_date(act.time_unix_s)}: {'; '.join(filter(None, (act.grade, act.note)))}")
        for act in labels
    ]


def elsewhere_lines(count: int) -> list[str]:
    """Say that some labels belong to candidates that the catalogue does not have; nothing where there are none."""
    if not count:
        return []
    belong = "1 label belongs to a candidate" if count == 1 else f"{count} labels belong to candidates"
    return [f"{belong} that this catalogue does not have: kept in the files beside it."]


def _date(unix_s: float) -> str:
    if not 0.0 <= unix_s <= _LAST_UNIX_S:
        return "at an unknown time"
    return datetime.fromtimestamp(unix_s, UTC).date().isoformat()


def _printable(text: str) -> str:
    """Leave out line breaks and the codes with which a note could steer a terminal."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
