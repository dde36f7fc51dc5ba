"""Names of results that can be written, checked before the work starts."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from fastpipe.errors import ConfigError


def check_output_file(path: Path, inputs: Sequence[Path] = ()) -> None:
    """Refuse a result that could not be written, before the work starts.

    Parameters
    ----------
    path
        Where the result will be written.
    inputs
        Files that are read.

    Raises
    ------
    ConfigError
        If the folder is missing or cannot be written, or the path is a folder, a device or one of the inputs.
    """
    if path.exists() and any(source.exists() and path.samefile(source) for source in _all_files(inputs)):
        raise ConfigError(f"found {path} as input and as output, expected two files; choose another output")
    folder = path.parent
    if not folder.is_dir():
        raise ConfigError(
            f"found no folder {folder} for {path.name}, expected it to be there; create it or choose another output"
        )
    if path.is_dir():
        raise ConfigError(f"found a folder at {path}, expected the name of a file; choose another output")
    # The finished result takes the place of what has its name: a device such as /dev/null would be gone.
    if path.exists() and not path.is_file():
        raise ConfigError(f"found {path} to be no regular file, expected a name for a new one; choose another output")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(
            f"found a folder {folder} that may not be written to, expected write permission; choose another output"
        )


def _all_files(inputs: Sequence[Path]) -> Iterator[Path]:
    """Yield the inputs, and the other file of each PRESTO series."""
    # Imported here: the command line loads this module at its start, without NumPy.
    from fastpipe.io.presto import SUFFIXES

    for source in inputs:
        yield source
        if source.suffix in SUFFIXES:
            yield from (source.with_suffix(suffix) for suffix in SUFFIXES)
