"""Folded cubes in the catalogue: one HDF5 group for each candidate."""

from typing import Final

import h5py
import numpy as np

from fastpipe.data.catalogue import Fold
from fastpipe.data.folded_cube import FoldedCube
from fastpipe.data.tables import Column

FOLD_ARRAYS: Final = (
    Column("cube", "f4", "", "mean-subtracted sums in units of the cleaned data [nsubints, nsubbands, nbins]"),
    Column("weights", "f4", "", "samples times channels in each phase bin [nsubints, nsubbands, nbins]"),
    Column("subint_mid_s", "f8", "s", "middle of each sub-integration after the epoch [nsubints]"),
    Column("subband_freqs_mhz", "f8", "MHz", "frequency to which each sub-band was dedispersed [nsubbands]"),
    Column("profile", "f4", "", "profile at the refined values in units of its noise [nbins]"),
    Column("dm_curve", "f4", "", "rows: DM in pc / cm3, and S/N at that DM [2, ndms]"),
    Column("period_fdot_grid", "f4", "", "S/N against frequency and its derivative [nfdots, nfreqs]"),
    Column("freq_offsets_hz", "f8", "Hz", "frequencies of the grid less the refined one [nfreqs]"),
    Column("fdot_offsets_hz_s", "f8", "Hz / s", "frequency derivatives of the grid less the refined one [nfdots]"),
)
"""The arrays of a fold. Sums of the cube over its first two axes are the profile before scaling."""

_VALUES: Final = ("freq_hz", "fdot_hz_s", "fddot_hz_s2", "dm", "reference_mhz")
_COMPRESSED: Final = ("cube", "weights")


def write_fold(parent: h5py.Group, name: str, fold: Fold) -> None:
    """Write one fold as a group.

    Parameters
    ----------
    parent
        Group of an open HDF5 file.
    name
        Name of the new group: the cand_id.
    fold
        The folded cube and what was measured on it.
    """
    group = parent.create_group(name)
    arrays = {
        "cube": fold.cube.cube,
        "weights": fold.cube.counts,
        "subint_mid_s": fold.cube.subint_mid_s,
        "subband_freqs_mhz": fold.cube.subband_freqs_mhz,
        "profile": fold.profile,
        "dm_curve": fold.dm_curve,
        "period_fdot_grid": fold.period_fdot_grid,
        "freq_offsets_hz": fold.freq_offsets_hz,
        "fdot_offsets_hz_s": fold.fdot_offsets_hz_s,
    }
    for column in FOLD_ARRAYS:
        data = np.asarray(arrays[column.name], column.dtype)
        options = {"compression": "gzip", "shuffle": True} if column.name in _COMPRESSED and data.size else {}
        dataset = group.create_dataset(column.name, data=data, **options)
        dataset.attrs["unit"] = column.unit
        dataset.attrs["description"] = column.description
    for value in _VALUES:
        group.attrs[value] = float(getattr(fold.cube, value))
    for group_name, numbers in (("features", fold.features), ("contributions", fold.contributions)):
        values = group.create_group(group_name)
        for feature, number in sorted(numbers.items()):
            values.attrs[feature] = float(number)


def read_fold(group: h5py.Group) -> Fold:
    """Read one fold.

    Parameters
    ----------
    group
        The group of the candidate.

    Returns
    -------
    Fold
        The folded cube and what was measured on it.

    Raises
    ------
    KeyError
        If something is missing.
    """
    arrays = {column.name: np.asarray(group[column.name][()], column.dtype) for column in FOLD_ARRAYS}
    cube = FoldedCube(
        cube=arrays["cube"],
        counts=arrays["weights"],
        subint_mid_s=arrays["subint_mid_s"],
        subband_freqs_mhz=arrays["subband_freqs_mhz"],
        **{value: float(group.attrs[value]) for value in _VALUES},
    )
    measured = ("profile", "dm_curve", "period_fdot_grid", "freq_offsets_hz", "fdot_offsets_hz_s")
    features, contributions = (
        {feature: float(number) for feature, number in group[name].attrs.items()} for name in ("features", "contributions")
    )
    return Fold(cube=cube, features=features, contributions=contributions, **{name: arrays[name] for name in measured})
