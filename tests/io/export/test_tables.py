"""Tables for other programs come back as they were: CSV, ECSV, VOTable."""

import csv
import os
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from astropy.io.votable import parse, validate
from astropy.io.votable.ucd import check_ucd
from astropy.table import Table
from astropy.units import Unit

from fastpipe.data.flat_table import FlatTable
from fastpipe.data.tables import CANDIDATE_COLUMNS, DETECTION_COLUMNS
from fastpipe.io.export.astropy_tables import write_ecsv, write_votable
from fastpipe.io.export.column_ucds import CANDIDATE_UCDS, DETECTION_UCDS
from fastpipe.io.export.comma_separated import write_comma_separated
from fastpipe.pipeline.export import candidates_table, detections_table
from tests.io.export.fake_exports import fake_labelled


def tables() -> dict[str, FlatTable]:
    full, empty = fake_labelled(), fake_labelled(is_empty=True)
    return {
        "candidates": candidates_table(full, np.arange(3)),
        "some": candidates_table(full, np.array([2, 0])),
        "none": candidates_table(empty, np.arange(0)),
        "detections": detections_table(full.tables),
        "no detections": detections_table(empty.tables),
    }


TABLES = tables()
EVERY = pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())


def assert_same(found: Any, table: FlatTable) -> None:
    assert list(found.colnames) == [column.name for column in table.columns]
    for column in table.columns:
        values = found[column.name]
        # A mask stands for what is unknown, or for an empty text.
        fill = {"U": "", "O": "", "f": np.nan}.get(values.dtype.kind, 0)
        plain = values.filled(fill) if hasattr(values, "filled") else values
        np.testing.assert_array_equal(np.asarray(plain), table.values[column.name])
        if len(values):
            assert values.dtype.kind in (table.values[column.name].dtype.kind, "O")
        assert values.unit == (Unit(column.unit) if column.unit else None)
        assert " ".join((values.info.description or "").split()) == column.description


def test_tables_say_all_that_is_known_of_a_candidate() -> None:
    table = TABLES["candidates"]
    names = [column.name for column in table.columns]
    assert names[: len(CANDIDATE_COLUMNS)] == [column.name for column in CANDIDATE_COLUMNS]
    assert names[len(CANDIDATE_COLUMNS) :] == [
        *("source", "telescope", "beam", "ra_deg", "dec_deg", "tstart_mjd", "tobs_s", "notes"),
    ]
    assert table.values["label"].tolist() == ["pulsar, rfi", "", ""]
    assert table.values["notes"][0] == 'ann: narrow, "bright" 脉冲星 =1+1  [31m'
    assert table.meta["frame"] == "barycentric"
    assert table.meta["time_scale"] == "TDB"
    assert TABLES["detections"].values["fate_name"][:3].tolist() == ["kept", "duplicate", "harmonic"]


@EVERY
def test_comma_separated_values_come_back(table: FlatTable, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    write_comma_separated(path, table)
    with path.open(encoding="utf-8", newline="") as file:
        heading, *rows = csv.reader(file)
    assert heading == [column.name for column in table.columns]
    assert len(rows) == table.nrows
    for name, cells in zip(heading, zip(*rows, strict=True), strict=bool(rows)):
        values = table.values[name]
        if values.dtype.kind == "U":
            assert list(cells) == values.tolist()
        else:
            # Bit for bit; an empty cell is what is unknown.
            np.testing.assert_array_equal([float(cell or "nan") for cell in cells], values)


@pytest.mark.parametrize("text", ['=HYPERLINK("http://x.example")', "+1+1", "-1+1", "@SUM(1)"])
def test_no_text_is_a_formula_of_a_spreadsheet(text: str, tmp_path: Path) -> None:
    labelled = fake_labelled()
    labelled.tables.observations["source"] = text.encode()
    table = candidates_table(labelled, np.arange(3))
    write_comma_separated(tmp_path / "x.csv", table)
    with (tmp_path / "x.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["source"] for row in rows} == {"'" + text}
    # A number keeps its sign.
    np.testing.assert_array_equal([float(row["accel_m_s2"]) for row in rows], table.values["accel_m_s2"])


@EVERY
def test_ecsv_comes_back(table: FlatTable, tmp_path: Path) -> None:
    path = tmp_path / "x.ecsv"
    write_ecsv(path, table)
    found = Table.read(path, format="ascii.ecsv")
    assert_same(found, table)
    assert found.meta == {"name": table.name, **table.meta}


@EVERY
def test_votable_comes_back(table: FlatTable, tmp_path: Path) -> None:
    path = tmp_path / "x.vot"
    write_votable(path, table)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        votable = parse(path, verify="exception")
    assert votable.version == "1.4"
    (only,) = votable.iter_tables()
    descriptors = {field.name: field.ucd for field in only.fields}
    assert descriptors == (CANDIDATE_UCDS if table.name == "candidates" else DETECTION_UCDS)
    assert {info.name: info.value for info in votable.resources[0].infos} == table.meta
    assert_same(Table.read(path), table)


@EVERY
def test_votable_is_valid(table: FlatTable, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "x.vot"
    write_votable(path, table)
    assert validate(str(path), xmllint=False), capsys.readouterr().out


def test_votable_writes_no_byte_behind_a_buffer(tmp_path: Path, pytestconfig: pytest.Config) -> None:
    program = (
        "import sys; from pathlib import Path; from tests.io.export.test_tables import TABLES, write_votable; "
        "write_votable(Path(sys.argv[1]), TABLES['detections'])"
    )
    # With these allocators Python aborts where the bytes around a block were touched.
    environment = {**os.environ, "PYTHONMALLOC": "debug"}
    command = [sys.executable, "-c", program, str(tmp_path / "x.vot")]
    done = subprocess.run(
        command, env=environment, cwd=pytestconfig.rootpath, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr


def test_infinities_are_spelled_as_the_standard_says(tmp_path: Path) -> None:
    write_votable(tmp_path / "x.vot", TABLES["candidates"])
    text = (tmp_path / "x.vot").read_text("utf-8")
    assert "<TD>+Inf</TD>" in text
    assert "InF" not in text


@pytest.mark.parametrize("descriptor", sorted({*CANDIDATE_UCDS.values(), *DETECTION_UCDS.values()}))
def test_descriptors_are_of_the_vocabulary(descriptor: str) -> None:
    assert check_ucd(descriptor, check_controlled_vocabulary=True)


def test_every_column_has_a_descriptor() -> None:
    assert {column.name for column in CANDIDATE_COLUMNS} <= CANDIDATE_UCDS.keys()
    assert {column.name for column in DETECTION_COLUMNS} <= DETECTION_UCDS.keys()
