"""The DM trials of a search and the time resolution of each."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class DMRange:
    """Neighbouring DM trials with one step and one time resolution."""

    dm_min: float
    """First DM in pc cm^-3."""
    dm_step: float
    """Step between trials in pc cm^-3."""
    ntrials: int
    """Number of trials."""
    downsample: int
    """Samples of the recording added into one sample of the series."""

    @property
    def dm_trials(self) -> NDArray[np.float64]:
        """DMs of the trials in pc cm^-3, shape [ntrials]."""
        return np.asarray(self.dm_min + self.dm_step * np.arange(self.ntrials), np.float64)

    @property
    def dm_max(self) -> float:
        """Last DM in pc cm^-3."""
        return self.dm_min + self.dm_step * (self.ntrials - 1)


@dataclass(frozen=True, slots=True)
class DispersionPlan:
    """All DM ranges of a search, in ascending order."""

    ranges: tuple[DMRange, ...]

    def __repr__(self) -> str:
        ranges = ", ".join(f"{part.dm_min:g} to {part.dm_max:g} by {part.dm_step:g}" for part in self.ranges)
        return f"DispersionPlan of {self.ntrials} trials, DM in pc cm^-3: {ranges}"

    @property
    def dm_trials(self) -> NDArray[np.float64]:
        """DMs of all trials in pc cm^-3, shape [ntrials]."""
        return np.concatenate([dm_range.dm_trials for dm_range in self.ranges])

    @property
    def ntrials(self) -> int:
        """Number of trials of all ranges."""
        return sum(dm_range.ntrials for dm_range in self.ranges)
