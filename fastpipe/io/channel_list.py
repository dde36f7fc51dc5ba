"""Lists of channels in text files, such as those given to programs that leave channels out."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.channel_ranges import channel_ranges, parse_channels
from fastpipe.errors import ConfigError
from fastpipe.io.atomic import replacing
from fastpipe.io.raw_file import RawFile


def read_channel_list(path: str | Path, nchans: int) -> NDArray[np.bool_]:
    """Read a list of channels.

    Parameters
    ----------
    path
        Text with one or more channels or ranges such as ``0:12,100`` on a line, both ends included, counted from 0 in the
        order of the file that was recorded; the rest of a line after ``#`` is a comment.
    nchans
        Number of channels of the recording.

    Returns
    -------
    ndarray
        True for the channels named, shape [nchans].

    Raises
    ------
    InputMissingError
        If the file cannot be read.
    ConfigError
        If a line holds something else, or a channel that the recording does not have.
    """
    raw = RawFile(Path(path))
    text = raw.read(0, raw.nbytes).tobytes().decode("utf-8", "replace")
    is_named = np.zeros(nchans, bool)
    for number, line in enumerate(text.splitlines(), 1):
        try:
            is_named |= parse_channels(line.partition("#")[0], nchans)
        except ConfigError as error:
            raise ConfigError(f"{error} (line {number} of {path})") from None
    return is_named


def write_channel_list(path: str | Path, is_named: NDArray[np.bool_], chan_freqs_mhz: NDArray[np.float64]) -> None:
    """Write a list of channels that `read_channel_list` reads, one range a line with its frequencies as comment.

    Parameters
    ----------
    path
        The file to write; an older one is replaced.
    is_named
        True for the channels to list, in file order, shape [nchans].
    chan_freqs_mhz
        Centres of the channels in MHz, shape [nchans].

    Raises
    ------
    ResourceError
        If the disk is full.
    ConfigError
        If the folder does not exist or may not be written.
    """
    lines = [f"# channels of {len(is_named)}, counted from 0 in the order of the file, both ends included"]
    for first, last in channel_ranges(is_named):
        low, high = sorted((chan_freqs_mhz[first], chan_freqs_mhz[last]))
        lines.append(f"{first}:{last}".ljust(12) + f"# {low:.3f} to {high:.3f} MHz")
    with replacing(Path(path)) as temporary:
        temporary.write_text("\n".join([*lines, ""]), "utf-8")
