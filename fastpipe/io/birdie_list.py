"""Lists of birdies as text, in fastpipe's form and in those of PRESTO's .birds and .zaplist files."""

import math
from pathlib import Path
from typing import Final

from fastpipe.data.birdies import ListedBirdie
from fastpipe.errors import ConfigError, InputMissingError

_MOST_LINES: Final = 100_000


def read_birdie_list(path: str | Path) -> tuple[ListedBirdie, ...]:
    """Read a list of birdies.

    A line is ``freq_hz width_hz [nharm [grow [bary]]]``, with the last two as 0 or 1, or as the words ``grow`` and
    ``bary`` in any order; a line that begins with ``B`` is barycentric too. What follows ``#`` is a comment.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    tuple of ListedBirdie
        The lines that hold numbers, in their order.

    Raises
    ------
    InputMissingError
        If the file cannot be read.
    ConfigError
        If it is no text, or a line is of another form.
    """
    try:
        lines = Path(path).read_text("utf-8").splitlines()
    except OSError as error:
        raise InputMissingError(
            f"found no readable file at {path} ({error.strerror}), expected a list of birdies; check the path"
        ) from error
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"found bytes in {path} that are no UTF-8 text, expected a list of birdies; check the path"
        ) from error
    if len(lines) > _MOST_LINES:
        raise ConfigError(f"found {len(lines)} lines in {path}, expected at most {_MOST_LINES}; give a list of birdies")
    entries = []
    for number, line in enumerate(lines, 1):
        words = line.partition("#")[0].lower().split()
        if not words:
            continue
        entry = _entry(words)
        if entry is None:
            raise ConfigError(
                f"found {line.strip()[:80]!r} in line {number} of {path}, expected frequency and width in Hz, the number of "
                "harmonics, and perhaps the word bary; correct the line"
            )
        entries.append(entry)
    return tuple(entries)


def _entry(words: list[str]) -> ListedBirdie | None:
    """Return what one line says, or None if it says nothing that makes sense."""
    flags = {word for word in words if word in ("b", "bary", "grow")}
    try:
        numbers = [float(word) for word in words if word not in flags]
    except ValueError:
        return None
    if not 2 <= len(numbers) <= 5:
        return None
    freq_hz, width_hz, nharm, grow, bary = numbers + [1.0, 0.0, 0.0][len(numbers) - 2 :]
    makes_sense = 0 < freq_hz < math.inf and 0 <= width_hz < math.inf and nharm >= 1 and nharm.is_integer()
    if not makes_sense or grow not in (0, 1) or bary not in (0, 1):
        return None
    return ListedBirdie(
        freq_hz=freq_hz,
        width_hz=width_hz,
        nharm=int(nharm),
        is_growing=bool(grow) or "grow" in flags,
        is_barycentric=bool(bary) or not flags.isdisjoint(("b", "bary")),
    )
