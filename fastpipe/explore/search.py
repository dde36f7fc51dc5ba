"""The whole search as one call."""

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastpipe.config import SearchConfig, load_config, override
from fastpipe.errors import ConfigError
from fastpipe.execution.progress import Progress, SilentProgress, TerminalProgress
from fastpipe.explore.catalogue import Catalogue
from fastpipe.explore.notebook_progress import NotebookProgress
from fastpipe.explore.observation import Observation
from fastpipe.io.output_file import check_output_file


def search(
    recording: Observation | str | Path | Sequence[str | Path],
    *,
    dm_max: float | None = None,
    config: SearchConfig | str | Path | None = None,
    output: str | Path | None = None,
    cluster: str = "",
    quiet: bool = False,
    **options: Any,
) -> Catalogue:
    """Search a recording for pulsars.

    Parameters
    ----------
    recording
        An open observation, the name of a file, or names of files that follow one another in time.
    dm_max
        Highest dispersion measure in pc cm^-3; that of the configuration if not given.
    config
        Configuration, or the name of a TOML file with one; the default configuration if not given.
    output
        Where to write the catalogue (HDF5), beside which finished parts of the search are kept; nothing is written if not
        given.
    cluster
        Where to compute, as ``fastpipe search --cluster`` takes it: ``local:2``, the address of a scheduler, or a cluster
        file; the threads of this process if not given. It needs an output, on a disk that all workers share.
    quiet
        Show no progress.
    **options
        Any option of the configuration by its name, such as ``accel_max=50`` for pulsars in binary systems (m s^-2),
        ``nharm_max=16`` or, in the place of the position in the header, ``position="83.633 22.014"``.

    Returns
    -------
    Catalogue
        Candidates, best first.

    Raises
    ------
    ConfigError
        If an option is unknown or makes no sense for this recording, or `output` cannot be written or is an input.
    FastpipeError
        If the recording cannot be read or the machine is too small.
    """
    # Imported here: a session that only looks at catalogues needs no scheduler.
    from fastpipe.execution.search import run_search, search_to_catalogue

    paths = tuple(recording_paths(recording))
    chosen = config if isinstance(config, SearchConfig) else SearchConfig() if config is None else load_config(config)
    chosen = override(chosen, **options | ({} if dm_max is None else {"dm_max": dm_max}))
    if cluster and output is None:
        raise ConfigError(f"found cluster = {cluster!r} and no output, expected one for its workers; give output too")
    if output is not None:
        check_output_file(Path(output), [*map(Path, paths), *chosen.given_files])
    progress = SilentProgress() if quiet else notebook_progress()
    try:
        if output is None:
            return Catalogue(run_search(paths, chosen, progress=progress))
        tables = search_to_catalogue(paths, chosen, Path(output), cluster=cluster, progress=progress)
        return Catalogue(tables, Path(output))
    finally:
        progress.close()


def recording_paths(recording: Observation | str | Path | Sequence[str | Path]) -> Sequence[str | Path]:
    """Return the names of the files of a recording, however it was given."""
    if isinstance(recording, Observation):
        return recording.paths
    return [recording] if isinstance(recording, str | Path) else recording


def notebook_progress() -> Progress:
    """Return a display of progress for a prompt or a notebook."""
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    # IPython at a terminal has no kernel.
    return NotebookProgress() if hasattr(shell, "kernel") else TerminalProgress()
