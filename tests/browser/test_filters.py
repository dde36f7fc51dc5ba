"""Filters, relations, labels and pictures of the browser, without a server."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("bokeh", reason="needs Bokeh: pip install fastpipe-pulsar[browse]")

from fastpipe.browser.columns import CandidateColumns, candidate_columns
from fastpipe.browser.filter_choice import (
    ANY,
    DISPUTED,
    GRADED,
    KNOWN,
    NEW,
    UNGRADED,
    FilterChoice,
    LabelColumns,
    passing_rows,
)
from fastpipe.browser.label_book import LabelBook
from fastpipe.browser.page_pictures import PagePictures
from fastpipe.browser.relations import related_candidates
from fastpipe.browser.review import Review
from fastpipe.browser.words import labels_html, picture_html, words_html
from fastpipe.data.candidate_keys import candidate_keys
from fastpipe.data.ledger import simple_ratio
from fastpipe.io.catalogue import read_catalogue, write_catalogue
from tests.fake_catalogue import fake_tables
from tests.many_candidates import TOBS_S, many_candidates

TABLES = many_candidates(600, seed=3, nfolds=0)
NO_LABELS = LabelColumns([""] * 600, [""] * 600, [""] * 600)


@pytest.fixture(scope="module")
def columns() -> CandidateColumns:
    return candidate_columns(TABLES)


def test_nothing_chosen_shows_all(columns: CandidateColumns) -> None:
    assert passing_rows(columns, NO_LABELS, FilterChoice()).tolist() == list(range(600))


def test_limits_hold_and_include_their_ends(columns: CandidateColumns) -> None:
    snr = float(columns.snr[10])
    found = passing_rows(columns, NO_LABELS, FilterChoice(snr_min=snr, dm_min=50.0, dm_max=300.0))
    passes = (TABLES.candidates["snr"] >= snr) & (TABLES.candidates["dm"] >= 50) & (TABLES.candidates["dm"] <= 300)
    assert found.tolist() == np.flatnonzero(passes).tolist()


def test_unknown_score_fails_a_limit(columns: CandidateColumns) -> None:
    blank = replace(columns, score=np.full(600, np.nan))
    assert not len(passing_rows(blank, NO_LABELS, FilterChoice(score_min=0.0)))
    assert len(passing_rows(blank, NO_LABELS, FilterChoice())) == 600


def test_known_and_new_are_all(columns: CandidateColumns) -> None:
    known, new = (passing_rows(columns, NO_LABELS, FilterChoice(known=kind)) for kind in (KNOWN, NEW))
    assert sorted([*known, *new]) == list(range(600))
    assert all(TABLES.candidates["known_pulsar"][known] != b"")


def test_beam_is_one_of_those_in_which_it_is_seen(columns: CandidateColumns) -> None:
    found = passing_rows(columns, NO_LABELS, FilterChoice(beam="3"))
    assert len(found)
    assert all(b"3" in TABLES.candidates["beams"][row].split(b",") for row in found)


def test_words_are_found_in_any_order_and_numbers_are_numbers(columns: CandidateColumns) -> None:
    notes = replace(NO_LABELS, notes=["nice wide pulse", *[""] * 599])
    assert passing_rows(columns, notes, FilterChoice(words="WIDE nice")).tolist() == [0]
    assert 6 in passing_rows(columns, NO_LABELS, FilterChoice(words="7"))


def test_labels_are_filtered(columns: CandidateColumns) -> None:
    labels = LabelColumns(["pulsar", "pulsar, rfi", *[""] * 598], ["pulsar", *[""] * 599], [""] * 600)
    rows = {
        kind: passing_rows(columns, labels, FilterChoice(label=kind)).tolist() for kind in (GRADED, DISPUTED, "rfi", ANY)
    }
    assert rows == {GRADED: [0], DISPUTED: [1], "rfi": [1], ANY: list(range(600))}
    assert passing_rows(columns, labels, FilterChoice(label=UNGRADED)).tolist() == list(range(1, 600))


def test_relations_are_those_of_every_pair() -> None:
    for row in (0, 5, 60):
        candidates = TABLES.candidates
        slow = [
            (other, ratio)
            for other in range(600)
            if other != row and candidates["obs_id"][other] == candidates["obs_id"][row]
            if (ratio := simple_ratio(float(candidates["freq_hz"][other]), float(candidates["freq_hz"][row]), TOBS_S))
        ]
        assert [tuple(relation) for relation in related_candidates(TABLES, row)] == slow[:20]


def test_labels_last_and_are_undone(tmp_path: Path) -> None:
    path, keys = tmp_path / "cat.h5", candidate_keys(TABLES)
    ann, bob = (LabelBook(path, TABLES, keys, user, now=lambda: 1e9) for user in ("ann", "bob"))
    ann.grade(4, "pulsar")
    ann.note(4, "<b>bold</b>")
    bob.grade(4, "noise")
    assert ann.refresh()
    assert not ann.refresh()
    assert ann.columns().label[4] == "pulsar, noise"
    assert "<b>" not in labels_html(ann.said_of(4))
    assert [ann.undo(), ann.undo(), ann.undo()] == [4, 4, None]
    again = LabelBook(path, TABLES, keys, "ann")
    assert (again.columns().label[4], again.columns().mine[4], again.own_note(4)) == ("noise", "", "")


def test_pictures_are_drawn_once_and_failures_do_not_end_the_thread() -> None:
    drawn, ready = [], threading.Event()

    def draw(row: int) -> bytes:
        drawn.append(row)
        if row == 1:
            raise ValueError("no colours left")
        return bytes([row])

    pictures = PagePictures(draw)
    pictures.listen(lambda row: ready.set() if row == 2 else None)
    pictures.want([1, 2])
    assert ready.wait(10)
    pictures.want([1, 2])
    pictures.close()
    assert drawn == [1, 2]
    assert "no colours left" in str(pictures.get(1))
    assert (pictures.get(2), pictures.get(3)) == (b"\x02", None)


def test_folds_are_read_one_at_a_time(tmp_path: Path) -> None:
    path = tmp_path / "cat.h5"
    write_catalogue(path, fake_tables())
    whole, lazy = read_catalogue(path), read_catalogue(path, with_folds=False)
    assert list(lazy.folds) == list(whole.folds)
    np.testing.assert_array_equal(lazy.folds[2].cube.cube, whole.folds[2].cube.cube)
    assert 2 in lazy.folds
    with pytest.raises(KeyError):
        lazy.folds[99]
    path.write_bytes(path.read_bytes() + b"x")
    with pytest.raises(ValueError, match="found another file at"):
        lazy.folds[2]


def test_words_of_every_candidate_are_escaped(tmp_path: Path) -> None:
    tables = fake_tables()
    tables.candidates["known_pulsar"][0] = b"<script>x</script>"
    path = tmp_path / "cat.h5"
    write_catalogue(path, replace(tables, folds={}))
    review = Review(path, "ann")
    try:
        for html in (words_html(review, 0), picture_html(review, 0)):
            assert "<script>" not in html
            assert "&lt;script&gt;" in html
    finally:
        review.close()
