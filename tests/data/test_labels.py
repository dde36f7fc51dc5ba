"""The log of labels: merging loses nothing, and what stands is what people said last."""

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastpipe.data.labels import (
    GRADES,
    LabelAct,
    acts_that_count,
    consensus,
    last_act_to_undo,
    merge_acts,
    new_act,
    standing_labels,
    undo_act,
    with_keys,
)
from fastpipe.errors import ConfigError

IDS = [f"{number:02x}" for number in range(12)]

# Few ids, users and times, so that logs overlap, undo one another, and even disagree about an act.
ACTS = st.builds(
    LabelAct,
    act_id=st.sampled_from(IDS),
    user=st.sampled_from(["ann", "bob"]),
    time_unix_s=st.sampled_from([1.0, 2.0, 3.0, 4.0]),
    candidate=st.sampled_from(["x", "y"]),
    grade=st.sampled_from(["", *GRADES]),
    note=st.sampled_from(["", "bright", "weak"]),
    undoes=st.sampled_from(["", *IDS]),
)
LOGS = st.lists(ACTS, max_size=12)


@given(LOGS, LOGS)
def test_merging_is_commutative(first: list[LabelAct], second: list[LabelAct]) -> None:
    assert merge_acts(first, second) == merge_acts(second, first)


@given(LOGS, LOGS, LOGS)
def test_merging_is_associative(first: list[LabelAct], second: list[LabelAct], third: list[LabelAct]) -> None:
    assert merge_acts(merge_acts(first, second), third) == merge_acts(first, merge_acts(second, third))


@given(LOGS)
def test_merging_is_idempotent(log: list[LabelAct]) -> None:
    once = merge_acts(log)
    assert merge_acts(once, once) == merge_acts(log, log) == once


@given(LOGS, LOGS)
def test_merging_loses_no_act_and_makes_none(first: list[LabelAct], second: list[LabelAct]) -> None:
    merged = merge_acts(first, second)
    assert [act.act_id for act in merged if act.act_id] == [act.act_id for act in merged]
    assert {act.act_id for act in merged} == {act.act_id for act in (*first, *second)}
    assert len(merged) == len({act.act_id for act in merged})
    assert set(merged) <= {*first, *second}


@given(LOGS, LOGS)
def test_labels_of_one_person_never_depend_on_those_of_another(first: list[LabelAct], second: list[LabelAct]) -> None:
    ann = [replace(act, user="ann", act_id="a" + act.act_id) for act in first]
    bob = [replace(act, user="bob", act_id="b" + act.act_id) for act in second]
    together = standing_labels(merge_acts(ann, bob))
    assert {key: act for key, act in together.items() if key[1] == "ann"} == dict(standing_labels(ann))
    assert {key: act for key, act in together.items() if key[1] == "bob"} == dict(standing_labels(bob))


def counts_by_definition(act: LabelAct, acts: Sequence[LabelAct]) -> bool:
    """An act counts unless a later act of the same user takes it back that counts itself."""
    place = act.time_unix_s, act.act_id
    undoers = [
        other
        for other in acts
        if other.undoes == act.act_id and other.user == act.user and (other.time_unix_s, other.act_id) > place
    ]
    return not any(counts_by_definition(undoer, acts) for undoer in undoers)


@given(LOGS)
def test_what_counts_is_what_the_definition_says(log: list[LabelAct]) -> None:
    acts = merge_acts(log)
    expected = [act for act in acts if counts_by_definition(act, acts) and (act.grade or act.note)]
    assert list(acts_that_count(log)) == expected


@given(st.lists(st.sampled_from([*GRADES, "undo"]), max_size=20))
def test_undo_walks_back_through_the_grades(keys: list[str]) -> None:
    acts: list[LabelAct] = []
    stack: list[str] = []
    for key in keys:
        if key == "undo":
            target = last_act_to_undo(acts, "ann")
            assert (target is None) == (not stack)
            if target is not None:
                acts.append(undo_act(target, 0.0, acts))
                stack.pop()
        else:
            # The clock stands still, which must not matter.
            acts.append(new_act("ann", "x", 0.0, grade=key, earlier=acts))  # type: ignore[arg-type]
            stack.append(key)
    standing = standing_labels(reversed(acts))
    assert [act.grade for act in standing.values()] == stack[-1:]


def test_undoing_an_undo_brings_the_grade_back() -> None:
    grade = new_act("ann", "x", 10.0, grade="pulsar")
    undo = undo_act(grade, 11.0)
    redo = undo_act(undo, 12.0)
    assert not standing_labels([grade, undo])
    assert standing_labels([grade, undo, redo])["x", "ann"].grade == "pulsar"


def test_nobody_undoes_the_act_of_another() -> None:
    grade = new_act("ann", "x", 10.0, grade="pulsar")
    foreign = replace(undo_act(grade, 11.0), user="bob")
    assert standing_labels([grade, foreign])["x", "ann"].grade == "pulsar"


def test_a_clock_set_back_does_not_bury_the_new_grade() -> None:
    first = new_act("ann", "x", 1.8e9, grade="pulsar")
    second = new_act("ann", "x", 1.7e9, grade="rfi", earlier=[first])
    assert standing_labels([first, second])["x", "ann"].grade == "rfi"
    assert not standing_labels([first, undo_act(first, 1.7e9)])


def test_a_note_leaves_the_grade_and_a_grade_leaves_the_note() -> None:
    acts = [new_act("ann", "x", 1.0, grade="unsure"), new_act("ann", "x", 2.0, note="see beam 3")]
    acts.append(new_act("ann", "x", 3.0, grade="pulsar"))
    standing = standing_labels(acts)["x", "ann"]
    assert (standing.grade, standing.note, standing.act_id) == ("pulsar", "see beam 3", acts[2].act_id)


def test_consensus_lists_opinions_once_and_in_one_order() -> None:
    acts = [
        new_act("ann", "x", 1.0, grade="rfi"),
        new_act("bob", "x", 1.0, grade="pulsar"),
        new_act("cy", "x", 1.0, grade="rfi"),
        new_act("ann", "y", 2.0, note="no grade"),
        LabelAct("1", "dan", 1.0, "x", grade="grade of a newer version"),
    ]
    assert consensus(standing_labels(acts)) == {"x": "pulsar, rfi, grade of a newer version"}


def test_ids_are_unique() -> None:
    assert len({new_act("ann", "x", 1.0, note="n").act_id for _ in range(1000)}) == 1000


def test_keys_are_replaced_where_they_match() -> None:
    acts = (new_act("ann", "old", 1.0, note="n"), new_act("ann", "other", 2.0, note="n"))
    assert [act.candidate for act in with_keys(acts, {"old": "new"})] == ["new", "other"]


@pytest.mark.parametrize(
    ("user", "grade", "note", "message"),
    [
        ("ann", "planet", "", "found the grade 'planet', expected one of pulsar, rfi, noise, known, unsure"),
        ("ann", "", "", "found neither grade nor note"),
        (" ", "rfi", "", "found no name of a user"),
    ],
)
def test_acts_that_say_nothing_are_refused(user: str, grade: str, note: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        new_act(user, "x", 1.0, grade=grade, note=note)  # type: ignore[arg-type]
