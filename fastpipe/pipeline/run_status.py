"""How far the searches of a night, of a job array, or of one catalogue are: read from their folders, changing nothing."""

import platform
import shlex
from pathlib import Path
from typing import Final

from fastpipe.data.night_state import CATALOGUE_NAME, NightSearch
from fastpipe.data.run_progress import RunProgress
from fastpipe.data.run_status import RunReport, SearchReport, SearchStage
from fastpipe.errors import FileFormatError, InputMissingError
from fastpipe.io.hdf5_file import HDF5_MAGIC
from fastpipe.io.night_log import read_night_state
from fastpipe.io.run_folder import SUFFIX, is_owned, read_progress, run_folder_of
from fastpipe.pipeline.job_array import EXIT_CODE_FILE, LOG_FILE, TASKS_FILE

ALIVE_S: Final = 120.0
"""A search on another machine that said nothing for so long is taken to be dead, in s."""

_INTERRUPTED: Final = (130, 137, 143)
_AGAIN: Final = (5, 75)
_LONGEST_REASON = 300


def run_report(path: Path, now_unix_s: float) -> RunReport:
    """Find out how far the searches of a run are.

    Parameters
    ----------
    path
        Folder of a night or of a job array, or one catalogue, which need not be there yet.
    now_unix_s
        Time in s since 1970 (UTC).

    Returns
    -------
    RunReport
        The searches: those of the job array in its order, then those of the night, then what else has a catalogue or a run
        folder, by name.

    Raises
    ------
    InputMissingError
        If there is no such folder or catalogue, or nothing in it tells of a search.
    FileFormatError
        If the file is no catalogue, or the list of tasks or the state of the night is damaged.
    """
    if path.is_dir() and path.suffix != SUFFIX:
        return RunReport(searches=_folder_searches(path, now_unix_s), now_unix_s=now_unix_s)
    catalogue = path.with_suffix("") if path.suffix == SUFFIX else path
    if not run_folder_of(catalogue).is_dir():
        _check_catalogue(catalogue)
    return RunReport(searches=(_search(catalogue.name, catalogue, now_unix_s),), now_unix_s=now_unix_s)


def _check_catalogue(path: Path) -> None:
    expected = "expected a catalogue, or the folder of a night or of a job array; check the path"
    try:
        with path.open("rb") as file:
            is_hdf5 = file.read(len(HDF5_MAGIC)) == HDF5_MAGIC
    except OSError as error:
        raise InputMissingError(f"found no {path} ({error.strerror}), {expected}") from error
    if not is_hdf5:
        raise FileFormatError(f"found {path}, which is no HDF5 file, {expected}")


def _folder_searches(folder: Path, now_unix_s: float) -> tuple[SearchReport, ...]:
    tasks = _task_catalogues(folder / TASKS_FILE)
    night = read_night_state(folder)
    known = {} if night is None else night.searches
    catalogues = tasks | {name: folder / name / CATALOGUE_NAME for name in known if name not in tasks}
    for found in sorted([*folder.glob(f"*/{CATALOGUE_NAME}"), *folder.glob(f"*/{CATALOGUE_NAME}{SUFFIX}")]):
        catalogues.setdefault(found.parent.name, found.parent / CATALOGUE_NAME)
    if not catalogues:
        raise InputMissingError(
            f"found no search in {folder}, expected the folder of a night or of a job array with {TASKS_FILE}, night.json "
            f"or catalogues */{CATALOGUE_NAME}; check the path"
        )
    return tuple(_search(name, catalogue, now_unix_s, known.get(name)) for name, catalogue in catalogues.items())


def _task_catalogues(path: Path) -> dict[str, Path]:
    """Return the catalogues that the tasks of a job array write, by the names of the observations."""
    try:
        lines = path.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise InputMissingError(f"found {path} unreadable ({error.strerror}), expected the tasks of a job array") from error
    try:
        catalogues = [Path(shlex.split(line)[-1]) for line in lines]
    except (ValueError, IndexError) as error:
        raise FileFormatError(
            f"found {path} damaged ({error}), expected one quoted command a line; run fastpipe submit again"
        ) from error
    return {catalogue.parent.name: catalogue for catalogue in catalogues}


def _search(name: str, catalogue: Path, now_unix_s: float, night: NightSearch | None = None) -> SearchReport:
    folder = run_folder_of(catalogue)
    progress = read_progress(folder)
    state = _own_state(folder, catalogue, progress, now_unix_s)
    code = None if progress is None or state in ("running", "waiting") else progress.exit_code
    reason = "" if progress is None else progress.sentence
    if state in ("waiting", "interrupted") and (job_code := _exit_code(catalogue)) is not None:
        # The search may have ended before it had a run folder.
        state, code = _state_of_code(job_code, state), job_code
        reason = reason or _last_line(catalogue)
    if night is not None and state not in ("done", "running"):
        state = _night_state(night, state)
        code = night.exits[-1] if night.exits else code
        reason = night.reason or reason
    known = progress or RunProgress(state="running", host="", pid=0, start_unix_s=0.0, updated_unix_s=0.0)
    return SearchReport(
        name=name,
        catalogue=str(catalogue),
        state=state,
        stage=known.stage,
        nshards=known.nshards,
        nshards_done=known.nshards_done,
        nshards_kept=known.nshards_kept,
        host=known.host,
        start_unix_s=known.start_unix_s,
        updated_unix_s=known.updated_unix_s,
        exit_code=0 if state == "done" else code,
        reason="" if state in ("done", "running") else reason,
    )


def _own_state(folder: Path, catalogue: Path, progress: RunProgress | None, now_unix_s: float) -> SearchStage:
    """Return what a search says of itself, or what it did not come to say."""
    if progress is None:
        # Searches of older versions have no run folder.
        return "done" if catalogue.is_file() else "waiting"
    if progress.state == "done":
        # The catalogue may have been taken away since.
        return "done" if catalogue.is_file() else "waiting"
    if progress.state != "running":
        return "interrupted" if progress.exit_code in _AGAIN else progress.state
    # Looking at the lock takes it for a moment, so only where it says what nothing else does.
    if is_owned(folder):
        return "running"
    is_elsewhere = progress.host != platform.node()
    return "running" if is_elsewhere and now_unix_s - progress.updated_unix_s < ALIVE_S else "interrupted"


def _night_state(night: NightSearch, state: SearchStage) -> SearchStage:
    """Return the state of a search that neither runs nor is done: the night knows whether it will be tried again."""
    if night.status in ("failed", "quarantined"):
        return "failed"
    return "waiting" if state == "failed" else state


def _state_of_code(code: int, state: SearchStage) -> SearchStage:
    if code in _INTERRUPTED:
        return "interrupted"
    return state if code in (0, *_AGAIN) else "failed"


def _exit_code(catalogue: Path) -> int | None:
    """Return the exit code that a job of an array left, if there is one that can be read."""
    try:
        return int(catalogue.with_name(EXIT_CODE_FILE).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _last_line(catalogue: Path) -> str:
    try:
        lines = catalogue.with_name(LOG_FILE).read_bytes()[-4096:].decode("utf-8", "replace").split("\n")
    except OSError:
        return ""
    return next((line.strip()[:_LONGEST_REASON] for line in reversed(lines) if line.strip()), "")
