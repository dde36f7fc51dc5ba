"""A fold at known values as one call."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastpipe.config import SearchConfig, load_config, override
from fastpipe.errors import ConfigError
from fastpipe.execution.progress import SilentProgress
from fastpipe.explore.candidate import Candidate
from fastpipe.explore.observation import Observation
from fastpipe.explore.search import notebook_progress, recording_paths
from fastpipe.pipeline.fold_request import ephemeris_request, spin_request


def fold(
    recording: Observation | str | Path | Sequence[str | Path],
    *,
    period_s: float | None = None,
    dm: float | None = None,
    par: str | Path | None = None,
    config: SearchConfig | str | Path | None = None,
    is_refined: bool = True,
    **options: Any,
) -> Candidate:
    """Fold a recording at a period, or with the ephemeris of a pulsar.

    Parameters
    ----------
    recording
        An open observation, the name of a file, or names of files that follow one another in time.
    period_s
        Spin period in s in the middle of the recording: at the barycentre where telescope, position and time are known
        (option ``frame``), else at the telescope.
    dm
        DM in pc cm^-3; needed with a period for a recording with channels, and instead of that of the .par file.
    par
        The .par file instead of a period.
    config
        Configuration, or the name of a TOML file with one; the default configuration if not given.
    is_refined
        False to keep period, drift and DM as they are given.
    **options
        ``accel`` in m s^-2 or ``pdot`` with a period, ``quiet=True`` to show no progress, and any option of the
        configuration by its name, such as ``nbins_max=64``.

    Returns
    -------
    Candidate
        What was folded, refined and scored; it plots and explains itself.

    Raises
    ------
    ConfigError
        If period and .par file are both given or neither, or a value or option makes no sense for this recording.
    FastpipeError
        If a file cannot be read or the machine is too small.
    """
    # Imported here: a session that only looks at catalogues needs no scheduler.
    from fastpipe.execution.fold import run_fold

    rates = {name: options.pop(name, None) for name in ("accel", "pdot")}
    is_quiet = options.pop("quiet", False)
    if (period_s is None) == (par is None):
        raise ConfigError("found a period and a .par file or neither, expected one of them; give period_s or par")
    if period_s is not None:
        request = spin_request(period_s, dm, **rates)
    elif par is not None and rates == {"accel": None, "pdot": None}:
        request = ephemeris_request(Path(par), dm)
    else:
        raise ConfigError("found accel or pdot with a .par file, expected a period with them; leave them out")
    chosen = config if isinstance(config, SearchConfig) else SearchConfig() if config is None else load_config(config)
    progress = SilentProgress() if is_quiet else notebook_progress()
    try:
        paths = recording_paths(recording)
        tables = run_fold(paths, request, override(chosen, **options), is_refined=is_refined, progress=progress)
    finally:
        progress.close()
    return Candidate(tables, 0)
