"""Birdies in the catalogue, in the texts about it, and out again."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from fastpipe.data.tables import BIRDIE_COLUMNS, Fate, empty_table
from fastpipe.io.catalogue import read_catalogue, write_catalogue
from fastpipe.plotting.candidate_text import rejected_table, summary
from tests.fake_catalogue import fake_tables


def test_birdies_come_back_as_they_were(tmp_path: Path) -> None:
    birdies = empty_table(BIRDIE_COLUMNS, 2)
    birdies["birdie_id"] = (1, 2)
    birdies["freq_hz"], birdies["width_hz"] = (50.01, 77.7), (0.4, 0.1)
    birdies["power_dm0"], birdies["source"] = (123.0, np.nan), (b"mains", b"list")
    tables = replace(fake_tables(), birdies={1: birdies, 7: birdies[:0]})
    write_catalogue(tmp_path / "c.h5", tables)
    found = read_catalogue(tmp_path / "c.h5").birdies
    assert {obs_id: table.tobytes() for obs_id, table in found.items()} == {1: birdies.tobytes(), 7: b""}
    write_catalogue(tmp_path / "none.h5", fake_tables())
    assert read_catalogue(tmp_path / "none.h5").birdies == {}


def test_texts_name_the_birdie_of_a_detection() -> None:
    tables = fake_tables()
    detections = tables.detections.copy()
    detections["fate"][-1], detections["related_id"][-1] = Fate.BIRDIE, 3
    lines = rejected_table(detections[-1:], 5)
    assert lines[-1].endswith("birdie 3")
    assert "1 of birdies" in summary(replace(tables, detections=detections))
