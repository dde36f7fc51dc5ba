"""One dedispersed series of a recording, as the search of a catalogue made it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fastpipe.config import SearchConfig, parse_config
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.recording import Recording
from fastpipe.data.trial_series import TrialSeries
from fastpipe.errors import ConfigError, FileFormatError, InputMissingError
from fastpipe.io.recordings import digest
from fastpipe.pipeline.alongside import Alongside
from fastpipe.pipeline.budget import Budget
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.one_trial import dedisperse_one


@dataclass(frozen=True, kw_only=True, slots=True)
class SeriesRequest:
    """Which series is wanted."""

    dm: float
    """DM in pc cm^-3."""
    digest: str = ""
    """Digest of the files of the recording that was searched; empty where it is unknown."""


def recording_files(observation: np.void, given: Sequence[Path], folders: Sequence[Path]) -> list[Path]:
    """Find the files of an observation.

    Parameters
    ----------
    observation
        Row of the catalogue, which holds their names without folders.
    given
        Files, or folders to look in before others, as the user names them.
    folders
        Folders to look in.

    Returns
    -------
    list of Path
        The files: those that are given, or else those of the names in the catalogue.

    Raises
    ------
    InputMissingError
        If one of them is in none of the folders.
    """
    files = [path for path in given if not path.is_dir()]
    if files:
        return files
    places = [*given, *folders]
    # File names are bytes, of which the catalogue keeps those that are no UTF-8 with backslashes.
    names = observation["files"].item().decode("utf-8", "replace").split(";")
    found = []
    for name in names:
        path = next((place / name for place in places if (place / name).is_file()), None)
        if path is None:
            listed = " or ".join(dict.fromkeys(str(place) for place in places))
            raise InputMissingError(
                f"found no {name} in {listed}, expected the recording of the catalogue there; name its folder or its files "
                "with --recording"
            )
        found.append(path)
    return found


def stored_configuration(tables: CatalogueTables) -> SearchConfig:
    """Return the configuration with which a catalogue was made.

    Raises
    ------
    ConfigError
        If it has none, several, or one that this version does not understand.
    """
    texts = {text for key, text in tables.provenance.items() if key.split(" [")[0] == "configuration"}
    if len(texts) != 1:
        raise ConfigError(
            f"found {len(texts)} different configurations in the catalogue, expected one; name the one that counts with "
            "--config"
        )
    return parse_config(texts.pop())


def searched_series(
    recording: Recording, request: SeriesRequest, config: SearchConfig, budget: Budget, executor: Executor
) -> TrialSeries:
    """Dedisperse a recording at one DM as a search does, and check that it is the one that was searched.

    Parameters
    ----------
    recording
        The open recording.
    request
        Which series.
    config
        Of the search.
    budget
        Memory and threads.
    executor
        Runs the tasks.

    Returns
    -------
    TrialSeries
        The series, at the times of the top of the band.

    Raises
    ------
    ConfigError
        If the DM is impossible for the recording.
    FileFormatError
        If the files are not those that were searched.
    ResourceError
        If the memory is too small.
    """
    both = Alongside(executor, lambda: digest(recording))
    series = dedisperse_one(recording, request.dm, config, budget, both)
    found = both.result("digest of the files")
    if request.digest not in ("", found):
        names = ", ".join(str(path) for path in recording.paths)
        raise FileFormatError(
            f"found other bytes in {names} than were searched, expected the recording of the catalogue; give it with "
            "--recording, or search this one"
        )
    return series
