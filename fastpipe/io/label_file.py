"""Labels of a catalogue in files beside it: one a person, one JSON object a line, only ever appended to.

HDF5 cannot be written by two programs at once; these files can. The labels of ``CAT.h5`` lie in ``CAT.h5.labels/``.
"""

import errno
import fcntl
import getpass
import hashlib
import json
import logging
import math
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Final

from fastpipe.data.labels import LabelAct, merge_acts
from fastpipe.errors import InputMissingError
from fastpipe.io.atomic import disk_error

LABELS_SUFFIX: Final = ".labels"
"""What is added to the name of a catalogue for the folder of its labels."""

_LOG = logging.getLogger("fastpipe")
_WITHOUT_LOCKS: Final = (errno.ENOSYS, errno.ENOTSUP, errno.ENOLCK)
_ENDING: Final = ".jsonl"
_UNSAFE = re.compile(r"[^a-z0-9._-]")
_LONGEST: Final = 64
_TEXTS: Final = tuple(name.name for name in fields(LabelAct) if name.name not in ("time_unix_s", "rest"))
_NEEDED: Final = ("act_id", "user", "candidate")


def label_folder(catalogue: str | Path) -> Path:
    """Return the folder of the labels of a catalogue, which need not be there."""
    path = Path(catalogue)
    return path.with_name(path.name + LABELS_SUFFIX)


def label_file_name(user: str) -> str:
    """Return a safe name for the file of a person, different for different people.

    Parameters
    ----------
    user
        Name of the person, any text.

    Returns
    -------
    str
        Name of a file.

    Examples
    --------
    >>> label_file_name("ann"), label_file_name("Ann")
    ('ann.jsonl', '_nn-17239b6e.jsonl')
    """
    safe = _UNSAFE.sub("_", user).lstrip(".-")[:_LONGEST] or "_"
    if safe != user:
        # Capitals are replaced too: some file systems take ann and Ann for one.
        safe += "-" + hashlib.sha256(user.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return safe + _ENDING


def current_user() -> str:
    """Return the name of who runs this process, or ``unknown``."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"


def read_labels(catalogue: str | Path) -> tuple[LabelAct, ...]:
    """Read the labels of all people beside a catalogue.

    Parameters
    ----------
    catalogue
        The catalogue, which itself is not read.

    Returns
    -------
    tuple of LabelAct
        The log, earliest first; empty where nobody gave labels. Lines that are cut or damaged are left out with a warning.

    Raises
    ------
    InputMissingError
        If the labels are there but may not be read.
    """
    folder = label_folder(catalogue)
    acts: list[LabelAct] = []
    for path in _label_files(folder):
        acts += _read_file(path)
    return merge_acts(acts)


def append_labels(catalogue: str | Path, acts: Sequence[LabelAct]) -> None:
    """Add acts to the files of those who did them; when this returns, they are on the disk.

    Several processes may do this at once, also for one person.

    Parameters
    ----------
    catalogue
        The catalogue.
    acts
        The new acts.

    Raises
    ------
    ResourceError
        If the disk is full.
    ConfigError
        If the folder of the catalogue may not be written to.
    """
    folder = label_folder(catalogue)
    for user in dict.fromkeys(act.user for act in acts):
        path = folder / label_file_name(user)
        try:
            folder.mkdir(exist_ok=True)
            _append(path, "".join(_line(act) for act in acts if act.user == user).encode())
        except OSError as error:
            raise disk_error(path, error) from error


def merge_label_files(catalogues: Iterable[str | Path], output: str | Path) -> int:
    """Bring the labels of catalogues to the one they were merged into; those it has already stay.

    Parameters
    ----------
    catalogues
        The catalogues that were merged.
    output
        The merged catalogue.

    Returns
    -------
    int
        Number of acts that were added.

    Raises
    ------
    InputMissingError, ResourceError, ConfigError
        As from `read_labels` and `append_labels`.
    """
    there = {act.act_id for act in read_labels(output)}
    merged: tuple[LabelAct, ...] = ()
    for catalogue in catalogues:
        merged = merge_acts(merged, read_labels(catalogue))
    new = [act for act in merged if act.act_id not in there]
    append_labels(output, new)
    return len(new)


def _append(path: Path, lines: bytes) -> None:
    is_new = not path.exists()
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o666)
    try:
        _lock(descriptor)
        nbytes = os.fstat(descriptor).st_size
        if nbytes and os.pread(descriptor, 1, nbytes - 1) != b"\n":
            lines = b"\n" + lines
        while lines:
            lines = lines[os.write(descriptor, lines) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if is_new:
        _flush_folder(path.parent)


def _lock(descriptor: int) -> None:
    """Keep other processes out until the file is closed: a write may be cut by a full disk, and none must follow the cut."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        # Some network disks have no locks; without, whole lines still go to the end of the file.
        if error.errno not in _WITHOUT_LOCKS:
            raise


def _flush_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _line(act: LabelAct) -> str:
    values = asdict(act)
    rest = values.pop("rest")
    content = {name: value for name, value in values.items() if value != ""} | (json.loads(rest) if rest else {})
    # In ASCII, so that no text of a user can break the line or the encoding.
    return json.dumps(content) + "\n"


def _label_files(folder: Path) -> list[Path]:
    try:
        return sorted(folder / name for name in os.listdir(folder) if name.endswith(_ENDING))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise _unreadable(folder, error) from error


def _read_file(path: Path) -> list[LabelAct]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        raise _unreadable(path, error) from error
    acts = [_parse(line) for line in lines if line.strip()]
    ndamaged = acts.count(None)
    if ndamaged:
        _LOG.warning("%s: %d of %d lines are cut or damaged and left out", path, ndamaged, len(acts))
    return [act for act in acts if act is not None]


def _unreadable(path: Path, error: OSError) -> InputMissingError:
    return InputMissingError(
        f"found labels in {path} that cannot be read ({error.strerror}), expected them readable; check the permissions"
    )


def _parse(line: bytes) -> LabelAct | None:
    """Return the act of a line; None if it is none."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict):
        return None
    texts = {name: content.pop(name, "") for name in _TEXTS}
    time_unix_s = _number(content.pop("time_unix_s", None))
    is_whole = all(isinstance(text, str) for text in texts.values()) and all(texts[name] for name in _NEEDED)
    if not is_whole or not math.isfinite(time_unix_s):
        return None
    rest = json.dumps(content, sort_keys=True) if content else ""
    return LabelAct(**texts, time_unix_s=time_unix_s, rest=rest)


def _number(value: object) -> float:
    """Return a number of JSON as float; NaN for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return math.nan
    # JSON has integers larger than any float.
    return float(value) if abs(value) < 1e300 else math.nan
