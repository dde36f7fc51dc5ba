"""The catalogue of a search as an HDF5 file."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import h5py

from fastpipe.constants import DISPERSION_CONSTANT
from fastpipe.data.catalogue import CatalogueTables, Fold
from fastpipe.data.tables import (
    BIRDIE_COLUMNS,
    CANDIDATE_COLUMNS,
    COST_COLUMNS,
    DETECTION_COLUMNS,
    OBSERVATION_COLUMNS,
    PLAN_COLUMNS,
)
from fastpipe.errors import FileFormatError
from fastpipe.io.file_stamps import stamp_files
from fastpipe.io.fold_group import read_fold, write_fold
from fastpipe.io.hdf5_file import HDF5Kind, read_hdf5, write_hdf5
from fastpipe.io.hdf5_table import ASTROPY_META_SUFFIX, read_table, write_table
from fastpipe.io.mask_group import read_mask, read_statistics, write_mask, write_statistics
from fastpipe.io.stored_folds import StoredFolds

FORMAT: Final = "fastpipe-catalogue"
"""Attribute `format` of the root group."""

FORMAT_VERSION: Final = 5
"""Attribute `format_version`: a reader refuses files of another one. Versions 1 to 4 were never released: 1 had no birdies,
and its masks no reasons; 2 had no uncertainties of detections; 3 no contributions to scores; 4 no table of costs."""

_KIND: Final = HDF5Kind(FORMAT, FORMAT_VERSION, "catalogue", "a search", "tables", "search again")
_TABLES: Final = {
    "observations": OBSERVATION_COLUMNS,
    "candidates": CANDIDATE_COLUMNS,
    "detections": DETECTION_COLUMNS,
    "costs": COST_COLUMNS,
}


def write_catalogue(path: str | Path, tables: CatalogueTables, created: str = "") -> None:
    """Write a catalogue; it appears under its name when it is complete.

    The same tables give the same bytes. The file is made in memory before it is written, so it must fit there.

    Parameters
    ----------
    path
        The file to write. An older one is replaced.
    tables
        The content.
    created
        Date to store, or an empty text; a date makes the bytes differ from run to run.

    Raises
    ------
    ResourceError
        If the disk is full. Nothing is left behind.
    ConfigError
        If the folder does not exist or may not be written.
    """

    def fill(file: h5py.File) -> None:
        file.attrs["created"] = created
        file.attrs["dispersion_constant"] = DISPERSION_CONSTANT
        file.attrs["frame"] = tables.frame
        file.attrs["time_scale"] = tables.time_scale
        _write_content(file, tables)

    write_hdf5(path, _KIND, fill)


def _write_content(file: h5py.File, tables: CatalogueTables) -> None:
    for name, columns in _TABLES.items():
        write_table(file, name, columns, getattr(tables, name))
    plans, masks, folds, provenance = (file.create_group(name) for name in ("plan", "masks", "folds", "provenance"))
    for obs_id, plan in sorted(tables.plans.items()):
        write_table(plans, str(obs_id), PLAN_COLUMNS, plan)
    birdies = file.create_group("birdies")
    for obs_id, table in sorted(tables.birdies.items()):
        write_table(birdies, str(obs_id), BIRDIE_COLUMNS, table)
    for obs_id in sorted({*tables.masks, *tables.statistics}):
        group = masks.create_group(str(obs_id))
        if obs_id in tables.masks:
            write_mask(group, tables.masks[obs_id])
        if obs_id in tables.statistics:
            write_statistics(group, tables.statistics[obs_id])
    for cand_id, fold in sorted(tables.folds.items()):
        write_fold(folds, str(cand_id), fold)
    for key, text in sorted(tables.provenance.items()):
        provenance.create_dataset(key, data=text, dtype=h5py.string_dtype())


def read_catalogue(path: str | Path, *, with_folds: bool = True) -> CatalogueTables:
    """Read a catalogue into memory.

    Parameters
    ----------
    path
        The file.
    with_folds
        Read the folds too. Without, each is read when it is asked for, from the file, which must stay as it is.

    Returns
    -------
    CatalogueTables
        The content.

    Raises
    ------
    InputMissingError
        If the file does not exist or may not be read.
    FileFormatError
        If it is no catalogue, damaged, or written by a newer or much older fastpipe.
    """

    def read(file: h5py.File) -> CatalogueTables:
        _check_format(file, Path(path))
        tables = _read_content(file)
        if with_folds:
            folds: Mapping[int, Fold] = {int(name): read_fold(group) for name, group in file["folds"].items()}
        else:
            folds = StoredFolds(Path(path), _KIND, sorted(map(int, file["folds"])), stamp_files([Path(path)])[0])
        return replace(tables, folds=folds)

    return read_hdf5(path, _KIND, read)


def _check_format(file: h5py.File, path: Path) -> None:
    if file.attrs.get("format") != FORMAT:
        raise FileFormatError(f"found an HDF5 file of another program in {path}, expected a catalogue of fastpipe; give one")
    version = int(file.attrs["format_version"])
    if version != FORMAT_VERSION:
        advice = "install a newer fastpipe" if version > FORMAT_VERSION else "search again"
        raise FileFormatError(f"found format version {version} in {path}, expected {FORMAT_VERSION}; {advice}")


def _read_content(file: h5py.File) -> CatalogueTables:
    masks = {int(obs_id): read_mask(group) for obs_id, group in file["masks"].items()}
    statistics = {int(obs_id): read_statistics(group) for obs_id, group in file["masks"].items()}
    plans, birdies = (
        {int(name): read_table(file[group], name, columns) for name in file[group] if not name.endswith(ASTROPY_META_SUFFIX)}
        for group, columns in (("plan", PLAN_COLUMNS), ("birdies", BIRDIE_COLUMNS))
    )
    tables: dict[str, Any] = {name: read_table(file, name, columns) for name, columns in _TABLES.items()}
    return CatalogueTables(
        **tables,
        plans=plans,
        masks={obs_id: mask for obs_id, mask in masks.items() if mask is not None},
        statistics={obs_id: found for obs_id, found in statistics.items() if found is not None},
        birdies=birdies,
        frame=str(file.attrs["frame"]),
        provenance={key: dataset[()].decode() for key, dataset in file["provenance"].items()},
    )
