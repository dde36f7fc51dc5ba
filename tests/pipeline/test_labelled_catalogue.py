"""Labels beside a catalogue, brought to its candidates."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fastpipe.data.candidate_keys import candidate_keys
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.labels import LabelAct, new_act
from fastpipe.errors import ConfigError
from fastpipe.io.catalogue import write_catalogue
from fastpipe.io.label_file import append_labels
from fastpipe.pipeline.export import ExportChoice, chosen_rows, observation_row, only_observation
from fastpipe.pipeline.labelled_catalogue import label_catalogue, read_labelled_catalogue
from tests.fake_catalogue import fake_tables


@pytest.fixture
def tables() -> CatalogueTables:
    found = fake_tables()
    found.observations["digest"] = b"ab" * 32
    return found


def test_labels_are_read_with_the_catalogue(tables: CatalogueTables, tmp_path: Path) -> None:
    path = tmp_path / "cat.h5"
    write_catalogue(path, tables)
    assert read_labelled_catalogue(path).labels == {}
    keys = candidate_keys(tables)
    append_labels(path, [new_act("bob", keys[1], 2.0, grade="unsure"), new_act("ann", keys[1], 1.0, grade="pulsar")])
    labelled = read_labelled_catalogue(path)
    assert [act.user for act in labelled.labels[2]] == ["ann", "bob"]
    assert labelled.tables.candidates["label"].tolist() == [b"", b"pulsar, unsure", b""]
    assert labelled.nelsewhere == 0


def test_a_label_of_a_slightly_other_search_counts_with_those_of_this_one(tables: CatalogueTables) -> None:
    key = candidate_keys(tables)[0]
    other = key.replace(":112.40", ":112.70")
    acts = (LabelAct("1", "ann", 1.0, other, "rfi"), LabelAct("2", "ann", 2.0, key, "pulsar"))
    labelled = label_catalogue(tables, acts)
    assert [act.grade for act in labelled.labels[1]] == ["pulsar"]
    # The clock decides, not in which search it was given.
    acts = (LabelAct("1", "ann", 3.0, other, "rfi"), LabelAct("2", "ann", 2.0, key, "pulsar"))
    assert [act.grade for act in label_catalogue(tables, acts).labels[1]] == ["rfi"]


def test_labels_of_absent_candidates_are_counted(tables: CatalogueTables) -> None:
    labelled = label_catalogue(tables, (LabelAct("1", "ann", 1.0, "0123:9.0Hz:1.00", "rfi"),))
    assert (labelled.nelsewhere, labelled.labels) == (1, {})


def test_a_catalogue_without_candidates_takes_labels(tables: CatalogueTables) -> None:
    empty = replace(tables, candidates=tables.candidates[:0])
    labelled = label_catalogue(empty, (LabelAct("1", "ann", 1.0, candidate_keys(tables)[0], "rfi"),))
    assert (len(labelled.tables.candidates), labelled.nelsewhere) == (0, 1)


def test_an_unknown_grade_cannot_steer_a_terminal(tables: CatalogueTables) -> None:
    acts = (LabelAct("1", "ann", 1.0, candidate_keys(tables)[0], "\x1b[2Jrrat"),)
    assert label_catalogue(tables, acts).tables.candidates["label"][0] == b"[2Jrrat"


def test_choice_of_candidates(tables: CatalogueTables) -> None:
    tables.candidates["score"][2] = np.nan
    assert chosen_rows(tables, ExportChoice()).tolist() == [0, 1, 2]
    assert chosen_rows(tables, ExportChoice(cand_ids=(3, 1, 3))).tolist() == [2, 0]
    assert chosen_rows(tables, ExportChoice(min_score=0.5)).tolist() == [0, 1]
    assert chosen_rows(tables, ExportChoice(min_score=0.0, obs_id=1)).tolist() == [0, 1, 2]
    with pytest.raises(ConfigError, match="found no candidate 4, expected 1 to 3"):
        chosen_rows(tables, ExportChoice(cand_ids=(4,)))
    with pytest.raises(ConfigError, match="found no observation 2, expected 1 to 1"):
        chosen_rows(tables, ExportChoice(obs_id=2))


def test_one_observation_is_needed_for_what_holds_one(tables: CatalogueTables) -> None:
    two = replace(tables, observations=np.concatenate([tables.observations, tables.observations]))
    two.observations["obs_id"] = 1, 2
    two.candidates["obs_id"][1] = 2
    assert observation_row(tables, None)["obs_id"] == 1
    assert observation_row(two, 2)["obs_id"] == 2
    with pytest.raises(ConfigError, match="found 2 observations in the catalogue, expected the number of one; add --obs"):
        observation_row(two, None)
    with pytest.raises(ConfigError, match="found candidates of 2 observations, expected those of one"):
        only_observation(two, two.candidates)
    assert only_observation(two, two.candidates[:0]) is None
