"""What people say about candidates: a log of acts that only grows, and what of it stands now.

Nothing is ever changed or deleted: a second opinion and an undo are acts too. So the logs of two people, or of two copies
of a catalogue, are put together by union, and nobody's labels overwrite those of another.
"""

import math
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final, Literal, get_args

from fastpipe.errors import ConfigError

Grade = Literal["pulsar", "rfi", "noise", "known", "unsure"]
"""What a person takes a candidate for; `known` is a pulsar that is in the catalogues already."""

GRADES: Final[tuple[Grade, ...]] = get_args(Grade)
"""All grades, in the order in which they are listed."""

_LEAST_STEP_S: Final = 1e-6
_ID_BYTES: Final = 8


@dataclass(frozen=True, slots=True)
class LabelAct:
    """One thing that one person did: graded a candidate, wrote a note, or took an earlier act back."""

    act_id: str
    """Random text that no other act has."""
    user: str
    """Who did it."""
    time_unix_s: float
    """When, in s since 1970, UTC."""
    candidate: str
    """Key of the candidate: see `fastpipe.data.candidate_keys`."""
    grade: str = ""
    """One of `GRADES`; empty for a note alone or an undo. A newer version may write others, which are kept."""
    note: str = ""
    """Words about the candidate; empty for none."""
    undoes: str = ""
    """`act_id` of the act that this one takes back; empty for none."""
    rest: str = ""
    """What a newer version wrote besides, as JSON; kept, so that writing the act again loses nothing."""


def new_act(
    user: str,
    candidate: str,
    now_unix_s: float,
    *,
    grade: Grade | Literal[""] = "",
    note: str = "",
    earlier: Iterable[LabelAct] = (),
) -> LabelAct:
    """Make an act that grades a candidate, writes a note about it, or both.

    Parameters
    ----------
    user
        Who acts.
    candidate
        Key of the candidate.
    now_unix_s
        The time now in s since 1970, UTC.
    grade
        What the candidate is; empty to leave the grade as it is.
    note
        Words about it; empty to leave the note as it is.
    earlier
        The acts so far. The new one comes after all of the same user, whatever the clock says: one that was set back
        would otherwise bury it.

    Returns
    -------
    LabelAct
        The act, to be appended to the log.

    Raises
    ------
    ConfigError
        If the grade is unknown, there is neither grade nor note, or the user has no name.
    """
    if not user.strip():
        raise ConfigError("found no name of a user, expected who gives the label; set one")
    if grade and grade not in GRADES:
        raise ConfigError(f"found the grade {grade!r}, expected one of {', '.join(GRADES)}; choose one of these")
    if not grade and not note:
        raise ConfigError("found neither grade nor note, expected at least one of them; give one")
    return LabelAct(_new_id(), user, _time_after(user, now_unix_s, earlier), candidate, grade, note)


def undo_act(target: LabelAct, now_unix_s: float, earlier: Iterable[LabelAct] = ()) -> LabelAct:
    """Make an act that takes back an act of the same user; taking back an undo brings back what it took away.

    Parameters
    ----------
    target
        The act to take back.
    now_unix_s
        The time now in s since 1970, UTC.
    earlier
        The acts so far, as for `new_act`.

    Returns
    -------
    LabelAct
        The act, to be appended to the log.
    """
    time_unix_s = _time_after(target.user, now_unix_s, (*earlier, target))
    return LabelAct(_new_id(), target.user, time_unix_s, target.candidate, undoes=target.act_id)


def merge_acts(first: Iterable[LabelAct], second: Iterable[LabelAct] = ()) -> tuple[LabelAct, ...]:
    """Put two logs together: every act of either once, the earliest first.

    The result is the same in whatever order, grouping or number of times logs are merged.

    Parameters
    ----------
    first, second
        The logs.

    Returns
    -------
    tuple of LabelAct
        Sorted by time, then `act_id`. Of acts with one `act_id`, which only damage can make differ, the largest stays.
    """
    merged: dict[str, LabelAct] = {}
    for act in (*first, *second):
        rival = merged.get(act.act_id, act)
        merged[act.act_id] = max(rival, act, key=_content)
    return tuple(sorted(merged.values(), key=_place))


def acts_that_count(acts: Iterable[LabelAct]) -> tuple[LabelAct, ...]:
    """Return the grades and notes that nobody took back, the earliest first.

    Parameters
    ----------
    acts
        A log.

    Returns
    -------
    tuple of LabelAct
        Acts with a grade or a note. An undo counts if it comes later than its target, is of the same user, and was not
        taken back itself.
    """
    ordered = merge_acts(acts)
    by_id = {act.act_id: act for act in ordered}
    undone: set[str] = set()
    # From the last to the first: an undo is only undone by a later one, so it is known here whether it stands.
    for act in reversed(ordered):
        target = by_id.get(act.undoes)
        if target and act.act_id not in undone and target.user == act.user and _place(target) < _place(act):
            undone.add(target.act_id)
    return tuple(act for act in ordered if act.act_id not in undone and (act.grade or act.note))


def standing_labels(acts: Iterable[LabelAct]) -> Mapping[tuple[str, str], LabelAct]:
    """Return what every person says now about every candidate.

    Parameters
    ----------
    acts
        A log, in any order.

    Returns
    -------
    Mapping
        For each (candidate, user) the last act that counts, with the last grade and the last note: a note alone leaves
        the grade, a grade alone leaves the note. To undo the act, undo that of its `act_id`.
    """
    standing: dict[tuple[str, str], LabelAct] = {}
    for act in acts_that_count(acts):
        key = act.candidate, act.user
        before = standing.get(key)
        if before is not None:
            act = replace(act, grade=act.grade or before.grade, note=act.note or before.note)
        standing[key] = act
    return standing


def last_act_to_undo(acts: Iterable[LabelAct], user: str) -> LabelAct | None:
    """Return the last grade or note of a user that still counts; None where there is none."""
    own = [act for act in acts_that_count(acts) if act.user == user]
    return own[-1] if own else None


def with_keys(acts: Iterable[LabelAct], matches: Mapping[str, str]) -> tuple[LabelAct, ...]:
    """Let acts from elsewhere name the candidates of this catalogue.

    Parameters
    ----------
    acts
        A log. The acts in the files stay as they are.
    matches
        Key in this catalogue for the keys of acts, as `match_keys` finds them; others stay.

    Returns
    -------
    tuple of LabelAct
        The same acts.
    """
    return tuple(replace(act, candidate=matches.get(act.candidate, act.candidate)) for act in acts)


def consensus(standing: Mapping[tuple[str, str], LabelAct]) -> dict[str, str]:
    """Say in one text a candidate what people take it for.

    Parameters
    ----------
    standing
        What `standing_labels` returns.

    Returns
    -------
    dict
        For each candidate with a grade: the grade, where all agree, else all of them such as "pulsar, rfi".

    Examples
    --------
    >>> acts = [LabelAct("1", "ann", 1.0, "x", "pulsar"), LabelAct("2", "bob", 2.0, "x", "rfi")]
    >>> consensus(standing_labels(acts)), consensus(standing_labels([*acts, undo_act(acts[1], 3.0)]))
    ({'x': 'pulsar, rfi'}, {'x': 'pulsar'})
    """
    found: dict[str, set[str]] = {}
    for (candidate, _user), act in standing.items():
        if act.grade:
            found.setdefault(candidate, set()).add(act.grade)
    return {candidate: ", ".join(sorted(grades, key=_rank)) for candidate, grades in found.items()}


def _new_id() -> str:
    return secrets.token_hex(_ID_BYTES)


def _time_after(user: str, now_unix_s: float, earlier: Iterable[LabelAct]) -> float:
    times = [act.time_unix_s for act in earlier if act.user == user]
    return max([now_unix_s, *(max(time + _LEAST_STEP_S, math.nextafter(time, math.inf)) for time in times)])


def _place(act: LabelAct) -> tuple[float, str]:
    return act.time_unix_s, act.act_id


def _content(act: LabelAct) -> tuple[float, str, str, str, str, str, str]:
    return act.time_unix_s, act.user, act.candidate, act.grade, act.note, act.undoes, act.rest


def _rank(grade: str) -> tuple[int, str]:
    names: tuple[str, ...] = GRADES
    return (names.index(grade) if grade in names else len(names)), grade
