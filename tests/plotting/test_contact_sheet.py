"""The best candidates on one sheet."""

from dataclasses import replace

import numpy as np
import pytest

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.plotting.contact_sheet import best_rows, draw_contact_sheet
from fastpipe.plotting.picture import Picture, pdf_pages
from tests.fake_catalogue import fake_tables
from tests.plotting.texts_of_figures import collisions, drawn_texts


def many(ncandidates: int) -> CatalogueTables:
    """A catalogue of so many candidates, the last ones not folded, with names of all lengths."""
    tables = fake_tables()
    candidates = np.resize(tables.candidates, ncandidates)
    candidates["cand_id"] = 1 + np.arange(ncandidates)
    candidates["score"] = np.linspace(0.0, 1.0, ncandidates)
    for row in range(0, ncandidates, 4):
        candidates["known_pulsar"][row], candidates["known_harmonic"][row] = b"W" * (row % 33), b"15/16"
        candidates["period_s"][row], candidates["dm"][row], candidates["snr"][row] = 123.456789, 12345.6, 1e5
    folds = {number: tables.folds[1 + number % 3] for number in range(4, ncandidates + 1)}
    return replace(tables, candidates=candidates, folds=folds)


def test_best_score_comes_first_then_significance() -> None:
    candidates = np.resize(fake_tables().candidates, 4)
    candidates["cand_id"] = 1, 2, 3, 4
    candidates["score"] = np.nan, 0.5, 0.9, 0.5
    candidates["log10_fap"] = -99.0, -3.0, -1.0, -7.0
    assert candidates["cand_id"][best_rows(candidates)].tolist() == [3, 4, 2, 1]


@pytest.mark.parametrize("ncandidates", [1, 3, 30])
def test_all_texts_can_be_read(ncandidates: int) -> None:
    assert collisions(draw_contact_sheet(many(ncandidates))) == []


@pytest.mark.parametrize(
    ("ncandidates", "words", "nfolds"),
    [
        (0, "No candidates", 0),
        (1, "1 candidate,", 0),
        (4, "4 candidates, the best", 1),
        (30, "The 24 best of 30 candidates by score; 6 more are not shown", 24),
    ],
)
def test_sheet_says_how_many_are_left(ncandidates: int, words: str, nfolds: int) -> None:
    figure = draw_contact_sheet(many(ncandidates) if ncandidates else fake_tables(is_empty=True))
    assert any(text.startswith(words) for text, _, _ in drawn_texts(figure))
    assert len(figure.axes) == 2 * nfolds


def test_known_pulsars_are_named() -> None:
    tables = fake_tables()
    tables.candidates["known_pulsar"][0], tables.candidates["known_harmonic"][0] = b"B0329+54", b"2"
    figure = draw_contact_sheet(tables)
    assert "1   B0329+54 x2" in [text for text, _, _ in drawn_texts(figure)]


@pytest.mark.parametrize(("ncandidates", "height_px"), [(3, 339), (6, 339), (7, 626), (24, 1200), (99, 1200)])
def test_sheet_is_as_high_as_its_rows(ncandidates: int, height_px: int) -> None:
    figure = draw_contact_sheet(many(ncandidates))
    assert tuple(figure.get_size_inches() * figure.dpi) == pytest.approx((1600, height_px))


def test_one_file_of_many_pages() -> None:
    pictures = [Picture(draw_contact_sheet(fake_tables())) for _ in range(3)]
    content = pdf_pages(pictures)
    assert content.startswith(b"%PDF")
    assert content.count(b"/Type /Page ") == 3
    assert content == pdf_pages(pictures)
    assert b"CreationDate" not in content
