"""Lists of channels as text: "0:12,100" is channels 0 to 12 and 100, counted from 0 in the order of the file."""

import re

import numpy as np
from numpy.typing import NDArray

from fastpipe.errors import ConfigError

_RANGE = re.compile(r"(\d{1,9})(?::(\d{1,9}))?")


def parse_channels(text: str, nchans: int) -> NDArray[np.bool_]:
    """Turn a list of channels into a mark for each channel.

    Parameters
    ----------
    text
        Channels and ranges with both ends included, with commas or white space between them.
    nchans
        Number of channels of the recording.

    Returns
    -------
    ndarray
        True for the channels named, shape [nchans].

    Raises
    ------
    ConfigError
        If a part is no range of channels that the recording has.

    Examples
    --------
    >>> parse_channels("0:2, 4", 6).nonzero()[0].tolist()
    [0, 1, 2, 4]
    """
    is_named = np.zeros(nchans, bool)
    for part in re.split(r"[\s,]+", text.strip()):
        if not part:
            continue
        found = _RANGE.fullmatch(part)
        if found is None:
            raise ConfigError(f"found {part[:40]!r} in a list of channels, expected numbers such as 0:12,100; correct it")
        first, last = int(found[1]), int(found[2] or found[1])
        if not first <= last < nchans:
            raise ConfigError(
                f"found channels {part} in a list, expected ascending ones from 0 to {nchans - 1}; correct the list, or "
                "take one for this recording"
            )
        is_named[first : last + 1] = True
    return is_named


def channel_ranges(is_named: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return first and last channel of every stretch of channels that are marked.

    Parameters
    ----------
    is_named
        True for the channels wanted, shape [nchans].

    Returns
    -------
    list of tuple of int
        Both ends included, ascending.

    Examples
    --------
    >>> channel_ranges(np.array([True, True, False, True]))
    [(0, 1), (3, 3)]
    """
    edges = np.flatnonzero(np.diff(np.concatenate(([False], is_named, [False])).astype(np.int8)))
    return [(first, stop - 1) for first, stop in edges.reshape(-1, 2).tolist()]
