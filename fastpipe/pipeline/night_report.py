"""What a night tells: its catalogue, its page, its log of stages, its metrics."""

import os
import platform
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any, Final

from fastpipe.data.known_pulsars import KnownPulsars
from fastpipe.data.manifest import ManifestEntry
from fastpipe.data.night import NightObservation
from fastpipe.data.night_state import CATALOGUE_NAME, NightSearch, NightState
from fastpipe.data.night_summary import NightSummary
from fastpipe.data.stage_record import StageRecord
from fastpipe.errors import FastpipeError
from fastpipe.io.atomic import replacing
from fastpipe.io.catalogue import read_catalogue, write_catalogue
from fastpipe.io.manifest import matching_entry
from fastpipe.io.night_log import STAGES_NAME, read_json_lines, stage_line, write_json_lines
from fastpipe.io.night_metrics import METRICS_NAME, write_metrics
from fastpipe.io.process_memory import peak_bytes
from fastpipe.io.run_folder import read_records, run_folder_of
from fastpipe.pipeline.merge import NamedCatalogue
from fastpipe.pipeline.night_merge import MergedNight, merge_night, only_candidates, without_folds
from fastpipe.pipeline.night_summary import summarise_night
from fastpipe.plotting.night_page import night_page

NIGHT_CATALOGUE_NAME: Final = "night.h5"
"""Name of the catalogue of a night in its folder."""
PAGE_NAME: Final = "night.html"
"""Name of the page of a night in its folder."""

MERGE_STAGE: Final = "merging the catalogues of the night"
"""Name of the stage in the log."""
SEARCH_STAGE: Final = "whole search"
"""Name in the log of a whole search with all its attempts, as the night sees it."""

# Exit codes of stages of searches that the night knows no end of.
_INTERRUPTED: Final = 143
_FAILED: Final = 10
# Folds of all candidates of more catalogues than this would fill the memory of the night.
_FOLDS_BYTES: Final = 1 << 30


class NightReport:
    """Writes and rewrites the files that tell about a night.

    Parameters
    ----------
    folder
        Folder of the night.
    known
        Pulsars that may lie in the beams.
    entries
        The manifest.
    """

    def __init__(self, folder: Path, known: KnownPulsars, entries: Sequence[ManifestEntry] = ()) -> None:
        self._folder, self._known, self._entries = folder, known, tuple(entries)
        self._merged = MergedNight(None, {}, ())
        self._merged_from: list[tuple[str, str, float]] = []
        lines = read_json_lines(folder / STAGES_NAME)
        self._merges: list[dict[str, Any]] = [line for line in lines if line.get("stage") == MERGE_STAGE]

    def write(self, state: NightState, observations: Sequence[NightObservation], *, is_over: bool) -> NightSummary:
        """Merge the catalogues if there are new ones, and write everything.

        Parameters
        ----------
        state
            The searches.
        observations
            What the inbox holds.
        is_over
            Whether nothing more will happen.

        Returns
        -------
        NightSummary
            What the page shows.

        Raises
        ------
        FastpipeError
            If a file cannot be written. What is wrong with a catalogue becomes a remark.
        """
        done = sorted(
            (search for search in state.searches.values() if search.status == "done"), key=lambda found: found.name
        )
        # Catalogues do not change without a new end of their search.
        made_from = [(search.name, search.key, search.end_unix_s) for search in done]
        if made_from != self._merged_from:
            self._merged_from = made_from
            self._merge(done)
        summary = summarise_night(
            state, observations, self._merged, self._known, updated_unix_s=time.time(), is_over=is_over
        )
        if is_over:
            # Before, the files may still come.
            summary = replace(summary, unmatched_patterns=_unmatched(self._entries, state, observations))
        lines = sorted([*self._search_lines(state), *self._merges], key=lambda line: str(line["start"]))
        write_json_lines(self._folder / STAGES_NAME, lines)
        last_success = max((search.end_unix_s for search in done), default=0.0)
        write_metrics(self._folder / METRICS_NAME, summary, last_success)
        with replacing(self._folder / PAGE_NAME) as temporary:
            temporary.write_text(night_page(summary), "utf-8")
        return summary

    def _merge(self, done: Sequence[NightSearch]) -> None:
        """Write the catalogue of the night, and keep its tables."""
        begin, cpu_s = time.time(), time.process_time()
        paths = {search.name: self._folder / search.name / CATALOGUE_NAME for search in done}
        total_bytes = sum(path.stat().st_size for path in paths.values() if path.exists())
        with_folds = total_bytes <= _FOLDS_BYTES
        catalogues, remarks = _read_all(paths, with_folds)
        merged = merge_night(catalogues)
        if not with_folds:
            remarks.append(
                "Folds, masks and rejected detections are in the catalogues of the observations: all are too large for one."
            )
        if merged.tables is not None:
            write_catalogue(self._folder / NIGHT_CATALOGUE_NAME, merged.tables)
            merged = MergedNight(without_folds(merged.tables), merged.obs_ids, merged.remarks)
        self._merged = MergedNight(merged.tables, merged.obs_ids, (*remarks, *merged.remarks))
        record = StageRecord(
            stage=MERGE_STAGE,
            host=platform.node(),
            pid=os.getpid(),
            nthreads=1,
            start_unix_s=begin,
            wall_s=time.time() - begin,
            cpu_s=time.process_time() - cpu_s,
            ntasks=len(catalogues),
            read_bytes=total_bytes,
            peak_bytes=peak_bytes(),
        )
        self._merges.append(stage_line("", record, 0))

    def _search_lines(self, state: NightState) -> list[dict[str, Any]]:
        """Return the stages of all searches, and each search as a whole."""
        lines = []
        for search in state.searches.values():
            codes = {"done": 0, "interrupted": _INTERRUPTED, "failed": next(filter(None, reversed(search.exits)), _FAILED)}
            run_folder = run_folder_of(self._folder / search.name / CATALOGUE_NAME)
            lines += [stage_line(search.name, record, codes[record.outcome]) for record in read_records(run_folder)]
            if search.exits and search.end_unix_s:
                lines.append(_whole_search(search))
        return lines


def _unmatched(
    entries: Sequence[ManifestEntry], state: NightState, observations: Sequence[NightObservation]
) -> tuple[str, ...]:
    """Return the patterns of the entries that nothing in the inbox fits, and nothing that was searched before."""
    used = {found.entry for found in observations}
    inbox = PurePath(state.inbox)
    paths = [path for search in state.searches.values() for path in map(PurePath, search.files)]
    places = [*paths, *(path.relative_to(inbox) for path in paths if path.is_relative_to(inbox))]
    left = [entry for entry in entries if entry not in used and entry.name not in state.searches]
    return tuple("; ".join(entry.files) for entry in left if not any(matching_entry([entry], place) for place in places))


def _read_all(paths: dict[str, Path], with_folds: bool) -> tuple[list[NamedCatalogue], list[str]]:
    """Read catalogues; what cannot be read becomes a remark."""
    catalogues, remarks = [], []
    for name, path in paths.items():
        try:
            tables = read_catalogue(path)
        except FastpipeError as error:
            remarks.append(f"{name} is not in the catalogue of the night: {error}")
        else:
            catalogues.append(NamedCatalogue(name, tables if with_folds else only_candidates(tables)))
    return catalogues, remarks


def _whole_search(search: NightSearch) -> dict[str, Any]:
    """Return the line of a search with all its attempts; it begins with the last one."""
    code = search.exits[-1]
    record = StageRecord(
        stage=SEARCH_STAGE,
        host=platform.node(),
        pid=search.pid,
        nthreads=0,
        start_unix_s=search.start_unix_s,
        wall_s=max(search.end_unix_s - search.start_unix_s, 0.0),
        cpu_s=search.cpu_s,
        ntasks=len(search.exits),
        read_bytes=search.nbytes,
        peak_bytes=search.peak_bytes,
        outcome="done" if code == 0 else "failed",
    )
    return stage_line(search.name, record, code)
