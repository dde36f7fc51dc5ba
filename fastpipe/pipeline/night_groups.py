"""Which files of an inbox belong to one observation.

Files with FAST's names belong together by name: source, mode, beam, pointing; headers have a veto. Others belong
together if their headers say that one begins where another ends. A name in the manifest goes before both.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePosixPath

from fastpipe.constants import SECONDS_PER_DAY
from fastpipe.data.manifest import ManifestEntry
from fastpipe.data.night import FileLook, SeenFile
from fastpipe.io.joined_recording import LONGEST_GAP_S
from fastpipe.io.manifest import matching_entry
from fastpipe.pipeline.night_names import PlaceParts, take_apart

# Files follow one another to a sample or so; a date as MJD in double precision is good to about a microsecond.
_LATE_SAMPLES = 1.5
_DATE_PRECISION_S = 2e-6


@dataclass(frozen=True, slots=True)
class InboxUnit:
    """What is opened together: one file, or the two of a PRESTO series."""

    seen: tuple[SeenFile, ...]
    """The file, or both."""
    parts: PlaceParts
    """What its place says."""
    entry: ManifestEntry | None
    """What the manifest says of it."""

    @property
    def place(self) -> PurePosixPath:
        """Path of the first file in the inbox."""
        return self.seen[0].place

    @property
    def since_s(self) -> float:
        """When a file was last seen to change."""
        return max(one.since_s for one in self.seen)

    @property
    def look(self) -> FileLook:
        """What the reader says; empty while it was not opened."""
        return self.seen[0].look or FileLook()

    @property
    def is_opened(self) -> bool:
        """True once the reader said something."""
        return self.seen[0].look is not None

    @property
    def is_gone(self) -> bool:
        """True where a file is not there any more."""
        return any(one.is_gone for one in self.seen)

    @property
    def serial(self) -> int | None:
        """Serial number in the name."""
        return self.parts.fast.serial if self.parts.fast else None

    @property
    def set_name(self) -> str:
        """Name of the observation that the manifest sets."""
        return self.entry.name if self.entry else ""


def make_units(seen: Iterable[SeenFile], entries: Sequence[ManifestEntry]) -> list[InboxUnit]:
    """Join the files that are opened together.

    Parameters
    ----------
    seen
        Files in any order.
    entries
        The manifest.

    Returns
    -------
    list of InboxUnit
        Every file is in one, sorted by place.
    """
    by_name: dict[tuple[PurePosixPath, str], list[SeenFile]] = defaultdict(list)
    for one in sorted(seen, key=lambda one: one.place):
        by_name[one.place.with_suffix(""), one.place.suffix if one.place.suffix != ".inf" else ".dat"].append(one)
    units = []
    for files in by_name.values():
        found = (matching_entry(entries, path) for one in files for path in (one.place, one.file.path))
        entry = next((entry for entry in found if entry is not None), None)
        units.append(InboxUnit(tuple(files), take_apart(files[0].place), entry))
    return units


def group_units(units: Sequence[InboxUnit]) -> list[list[InboxUnit]]:
    """Find out which files belong to one observation.

    Parameters
    ----------
    units
        Files, in any order.

    Returns
    -------
    list of list of InboxUnit
        The groups, each in the order of time as far as it is known. Every unit is in one group.
    """
    groups: dict[Hashable, list[InboxUnit]] = defaultdict(list)
    chained: dict[Hashable, list[InboxUnit]] = defaultdict(list)
    for unit in units:
        look = unit.look
        if unit.set_name:
            groups["name", unit.set_name].append(unit)
        elif unit.parts.fast is not None:
            groups["serials", unit.parts.folder, unit.parts.base, unit.parts.ending, unit.entry].append(unit)
        elif not look.error and look.tstart > 0.0:
            kind = (unit.parts.folder, unit.parts.ending, unit.entry, look.source, look.beam, look.shape)
            chained[kind].append(unit)
        else:
            groups["file", unit.place].append(unit)
    found = [sorted(group, key=_place_in_time) for group in groups.values()]
    for kin in chained.values():
        found += _chains(sorted(kin, key=_place_in_time))
    return found


def are_apart(before: InboxUnit, after: InboxUnit) -> bool:
    """Tell whether headers say that files with consecutive serial numbers are of different observations.

    Parameters
    ----------
    before, after
        Files with consecutive serial numbers.

    Returns
    -------
    bool
        True where they differ in kind, or the later one starts long after the end of the other, or before it. Equal dates
        mean nothing: some files repeat the start of the scan.
    """
    one, two = before.look, after.look
    late_s = (two.tstart - one.tstart) * SECONDS_PER_DAY
    is_dated = one.tstart > 0.0 and two.tstart > 0.0
    return one.shape != two.shape or (is_dated and not -one.tsamp <= late_s <= one.tobs_s + LONGEST_GAP_S)


def _place_in_time(unit: InboxUnit) -> tuple[float, int, str]:
    # Within an observation the serial number counts: some files repeat the start of the scan.
    return (unit.look.tstart if unit.serial is None else 0.0, unit.serial or 0, str(unit.place))


def _chains(kin: list[InboxUnit]) -> list[list[InboxUnit]]:
    """Cut files in the order of time where one does not begin at the end of the one before."""
    chains = [[kin[0]]]
    for before, after in pairwise(kin):
        if _follows(before.look, after.look):
            chains[-1].append(after)
        else:
            chains.append([after])
    return chains


def _follows(before: FileLook, after: FileLook) -> bool:
    gap_s = (after.tstart - before.tstart) * SECONDS_PER_DAY - before.tobs_s
    return abs(gap_s) <= _LATE_SAMPLES * before.tsamp + _DATE_PRECISION_S
