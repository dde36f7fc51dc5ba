"""Records of stages as the table of costs."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fastpipe.data.tables import COST_COLUMNS, table_dtype
from fastpipe.pipeline.cost_summary import covered_s
from fastpipe.pipeline.cost_table import cost_table
from tests.fake_catalogue import fake_costs, fake_record, fake_tables
from tests.result_bytes import result_bytes


def test_one_row_a_record_in_the_order_of_time() -> None:
    table = cost_table([fake_record("folding", 60.0, 2.5, nthreads=4), fake_record("digest", 0.0, 1.0)], obs_id=3)
    assert table.dtype == table_dtype(COST_COLUMNS)
    assert table["stage"].tolist() == [b"digest", b"folding"]
    assert table["obs_id"].tolist() == [3, 3]
    assert table["core_s"].tolist() == [2.0, 10.0]
    assert table["cpu_s"].tolist() == [1.0, 5.0]
    assert table["start_mjd"].tolist() == pytest.approx([58000.0, 58000.0 + 60.0 / 86400], abs=1e-11)
    assert (table["ntasks"][0], table["read_bytes"][0], table["peak_bytes"][0]) == (10, 2**30, 3 * 2**29)
    assert set(table["outcome"].tolist()) == {b"done"}


def test_no_records_no_rows() -> None:
    assert cost_table([], 1).dtype == table_dtype(COST_COLUMNS)
    assert len(cost_table([], 1)) == 0


def test_long_and_foreign_names_fit() -> None:
    (row,) = cost_table([fake_record("stage " * 20, 0.0, 1.0, host="\u8282\u70b9 1", outcome="interrupted")], 1)
    assert len(row["stage"]) == 48
    assert row["host"].decode() == "\u8282\u70b9 1"
    assert row["outcome"] == b"interrupted"


def test_microseconds_survive_the_date() -> None:
    table = cost_table([fake_record("a", 0.0, 1.0), fake_record("b", 1.0, 1.0)], 1)
    assert covered_s(table["start_mjd"], table["wall_s"]) == pytest.approx(2.0, abs=2e-6)


def test_costs_and_machine_are_no_part_of_the_result(tmp_path: Path) -> None:
    tables = fake_tables()
    elsewhere = replace(tables, costs=fake_costs(), provenance={**tables.provenance, "host": "b", "threads": "9"})
    assert result_bytes(elsewhere, tmp_path) == result_bytes(tables, tmp_path)
    changed = replace(tables, candidates=tables.candidates.copy())
    changed.candidates["dm"][0] = np.nextafter(changed.candidates["dm"][0], 0.0)
    assert result_bytes(changed, tmp_path) != result_bytes(tables, tmp_path)
    assert not list(tmp_path.iterdir())
