"""The run folder of a search, beside its catalogue: what is finished, how far it is, who works on it."""

import json
import logging
import os
import platform
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Final, TypeVar

import msgspec

from fastpipe.data.run_progress import RunProgress
from fastpipe.data.stage_record import StageRecord
from fastpipe.errors import BusyError
from fastpipe.io.atomic import disk_error, remove_leftovers, replacing
from fastpipe.io.checkpoint import read_checkpoint, write_checkpoint
from fastpipe.io.file_lock import is_locked, try_lock
from fastpipe.io.file_stamps import FileStamp, check_unchanged

T = TypeVar("T")

SUFFIX: Final = ".run"
"""Ending of the name of a run folder, after the name of the catalogue."""
PROGRESS_FILE: Final = "progress.json"
STAGES_FILE: Final = "stages.jsonl"
LOCK_FILE: Final = "lock"
_CHECKPOINT_SUFFIX: Final = ".checkpoint"
_LEAST_BETWEEN_S: Final = 1.0
_LOCK_TRIALS: Final = 5
_BETWEEN_TRIALS_S: Final = 0.05

_log = logging.getLogger("fastpipe")


def run_folder_of(catalogue: Path) -> Path:
    """Return the name of the run folder of a catalogue.

    Examples
    --------
    >>> run_folder_of(Path("night/beam07.h5")).as_posix()
    'night/beam07.h5.run'
    """
    return catalogue.with_name(catalogue.name + SUFFIX)


@dataclass(frozen=True)
class RunFolder:
    """Checkpoints of a search. Several threads and several machines may save to it at once; one search owns it."""

    folder: Path
    stamps: tuple[FileStamp, ...] = ()
    """The files that are searched: nothing is saved once one of them has changed."""
    progress: "ProgressFile | None" = None
    """Where to say how far the search is; None on the workers of a cluster."""
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @property
    def is_empty(self) -> bool:
        """True where nothing was saved yet."""
        return next(self.folder.glob("*" + _CHECKPOINT_SUFFIX), None) is None

    def has(self, address: str) -> bool:
        """Tell whether something was saved under an address; it may turn out to be damaged."""
        return self._path(address).exists()

    def load(self, address: str, kind: type[T]) -> T | None:
        """Return what was saved under an address, or None; damaged files are made again."""
        path = self._path(address)
        value = read_checkpoint(path, kind)
        if value is None and path.exists():
            _log.warning("%s is damaged; what it held is computed again", path)
        return value

    def save(self, address: str, value: Any) -> None:
        """Keep the result of a part of the search.

        Raises
        ------
        IncompleteError, InputMissingError
            If a file that is searched has changed or gone.
        ResourceError, ConfigError
            If the disk is full, or the folder cannot be written.
        """
        check_unchanged(self.stamps)
        write_checkpoint(self._path(address), value)

    def tell(self, nshards: int, ndone: int, nkept: int) -> None:
        """Note how many shards there are, how many are done, and how many of these an earlier search had done."""
        if self.progress is not None:
            self.progress.tell(nshards=nshards, nshards_done=ndone, nshards_kept=nkept)

    def tell_stage(self, stage: str) -> None:
        """Note which stage has begun."""
        if self.progress is not None:
            self.progress.tell(stage=stage)

    def _path(self, address: str) -> Path:
        return self.folder / f"{address}{_CHECKPOINT_SUFFIX}"

    def add_record(self, record: StageRecord) -> None:
        """Append a stage to the log of stages; where that cannot be, the search goes on: the log is no result."""
        line = json.dumps(asdict(record)).encode() + b"\n"
        with self._lock, suppress(OSError), (self.folder / STAGES_FILE).open("a+b") as file:
            end = file.seek(0, os.SEEK_END)
            file.seek(max(end - 1, 0))
            # A line that was cut short must not take the next one with it.
            is_cut = file.read(1) not in (b"", b"\n")
            file.write(b"\n" + line if is_cut else line)

    def forget_records(self) -> None:
        """Begin the log of stages anew."""
        with suppress(OSError):
            (self.folder / STAGES_FILE).unlink(missing_ok=True)

    def records(self) -> list[StageRecord]:
        """Return the stages of this search and of those that it resumes; lines that were cut short are left out."""
        return read_records(self.folder)


class ProgressFile:
    """Tells other programs how far a search is, and that it lives: the file is written anew every few seconds.

    Parameters
    ----------
    folder
        The run folder.
    every_s
        Longest time between two writings, in s.
    """

    def __init__(self, folder: Path, every_s: float = 10.0) -> None:
        now = time.time()
        self._folder = folder
        self._every_s = every_s
        self._lock = threading.Lock()
        self._written = 0.0
        self._progress = RunProgress(
            state="running", host=platform.node(), pid=os.getpid(), start_unix_s=now, updated_unix_s=now
        )
        self._ended = threading.Event()
        self._pulse = threading.Thread(target=self._beat, daemon=True, name="fastpipe progress")
        self._pulse.start()
        self.tell()

    def tell(self, **changes: Any) -> None:
        """Change some fields of `RunProgress`; a change is written at once unless one was written just before."""
        with self._lock:
            self._progress = replace(self._progress, **changes)
            if time.monotonic() - self._written >= _LEAST_BETWEEN_S:
                self._write()

    def end(self, **changes: Any) -> None:
        """Write the last state."""
        self._ended.set()
        self._pulse.join()
        with self._lock:
            self._progress = replace(self._progress, **changes)
            self._write()

    def _beat(self) -> None:
        while not self._ended.wait(self._every_s):
            with self._lock:
                self._write()

    def _write(self) -> None:
        self._written = time.monotonic()
        self._progress = replace(self._progress, updated_unix_s=time.time())
        # Progress is no result: a disk that is full for it alone must not end the search.
        with suppress(Exception), replacing(self._folder / PROGRESS_FILE) as temporary:
            temporary.write_text(json.dumps(asdict(self._progress)), encoding="utf-8")


@contextmanager
def owning(folder: Path) -> Iterator[None]:
    """Make a run folder if there is none, and keep other searches out of it until the end of the block.

    Parameters
    ----------
    folder
        The run folder.

    Raises
    ------
    BusyError
        If another search holds it; the message says which.
    ConfigError, ResourceError
        If it cannot be written.
    """
    with _writing(folder):
        folder.mkdir(exist_ok=True)
        descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
    try:
        if not _lock(descriptor, folder):
            holder = os.pread(descriptor, 200, 0).decode("utf-8", "replace").strip() or "another process"
            raise BusyError(
                f"found {folder} in use by {holder}, expected one search at a time for an output; wait for it or choose "
                "another output"
            )
        remove_leftovers(folder)
        # For those who find it locked; on a full disk they are not told who has it.
        with suppress(OSError):
            os.ftruncate(descriptor, 0)
            os.pwrite(descriptor, f"process {os.getpid()} on {platform.node()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> bool:
    for _ in range(_LOCK_TRIALS - 1):
        if try_lock(descriptor, folder):
            return True
        # Those who ask `is_owned` hold it for a moment.
        time.sleep(_BETWEEN_TRIALS_S)
    return try_lock(descriptor, folder)


def is_owned(folder: Path) -> bool:
    """Tell whether a search on this machine, or on one whose disk passes locks on, works in a run folder."""
    try:
        descriptor = os.open(folder / LOCK_FILE, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        return is_locked(descriptor)
    finally:
        os.close(descriptor)


def read_progress(folder: Path) -> RunProgress | None:
    """Return what a search says of itself in its run folder; None where it says nothing that can be read."""
    try:
        return msgspec.json.decode((folder / PROGRESS_FILE).read_bytes(), type=RunProgress)
    except (OSError, msgspec.MsgspecError):
        return None


def read_records(folder: Path) -> list[StageRecord]:
    """Return the finished stages that a run folder tells of, in their order; lines that were cut short are left out."""
    try:
        lines = (folder / STAGES_FILE).read_bytes().splitlines()
    except OSError:
        return []
    records = []
    for line in lines:
        with suppress(msgspec.MsgspecError):
            records.append(msgspec.json.decode(line, type=StageRecord))
    return records


def remove_checkpoints(folder: Path) -> None:
    """Remove what a search saved, and keep the log of its stages."""
    for path in folder.glob("*" + _CHECKPOINT_SUFFIX):
        path.unlink(missing_ok=True)


@contextmanager
def _writing(path: Path) -> Iterator[Path]:
    try:
        yield path
    except OSError as error:
        raise disk_error(path, error) from error
