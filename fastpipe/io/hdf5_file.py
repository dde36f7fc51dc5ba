"""HDF5 files of fastpipe: written whole or not at all, and refused in one sentence where they cannot be read."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

import h5py

from fastpipe._version import __version__
from fastpipe.errors import FileFormatError
from fastpipe.io.atomic import replacing
from fastpipe.io.raw_file import RawFile

HDF5_MAGIC: Final = b"\x89HDF\r\n\x1a\n"
"""First bytes of every HDF5 file."""

Content = TypeVar("Content")


@dataclass(frozen=True, slots=True)
class HDF5Kind:
    """A kind of file, and the words in which a reader speaks of it."""

    format: str
    """Attribute `format` of the root group."""
    version: int
    """Attribute `format_version`."""
    noun: str
    """What the file is, such as "catalogue"."""
    maker: str
    """What makes such a file, such as "a search"."""
    parts: str
    """What a damaged file lacks, such as "tables"."""
    remedy: str
    """What to do with a damaged file, such as "search again"."""


def write_hdf5(path: str | Path, kind: HDF5Kind, fill: Callable[[h5py.File], None]) -> None:
    """Write a file; it appears under its name when it is complete.

    Parameters
    ----------
    path
        The file to write. An older one is replaced.
    kind
        What it is.
    fill
        Writes the content. The same content gives the same bytes.

    Raises
    ------
    ResourceError
        If the disk is full. Nothing is left behind.
    ConfigError
        If the folder does not exist or may not be written.
    """
    # Made in memory first: HDF5 cannot recover from a full disk, not even close the file, and may take the process down.
    image = io.BytesIO()
    with h5py.File(image, "w") as file:
        file.attrs["format"] = kind.format
        file.attrs["format_version"] = kind.version
        file.attrs["fastpipe_version"] = __version__
        fill(file)
    with replacing(Path(path)) as temporary:
        temporary.write_bytes(image.getbuffer())


def read_hdf5(path: str | Path, kind: HDF5Kind, read: Callable[[h5py.File], Content]) -> Content:
    """Read a file.

    Parameters
    ----------
    path
        The file.
    kind
        What it should be.
    read
        Checks format and version, raising FileFormatError, and returns the content; other errors mean damage.

    Returns
    -------
    object
        What `read` returns.

    Raises
    ------
    InputMissingError
        If the file does not exist or may not be read.
    FileFormatError
        If it is no such file, or damaged.
    """
    raw = RawFile(Path(path))
    if raw.read(0, min(raw.nbytes, len(HDF5_MAGIC))).tobytes() != HDF5_MAGIC:
        raise FileFormatError(
            f"found no HDF5 file in {path}, expected a {kind.noun} of fastpipe; give the output of {kind.maker}"
        )
    try:
        # A file never changes once it has its name, so no lock is needed, and some network disks have none.
        with h5py.File(path, "r", locking=False) as file:
            return read(file)
    except FileFormatError:
        raise
    except (OSError, KeyError, ValueError, TypeError, AttributeError, RuntimeError, IndexError, ZeroDivisionError) as error:
        raise FileFormatError(
            f"found a damaged {kind.noun} in {path} ({type(error).__name__}), expected all its {kind.parts}; {kind.remedy}"
        ) from error
