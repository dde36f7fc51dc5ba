"""The HDF5 catalogue: what is written comes back, also with the tools of others."""

import errno
import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
from astropy import units as u
from astropy.table import QTable
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe.constants import DISPERSION_CONSTANT
from fastpipe.data.catalogue import CatalogueTables, Fold
from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe.data.folded_cube import FoldedCube
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.data.tables import (
    CANDIDATE_COLUMNS,
    COST_COLUMNS,
    DETECTION_COLUMNS,
    OBSERVATION_COLUMNS,
    PLAN_COLUMNS,
    Column,
    Table,
    empty_table,
)
from fastpipe.errors import ConfigError, FastpipeError, FileFormatError, InputMissingError, ResourceError
from fastpipe.io.catalogue import read_catalogue, write_catalogue


def make_table(columns: tuple[Column, ...], nrows: int, seed: int = 0) -> Table:
    rng = np.random.default_rng(seed)
    table = empty_table(columns, nrows)
    for column in columns:
        numbers = rng.integers(0, 1000, nrows)
        table[column.name] = numbers.astype("S") if column.dtype.startswith("S") else numbers
    return table


def make_fold(seed: int) -> Fold:
    rng = np.random.default_rng(seed)
    cube = FoldedCube(
        cube=rng.standard_normal((4, 3, 8)).astype(np.float32),
        counts=np.full((4, 3, 8), 7, np.float32),
        subint_mid_s=np.arange(4.0),
        subband_freqs_mhz=np.array([1400.0, 1300.0, 1200.0]),
        freq_hz=1.25,
        fdot_hz_s=-1e-9,
        dm=26.8,
        reference_mhz=1450.0,
    )
    return Fold(
        cube=cube,
        profile=rng.standard_normal(8).astype(np.float32),
        dm_curve=rng.standard_normal((2, 5)).astype(np.float32),
        period_fdot_grid=rng.standard_normal((3, 6)).astype(np.float32),
        freq_offsets_hz=np.arange(6.0),
        fdot_offsets_hz_s=np.arange(3.0),
        features={"persistence": 0.75, "dm0_ratio": 0.1},
    )


def make_tables() -> CatalogueTables:
    reasons = np.zeros((3, 16), np.uint16)
    reasons[:, 4] = Reason.DEAD
    statistics = ChannelStatistics(mean=np.arange(16.0), std=np.ones(16), nsamples=1000)
    return CatalogueTables(
        observations=make_table(OBSERVATION_COLUMNS, 2),
        candidates=make_table(CANDIDATE_COLUMNS, 5),
        detections=make_table(DETECTION_COLUMNS, 40),
        plans={1: make_table(PLAN_COLUMNS, 3), 2: make_table(PLAN_COLUMNS, 1)},
        masks={1: RFIMask(reasons, 512, 1100, np.array([[3, 7], [600, 601]]))},
        statistics={1: statistics, 2: statistics},
        folds={1: make_fold(1), 3: make_fold(3)},
        provenance={"configuration": "[search]\ndm_max = 500.0\n", "stages": json.dumps({"reading": 1.5}), "host": ""},
        costs=make_table(COST_COLUMNS, 6),
    )


def assert_same(found: Any, expected: Any) -> None:
    """Compare two objects made of dataclasses, mappings and arrays."""
    if isinstance(expected, np.ndarray):
        assert found.dtype.kind == expected.dtype.kind
        np.testing.assert_array_equal(found, expected)
    elif isinstance(expected, dict):
        assert found.keys() == expected.keys()
        for key, value in expected.items():
            assert_same(found[key], value)
    elif hasattr(expected, "__slots__"):
        for name in expected.__slots__:
            assert_same(getattr(found, name), getattr(expected, name))
    else:
        assert found == expected


def test_catalogue_written_and_read_back(tmp_path: Path) -> None:
    write_catalogue(tmp_path / "x.h5", make_tables())
    assert_same(read_catalogue(tmp_path / "x.h5"), make_tables())
    assert [path.name for path in tmp_path.iterdir()] == ["x.h5"]


def test_catalogue_without_candidates(tmp_path: Path) -> None:
    empty = CatalogueTables(empty_table(OBSERVATION_COLUMNS), empty_table(CANDIDATE_COLUMNS), empty_table(DETECTION_COLUMNS))
    write_catalogue(tmp_path / "x.h5", empty)
    assert_same(read_catalogue(tmp_path / "x.h5"), empty)
    assert len(QTable.read(tmp_path / "x.h5", path="candidates")) == 0


def test_same_tables_same_bytes(tmp_path: Path) -> None:
    for name in ("a.h5", "b.h5"):
        write_catalogue(tmp_path / name, make_tables())
    assert (tmp_path / "a.h5").read_bytes() == (tmp_path / "b.h5").read_bytes()


def test_attributes_of_the_root(tmp_path: Path) -> None:
    write_catalogue(tmp_path / "x.h5", replace(make_tables(), frame="barycentric"), created="2026-01-01")
    assert read_catalogue(tmp_path / "x.h5").frame == "barycentric"
    with h5py.File(tmp_path / "x.h5") as file:
        attrs = dict(file.attrs)
    assert attrs.pop("fastpipe_version")
    assert attrs == {
        "format": "fastpipe-catalogue",
        "format_version": 5,
        "created": "2026-01-01",
        "dispersion_constant": DISPERSION_CONSTANT,
        "frame": "barycentric",
        "time_scale": "TDB",
    }


def test_every_column_has_unit_and_description(tmp_path: Path) -> None:
    write_catalogue(tmp_path / "x.h5", make_tables())
    with h5py.File(tmp_path / "x.h5") as file:
        for path in ("observations", "candidates", "detections", "plan/1"):
            for column in file[path].dtype.names:
                assert file[path].attrs[f"{column}.description"]
                assert f"{column}.unit" in file[path].attrs
        for dataset in file["folds/1"].values():
            if isinstance(dataset, h5py.Dataset):
                assert dataset.attrs["description"]
                assert "unit" in dataset.attrs


@pytest.mark.parametrize(
    ("path", "columns"),
    [
        ("observations", OBSERVATION_COLUMNS),
        ("candidates", CANDIDATE_COLUMNS),
        ("detections", DETECTION_COLUMNS),
        ("plan/2", PLAN_COLUMNS),
    ],
)
def test_astropy_reads_units_and_descriptions(tmp_path: Path, path: str, columns: tuple[Column, ...]) -> None:
    write_catalogue(tmp_path / "x.h5", make_tables())
    table = QTable.read(tmp_path / "x.h5", path=path)
    assert table.colnames == [column.name for column in columns]
    for column in columns:
        assert table[column.name].info.description == column.description
        assert (table[column.name].unit or u.one) == u.Unit(column.unit)


def make_refused(path: Path, kind: str) -> None:
    """Write a file that is no catalogue of this version."""
    write_catalogue(path, make_tables())
    if kind == "text":
        path.write_text("no catalogue")
        return
    if kind == "truncated":
        os.truncate(path, path.stat().st_size // 2)
        return
    with h5py.File(path, "r+") as file:
        if kind in ("newer", "older"):
            file.attrs["format_version"] = 6 if kind == "newer" else 4
        elif kind == "foreign":
            del file.attrs["format"]
        else:
            del file[{"incomplete": "candidates", "no costs": "costs", "no cube": "folds/1/cube"}[kind]]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("text", "found no HDF5 file"),
        ("truncated", "found a damaged catalogue"),
        ("newer", "found format version 6 in .*, expected 5; install a newer fastpipe"),
        ("older", "found format version 4 in .*, expected 5; search again"),
        ("foreign", "found an HDF5 file of another program"),
        ("incomplete", "found a damaged catalogue"),
        ("no costs", "found a damaged catalogue"),
        ("no cube", "found a damaged catalogue"),
    ],
)
def test_files_that_are_no_catalogues(tmp_path: Path, kind: str, message: str) -> None:
    make_refused(tmp_path / "x.h5", kind)
    with pytest.raises(FileFormatError, match=message):
        read_catalogue(tmp_path / "x.h5")


def test_missing_catalogue(tmp_path: Path) -> None:
    with pytest.raises(InputMissingError, match="found no file"):
        read_catalogue(tmp_path / "x.h5")


@pytest.fixture(scope="module")
def catalogue_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    path = tmp_path_factory.mktemp("catalogue") / "x.h5"
    write_catalogue(path, make_tables())
    return path.read_bytes()


@settings(max_examples=100)
@given(data=st.data())
def test_damage_never_raises_anything_but_our_errors(
    data: st.DataObject, catalogue_bytes: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    content = bytearray(catalogue_bytes)
    for _ in range(data.draw(st.integers(1, 10))):
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.h5"
    path.write_bytes(content)
    with suppress(FastpipeError):
        read_catalogue(path)


def test_full_disk_leaves_the_old_catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fill(*_: Any) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    path = tmp_path / "x.h5"
    write_catalogue(path, make_tables())
    before = path.read_bytes()
    monkeypatch.setattr(Path, "write_bytes", fill)
    with pytest.raises(ResourceError, match="full, expected room for the output"):
        write_catalogue(path, make_tables(), created="later")
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert len(list(tmp_path.iterdir())) == 1


def test_folder_that_may_not_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(ConfigError, match=r"x\.h5 impossible to write \(Permission denied\)"):
        write_catalogue(tmp_path / "x.h5", make_tables())


def test_killed_run_leaves_the_old_catalogue(tmp_path: Path) -> None:
    script = """
import os, signal, sys
from pathlib import Path
from fastpipe.io.atomic import replacing
with replacing(Path(sys.argv[1])) as temporary:
    temporary.write_text("half of it")
    os.kill(os.getpid(), signal.SIGKILL)
"""
    path = tmp_path / "x.h5"
    write_catalogue(path, make_tables())
    before = path.read_bytes()
    done = subprocess.run([sys.executable, "-c", script, str(path)], check=False)
    assert done.returncode == -signal.SIGKILL
    assert path.read_bytes() == before
