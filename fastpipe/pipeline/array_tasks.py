"""The observations of a manifest as tasks of a job array."""

import glob
from collections import Counter
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from fastpipe.data.array_job import ArrayTask
from fastpipe.data.manifest import ManifestEntry
from fastpipe.errors import ConfigError, InputMissingError
from fastpipe.io.fast_names import is_spectral_name
from fastpipe.io.inbox import ending_of
from fastpipe.pipeline.night_names import take_apart, unique_names

_Group = tuple[ManifestEntry, str, list[Path]]


def array_tasks(entries: Sequence[ManifestEntry], folder: Path) -> tuple[ArrayTask, ...]:
    """Find the files of every entry, and make one task of each observation.

    An entry with a name is one observation. Else FAST's files that differ in nothing but the serial number are one, and
    every other file is one of its own.

    Parameters
    ----------
    entries
        The manifest.
    folder
        Absolute folder that patterns are relative to.

    Returns
    -------
    tuple of ArrayTask
        The tasks in the order of the manifest; their names are different, and safe for folders.

    Raises
    ------
    InputMissingError
        If an entry has no files.
    ConfigError
        If a file is in two observations, or its name has a line break.
    """
    groups = [group for entry in entries for group in _observations(entry, folder)]
    files = [path for _, _, paths in groups for path in paths]
    for path, count in Counter(files).most_common(1):
        if count > 1:
            raise ConfigError(f"found {path} in {count} observations, expected it in one; make the patterns narrower")
    for path in files:
        if len(str(path).splitlines()) > 1:
            raise ConfigError(
                f"found a line break in {str(path)!r}, expected none in the name of a recording; rename the file"
            )
    names = unique_names((name, str(paths[0])) for _, name, paths in groups)
    return tuple(
        ArrayTask(name=name, files=tuple(paths), options=_options(entry))
        for name, (entry, _, paths) in zip(names, groups, strict=True)
    )


def _observations(entry: ManifestEntry, folder: Path) -> list[_Group]:
    """Return the entry, the wanted name and the files of every observation of an entry."""
    groups: dict[str, list[Path]] = {}
    for path in _files(entry, folder):
        groups.setdefault(entry.name or _identity(path), []).append(path)
    return [(entry, entry.name or take_apart(PurePosixPath(paths[0].name)).base, paths) for paths in groups.values()]


def _identity(path: Path) -> str:
    """Return what is the same for the files of one observation only."""
    parts = take_apart(PurePosixPath(path))
    is_part = parts.fast is not None and parts.fast.serial is not None
    return f"{parts.folder}/{parts.base}{parts.ending}" if is_part else str(path)


def _files(entry: ManifestEntry, folder: Path) -> list[Path]:
    """Return the files of an entry in the order of its patterns, those of one pattern by name, each once."""
    found: dict[Path, None] = {}
    for pattern in entry.files:
        # An absolute pattern leaves the folder, whose own name is no pattern.
        matches = [folder / pattern]
        if not matches[0].is_file():
            matches = [folder / name for name in sorted(glob.glob(pattern, root_dir=folder, recursive=True))]
            matches = [path for path in matches if _is_recording(path)]
        if not matches:
            name = f" of {entry.name}" if entry.name else ""
            raise InputMissingError(
                f"found no recording {pattern}{name} in {folder}, expected the files of every entry of the manifest; "
                "correct it, or name their folder with --inbox"
            )
        found |= dict.fromkeys(matches)
    return list(found)


def _is_recording(path: Path) -> bool:
    # The .inf file of a PRESTO series comes with its .dat file.
    return ending_of(path.name) not in ("", ".inf") and not is_spectral_name(path.name) and path.is_file()


def _options(entry: ManifestEntry) -> tuple[str, ...]:
    """Return what the manifest says of an observation as options of the search."""
    found = {"--position": entry.position or None, "--dm-min": entry.dm_min, "--dm-max": entry.dm_max}
    texts = {
        name: value if isinstance(value, str) else f"{value:.15g}" for name, value in found.items() if value is not None
    }
    return tuple(f"{name}={text}" for name, text in texts.items())
