"""The files in which a night remembers what happened: its state, the stages of its searches, the files put aside."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import msgspec

from fastpipe.data.night_state import NightSearch, NightState
from fastpipe.data.stage_record import StageRecord
from fastpipe.errors import BusyError, FileFormatError
from fastpipe.io.atomic import disk_error, replacing
from fastpipe.io.file_lock import try_lock

STATE_NAME: Final = "night.json"
"""Name of the state in the folder of a night."""
STAGES_NAME: Final = "night.jsonl"
"""Name of the log with one line a stage."""
QUARANTINE_NAME: Final = "quarantine.jsonl"
"""Name of the log with one line for every observation that was put aside."""

_LOCK_NAME: Final = "night.lock"
_FORMAT_VERSION: Final = NightState.__dataclass_fields__["format_version"].default


@contextmanager
def holding_night(folder: Path) -> Iterator[None]:
    """Keep other nights out of a folder until the end of the block, or of the process.

    Raises
    ------
    BusyError
        If another night works in the folder now.
    ConfigError
        If the folder may not be written to.
    """
    path = folder / _LOCK_NAME
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise disk_error(path, error) from error
    try:
        if not try_lock(descriptor, folder):
            raise BusyError(
                f"found another night at work in {folder}, expected one at a time; wait for its end or choose another folder"
            )
        yield
    finally:
        os.close(descriptor)


def read_night_state(folder: Path) -> NightState | None:
    """Read the state of a night.

    Parameters
    ----------
    folder
        Folder of the night.

    Returns
    -------
    NightState or None
        The state; None where there is none yet.

    Raises
    ------
    FileFormatError
        If the file is damaged, or of another version.
    """
    path = folder / STATE_NAME
    try:
        state = msgspec.json.decode(path.read_bytes(), type=NightState)
    except FileNotFoundError:
        return None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise FileFormatError(
            f"found {path} damaged ({error}), expected the state of a night; move it away to search everything again"
        ) from None
    if state.format_version != _FORMAT_VERSION:
        raise FileFormatError(
            f"found version {state.format_version} of {path}, expected {_FORMAT_VERSION}; choose another folder"
        )
    return state


def write_night_state(folder: Path, state: NightState) -> None:
    """Write the state of a night: at any moment the file is whole, the old one or the new one."""
    with replacing(folder / STATE_NAME) as temporary:
        temporary.write_bytes(msgspec.json.format(msgspec.json.encode(state), indent=1))


def note_quarantine(folder: Path, search: NightSearch) -> None:
    """Add a line about an observation whose files are bad, unless these files have one.

    Parameters
    ----------
    folder
        Folder of the night.
    search
        The observation, with the reason.
    """
    path = folder / QUARANTINE_NAME
    before = read_json_lines(path)
    if any(line.get("key") == search.key for line in before):
        return
    code = search.exits[-1] if search.exits else None
    line = {
        "observation": search.name,
        "files": list(search.files),
        "reason": search.reason,
        "exit": code,
        "time": iso_time(search.end_unix_s),
        "key": search.key,
    }
    write_json_lines(path, [*before, line])


def stage_line(observation: str, record: StageRecord, exit_code: int) -> dict[str, Any]:
    """Return a line of the log of stages.

    Parameters
    ----------
    observation
        Name of the observation; empty for a stage of the night as a whole.
    record
        What the stage took.
    exit_code
        Exit code of the stage: 0 if it was done.

    Returns
    -------
    dict
        Times as ISO 8601 (UTC), seconds, bytes and counts.
    """
    values = asdict(record)
    start_unix_s = values.pop("start_unix_s")
    return {
        "observation": observation,
        "stage": values.pop("stage"),
        "start": iso_time(start_unix_s),
        "end": iso_time(start_unix_s + record.wall_s),
        **values,
        "exit": exit_code,
    }


def read_json_lines(path: Path) -> list[dict[str, Any]]:
    """Read a file with one JSON object a line; none where there is no file, and damaged lines are left out."""
    found = []
    for line in _lines(path):
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def write_json_lines(path: Path, lines: Iterable[dict[str, Any]]) -> None:
    """Replace a file by one JSON object a line."""
    with replacing(path) as temporary:
        temporary.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")


def iso_time(unix_s: float) -> str:
    """Write a time in s since 1970 as ISO 8601 in UTC, to the millisecond.

    Examples
    --------
    >>> iso_time(1.7e9)
    '2023-11-14T22:13:20.000Z'
    """
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def last_line(path: Path, start: int) -> str:
    """Return the last line of a log that says anything, from a position on.

    Parameters
    ----------
    path
        The log.
    start
        Position of the first byte that counts.

    Returns
    -------
    str
        The line; empty where there is none.
    """
    try:
        with path.open("rb") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(start, end - (1 << 14)))
            lines: Sequence[bytes] = file.read().splitlines()
    except OSError:
        return ""
    texts = (line.decode("utf-8", "replace").strip() for line in reversed(lines))
    return next(filter(None, texts), "")


def _lines(path: Path) -> list[bytes]:
    try:
        return path.read_bytes().splitlines()
    except FileNotFoundError:
        return []
