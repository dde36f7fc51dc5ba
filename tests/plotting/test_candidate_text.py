"""Candidates as text."""

from dataclasses import replace

import numpy as np
import pytest

from fastpipe.data.tables import CANDIDATE_COLUMNS
from fastpipe.plotting.bandpass_text import draw_bandpass
from fastpipe.plotting.candidate_text import (
    candidate_page,
    candidate_table,
    frame_sentence,
    observation_lines,
    rejected_table,
    remark_lines,
    summary,
)
from fastpipe.plotting.candidate_words import identity_sentences
from tests.fake_catalogue import fake_tables


def test_table_is_aligned_and_names_harmonics() -> None:
    lines = candidate_table(fake_tables(), np.arange(3))
    assert lines == [
        "#    P (ms)  DM (pc/cm3)   S/N  sigma  log10_fap  nharm  width (turns)  score  note",
        "1  163.7251       112.40  24.8   22.0      -98.2     16          0.050   0.97",
        "2  327.4501       112.50  12.1   10.0      -15.0     32          0.030   0.60  harmonic 1/2 of 1",
        "3  57.36906       310.00   7.0    5.6       -0.3      2          0.300   0.08",
    ]


def test_summary_counts_every_detection() -> None:
    assert summary(fake_tables()) == (
        "10 detections: 3 kept, 2 duplicate, 1 harmonic, 1 strongest at DM 0, 1 in too few DM trials, 1 faint, 1 not folded"
    )
    assert summary(fake_tables(is_empty=True)) == "0 detections"


def test_observations_of_a_merged_catalogue_are_told_apart() -> None:
    tables = fake_tables()
    assert observation_lines(tables) == []
    observations = np.repeat(tables.observations, 25)
    observations["obs_id"] = 1 + np.arange(25)
    several = replace(tables, observations=observations)
    lines = observation_lines(several)
    assert lines[1].startswith("observation 2: ")
    assert lines[-1] == "... and 6 more observations"
    assert "observation 1" in candidate_table(several, np.arange(1))[1]


def test_what_was_not_searched_has_no_significance() -> None:
    tables = fake_tables()
    candidates = tables.candidates.copy()
    candidates["sigma"] = candidates["log10_fap"] = np.nan
    assert "nan" not in candidate_table(replace(tables, candidates=candidates), np.arange(1))[1]


def test_frame_of_periods_is_said() -> None:
    assert frame_sentence(fake_tables()) == "Periods are topocentric, epochs UTC."
    assert frame_sentence(replace(fake_tables(), frame="barycentric")) == "Periods are barycentric, epochs TDB."


def test_remarks_of_the_search_are_lines() -> None:
    remarked = replace(fake_tables(), provenance={"remarks": "No channel records noise.\nMuch is masked."})
    assert remark_lines(remarked) == ["remark: No channel records noise.", "remark: Much is masked."]
    assert remark_lines(replace(fake_tables(), provenance={"remarks": ""})) == remark_lines(fake_tables()) == []


def test_page_has_units_sentences_and_relatives() -> None:
    text = "\n".join(candidate_page(fake_tables(), 0, ["It persists."]))
    assert "112.4 pc / cm3" in text
    assert "- It persists." in text
    assert "4 detections lead to this candidate, those of its harmonics included:" in text
    assert "duplicate of detection 3" in text


def test_warnings_are_in_the_table_and_on_the_page() -> None:
    tables = fake_tables()
    tables.candidates["warning"][1] = b"stronger without the mask"
    tables.candidates["snr_unmasked"][:] = np.nan, 15.31, np.nan
    tables.candidates["masked_fraction"][1] = 0.21
    assert candidate_table(tables, np.arange(3))[2].endswith("0.60  harmonic 1/2 of 1, stronger without the mask")
    text = "\n".join(candidate_page(tables, 1, []))
    assert "warning                stronger without the mask" in text
    assert "snr_unmasked           15.31" in text
    assert "masked_fraction        0.21" in text
    assert "snr_unmasked" not in "\n".join(candidate_page(tables, 0, []))


def test_rejected_are_cut_at_the_limit() -> None:
    rejected = fake_tables().detections[1:4]
    assert rejected_table(rejected, 2)[-1] == "... and 1 more (-n shows more of them)"
    assert len(rejected_table(rejected, 3)) == 4


def test_bandpass_of_few_and_many_channels() -> None:
    for nchans in (1, 3, 64, 1000):
        lines = draw_bandpass(np.linspace(1450, 1050, nchans), np.linspace(1, 2, nchans))
        assert len(lines) == 10
        assert max(map(len, lines)) <= 80
    assert all("#" not in line for line in draw_bandpass(np.array([1.0, 2.0]), np.zeros(2)))


@pytest.mark.parametrize(
    ("harmonic", "name", "sentence"),
    [
        (b"1", "B0329+54", "Known: it is the pulsar B0329+54, at its frequency and DM."),
        (b"", "B0329+54", "Known: it is the pulsar B0329+54, at its frequency and DM."),
        (b"3/2", "B0329+54 x3/2", "Known: it is the pulsar B0329+54, at 3/2 times its frequency."),
    ],
)
def test_known_pulsars_are_named(harmonic: bytes, name: str, sentence: str) -> None:
    tables = fake_tables()
    tables.candidates["known_pulsar"][0], tables.candidates["known_harmonic"][0] = b"B0329+54", harmonic
    assert candidate_table(tables, np.arange(3))[1].endswith(f"0.97  {name}")
    assert identity_sentences(tables.candidates[0]) == [sentence]


def test_beams_are_listed() -> None:
    candidate = fake_tables().candidates[0]
    for beams, sentences in ((b"", []), (b"3", []), (b"3,7,8", ["Note: it is seen in 3 beams, 3, 7 and 8."])):
        candidate["beams"] = beams
        assert identity_sentences(candidate) == sentences


def test_every_number_of_the_page_has_its_unit() -> None:
    for column in CANDIDATE_COLUMNS:
        if column.unit:
            lines = candidate_page(fake_tables(), 0, [])
            line = next((line for line in lines if line.startswith(f"{column.name} ")), "")
            assert not line or f" {column.unit} " in line
