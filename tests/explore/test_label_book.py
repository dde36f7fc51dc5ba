"""Grades and notes from a prompt: beside the catalogue, of everybody, as they stand now."""

from pathlib import Path

import pytest

import fastpipe as fp
from fastpipe.data.candidate_keys import candidate_key
from fastpipe.data.labels import LabelAct
from fastpipe.errors import ConfigError
from fastpipe.io.label_file import append_labels, current_user
from tests.fake_catalogue import fake_tables


@pytest.fixture
def catalogue(tmp_path: Path) -> fp.Catalogue:
    catalogue = fp.Catalogue(fake_tables())
    catalogue.save(tmp_path / "catalogue.h5")
    return catalogue


def test_what_is_said_is_seen_by_all(catalogue: fp.Catalogue, tmp_path: Path) -> None:
    catalogue.grade(2, "pulsar", "narrow and steady")
    again = fp.load(tmp_path / "catalogue.h5")
    assert [row["label"] for row in again.candidates] == ["", "pulsar", ""]
    assert again[1].label == "pulsar"
    assert [candidate.label for candidate in again] == ["", "pulsar", ""]
    assert "graded pulsar" in repr(again)
    assert "graded pulsar" in again._repr_html_()
    (row,) = again.labels
    assert (row["cand_id"], row["user"], row["grade"], row["note"]) == (2, current_user(), "pulsar", "narrow and steady")
    assert row["time"].startswith("20")


def test_the_last_word_of_each_counts_and_can_be_taken_back(catalogue: fp.Catalogue, tmp_path: Path) -> None:
    key = candidate_key(catalogue.tables, 1)
    append_labels(tmp_path / "catalogue.h5", [LabelAct("1", "somebody else", 1e12, key, "rfi")])
    catalogue.grade(2, "noise")
    catalogue.grade(2, "pulsar")
    assert catalogue[1].label == "pulsar, rfi"
    assert sorted(catalogue.labels["time"])[0] == ""
    assert catalogue.undo_grade()
    assert catalogue[1].label == "rfi, noise"
    assert catalogue.undo_grade()
    assert not catalogue.undo_grade()
    assert catalogue[1].label == "rfi"


def test_labels_stay_out_of_the_file_itself(catalogue: fp.Catalogue, tmp_path: Path) -> None:
    catalogue.grade(1, "pulsar")
    catalogue.save(tmp_path / "copy.h5")
    assert fp.load(tmp_path / "copy.h5")[0].label == ""


def test_a_report_says_what_people_say(catalogue: fp.Catalogue, tmp_path: Path) -> None:
    catalogue.grade(1, "unsure", "look at it again")
    assert "look at it again" in catalogue.report(tmp_path / "report.html").read_text("utf-8")


def test_what_cannot_be_labelled(catalogue: fp.Catalogue) -> None:
    with pytest.raises(ConfigError, match="found no candidate 9"):
        catalogue.grade(9, "pulsar")
    with pytest.raises(ConfigError, match="found the grade 'star'"):
        catalogue.grade(1, "star")  # type: ignore[arg-type]
    nowhere = fp.Catalogue(fake_tables())
    assert len(nowhere.labels) == 0
    with pytest.raises(ConfigError, match="save it first"):
        nowhere.grade(1, "pulsar")
