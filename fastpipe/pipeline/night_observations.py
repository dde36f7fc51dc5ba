"""The observations of a night: which are complete, which wait for more, which cannot be read."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from fastpipe.data.manifest import ManifestEntry
from fastpipe.data.night import NightObservation, NightRules, ObservationState, SeenFile
from fastpipe.pipeline.night_groups import InboxUnit, are_apart, group_units, make_units
from fastpipe.pipeline.night_names import rank_of, unique_names
from fastpipe.units import as_unicode


@dataclass(frozen=True, slots=True)
class _Family:
    """Files that may arrive together, such as those of all beams of a pointing."""

    rest_s: float
    """Time since the last of them changed."""
    is_unknown: bool
    """True where one of them was not opened yet."""
    serials: frozenset[int]
    """Serial numbers of all beams."""


@dataclass(frozen=True, slots=True)
class _Clock:
    """How long files have rested, by the rules."""

    now_s: float
    """Time of the poll."""
    rules: NightRules
    """How long to wait."""

    def rest_s(self, units: Iterable[InboxUnit]) -> float:
        """Return the time since the last change of any of the files."""
        return min(self.now_s - unit.since_s for unit in units)

    def is_moving(self, unit: InboxUnit) -> bool:
        """Return whether the file may still be being written."""
        return self.rest_s([unit]) < self.rules.settle_s

    def has_given_up(self, unit: InboxUnit) -> bool:
        """Return whether nothing is hoped for from the file any more."""
        return self.rest_s([unit]) >= self.rules.give_up_s


@dataclass(frozen=True, slots=True)
class _Piece:
    """An observation without its final name."""

    units: list[InboxUnit]
    """Its files in their order."""
    wanted_name: str
    """Name that it gets if no other has it and it is safe."""
    state: ObservationState
    """Whether it may be searched."""
    reason: str
    """Why not, or what it lacks."""


def find_observations(
    seen: Iterable[SeenFile], now_s: float, rules: NightRules, entries: Sequence[ManifestEntry] = ()
) -> list[NightObservation]:
    """Say which observations some files make up. The same arguments give the same answer.

    Parameters
    ----------
    seen
        Files with their history, in any order.
    now_s
        Time in s, by the clock of the history.
    rules
        How long to wait for files.
    entries
        The manifest.

    Returns
    -------
    list of NightObservation
        Sorted by name. Every file that is there is in one observation.
    """
    clock = _Clock(now_s, rules)
    units = [unit for unit in make_units(seen, entries) if not (unit.is_gone and clock.has_given_up(unit))]
    families = _families(units, clock)
    pieces = [piece for group in group_units(units) for piece in _pieces(group, families, clock)]
    # Of two observations that want one name the same one gets it every time.
    pieces.sort(key=lambda piece: (piece.state == "bad", rank_of(piece.units[0].parts.ending), piece.units[0].place))
    names = unique_names((piece.wanted_name, str(piece.units[0].place)) for piece in pieces)
    observations = [_observation(piece, name) for piece, name in zip(pieces, names, strict=True)]
    return sorted(observations, key=lambda observation: observation.name)


def _families(units: Iterable[InboxUnit], clock: _Clock) -> dict[tuple[str, ...], _Family]:
    members: dict[tuple[str, ...], list[InboxUnit]] = defaultdict(list)
    for unit in units:
        members[unit.parts.family].append(unit)
    return {
        family: _Family(
            clock.rest_s(found),
            any(not unit.is_opened and not unit.is_gone for unit in found),
            frozenset(unit.serial for unit in found if unit.serial is not None and not unit.is_gone),
        )
        for family, found in members.items()
    }


def _pieces(group: list[InboxUnit], families: dict[tuple[str, ...], _Family], clock: _Clock) -> Iterator[_Piece]:
    """Turn a group into one observation, or into several where some of it stays missing or unreadable."""
    base = group[0].set_name or group[0].parts.full_base
    live = [unit for unit in group if not unit.is_gone]
    bad = [unit for unit in live if unit.look.error and clock.has_given_up(unit)]
    good = [unit for unit in live if unit not in bad]
    for number, unit in enumerate(bad):
        is_all = not good and number == 0
        yield _Piece([unit], base if is_all else _part_name(base, unit), "bad", unit.look.error)
    if not good:
        return
    missing = _missing_serials(good, families[good[0].parts.family])
    kin = [families[unit.parts.family] for unit in group]
    reason = _why_it_waits(group, good, clock) or _why_more_may_come(missing, clock.rest_s(group), kin, clock.rules)
    if reason:
        yield _Piece(good, base, "waiting", reason)
    elif group[0].set_name and len(beams := {unit.parts.fast.beam for unit in good if unit.parts.fast}) > 1:
        found = ", ".join(sorted(str(beam or "without number") for beam in beams))
        reason = f"found beams {found} under the one name {base} of the manifest, expected one; give each its own"
        yield _Piece(good, base, "bad", reason)
    else:
        reason = f"Serial numbers {_in_words(missing)} are missing." if missing else _doubt(good)
        for number, segment in enumerate([good] if group[0].set_name else _segments(good)):
            yield _Piece(segment, _part_name(base, segment[0]) if number else base, "complete", reason)


def _why_it_waits(group: list[InboxUnit], good: list[InboxUnit], clock: _Clock) -> str:
    """Return why the files that are there may not be used yet."""
    moving = [unit for unit in good if clock.is_moving(unit)]
    if moving:
        return f"{len(moving)} of {len(good)} files came or changed in the last {clock.rules.settle_s:g} s."
    gone = [unit for unit in group if unit.is_gone]
    if gone:
        return f"{len(gone)} of {len(group)} files have gone, such as {gone[0].place}."
    if any(not unit.is_opened for unit in good):
        return "Not all files could be opened yet."
    for unit in good:
        doubt = unit.look.error or ("" if clock.has_given_up(unit) else _doubt([unit]))
        if doubt:
            return f"It may not be all there: {doubt}."
    return ""


def _why_more_may_come(missing: list[int], rest_s: float, families: list[_Family], rules: NightRules) -> str:
    """Return why other files than those that are there may come."""
    family_rest_s = min(family.rest_s for family in families)
    if missing and family_rest_s < rules.give_up_s:
        return f"Serial numbers {_in_words(missing)} are not there yet."
    is_restless = family_rest_s < rules.settle_s or any(family.is_unknown for family in families)
    if is_restless and rest_s < rules.give_up_s:
        return "Other files that may belong to it came, changed or went lately."
    return ""


def _missing_serials(units: list[InboxUnit], family: _Family) -> list[int]:
    """Return the numbers between those that are there, and those that other beams have."""
    serials = {unit.serial for unit in units if unit.serial is not None}
    if not serials:
        return []
    # What is set in the manifest may be a part of what was recorded.
    others = frozenset() if units[0].set_name else family.serials
    return sorted((others | set(range(min(serials), max(serials)))) - serials)


def _segments(units: list[InboxUnit]) -> list[list[InboxUnit]]:
    """Cut files in the order of their serial numbers where numbers are missing, or headers say that they are apart."""
    segments = [[units[0]]]
    for before, after in pairwise(units):
        expected = before.serial + 1 if before.serial is not None else None
        if expected is not None and (after.serial != expected or are_apart(before, after)):
            segments.append([])
        segments[-1].append(after)
    return segments


def _observation(piece: _Piece, name: str) -> NightObservation:
    first = piece.units[0]
    fast, look = first.parts.fast, first.look
    return NightObservation(
        name=name,
        files=tuple(one.file for unit in piece.units for one in unit.seen),
        source=fast.source if fast else look.source,
        beam=(fast.beam if fast else 0) or look.beam,
        pointing=fast.pointing if fast else None,
        serials=tuple(unit.serial for unit in piece.units if unit.serial is not None),
        state=piece.state,
        # It may name files.
        reason=as_unicode(piece.reason),
        entry=first.entry,
    )


def _doubt(units: Iterable[InboxUnit]) -> str:
    return next((unit.look.doubt for unit in units if unit.look.doubt), "")


def _part_name(base: str, unit: InboxUnit) -> str:
    return f"{base}_{unit.parts.base if unit.serial is None else f'{unit.serial:04d}'}"


def _in_words(serials: list[int]) -> str:
    """Write numbers as ranges such as 0001, 0003-0005."""
    ranges: list[list[int]] = []
    for serial in serials:
        if ranges and serial == ranges[-1][-1] + 1:
            ranges[-1].append(serial)
        else:
            ranges.append([serial])
    return ", ".join(f"{found[0]:04d}" + (f"-{found[-1]:04d}" if len(found) > 1 else "") for found in ranges)
