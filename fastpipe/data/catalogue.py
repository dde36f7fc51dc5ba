"""Everything one search found, as plain tables and arrays: what the HDF5 file holds."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe.data.folded_cube import FoldedCube
from fastpipe.data.rfi_mask import RFIMask
from fastpipe.data.tables import COST_COLUMNS, Table, empty_table


@dataclass(frozen=True, slots=True)
class Fold:
    """Folded cube of one candidate and what was measured on it."""

    cube: FoldedCube
    """The cube, rotated to the refined values, so that its sums are the best profile."""
    profile: NDArray[np.float32]
    """Profile at the refined values, in units of its noise, shape [nbins]."""
    dm_curve: NDArray[np.float32]
    """S/N against DM: rows are DM in pc cm^-3 and S/N, shape [2, ndms]."""
    period_fdot_grid: NDArray[np.float32]
    """S/N against frequency and its derivative, shape [nfdots, nfreqs]."""
    freq_offsets_hz: NDArray[np.float64]
    """Frequencies of the grid less the refined one in Hz, shape [nfreqs]."""
    fdot_offsets_hz_s: NDArray[np.float64]
    """Frequency derivatives of the grid less the refined one in Hz s^-1, shape [nfdots]."""
    features: Mapping[str, float]
    """The physical features the score was made from."""
    contributions: Mapping[str, float] = field(default_factory=dict)
    """What each feature adds to the logarithm of the odds of a pulsar, and `base`, the odds before any feature."""


@dataclass(frozen=True, slots=True)
class CatalogueTables:
    """The content of a catalogue. Keys of the mappings are obs_id, and cand_id for folds."""

    observations: Table
    candidates: Table
    detections: Table
    plans: Mapping[int, Table] = field(default_factory=dict)
    masks: Mapping[int, RFIMask] = field(default_factory=dict)
    statistics: Mapping[int, ChannelStatistics] = field(default_factory=dict)
    birdies: Mapping[int, Table] = field(default_factory=dict)
    folds: Mapping[int, Fold] = field(default_factory=dict)
    frame: str = "topocentric"
    """Frame of periods and epochs: topocentric (UTC) or barycentric (TDB)."""
    provenance: Mapping[str, str] = field(default_factory=dict)
    """Texts that say how the catalogue was made: configuration, versions, machine."""
    costs: Table = field(default_factory=lambda: empty_table(COST_COLUMNS))
    """What every stage took, which no two runs have in common."""

    @property
    def time_scale(self) -> str:
        """Time scale of the epochs of candidates: UTC at the telescope, TDB at the barycentre."""
        return "TDB" if self.frame == "barycentric" else "UTC"
