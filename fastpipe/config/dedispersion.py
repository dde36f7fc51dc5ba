"""Options of the dispersion plan."""

from math import inf
from typing import Literal

from fastpipe.config.stage import StageConfig
from fastpipe.units import parse_seconds


class DedispersionConfig(StageConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which dispersion measures are tried, and how finely."""

    dm_min: float = 0.0
    """Lowest DM trial in pc cm^-3."""
    dm_max: float = 500.0
    """Highest DM trial in pc cm^-3."""
    dm_step: float | None = None
    """Step between DM trials in pc cm^-3; left out, it follows from smearing_tolerance."""
    smearing_tolerance: float = 1.0
    """How much the distance to the nearest trial may smear pulses: 1 is sqrt(2) times all else, half-way between trials."""
    plan_rule: Literal["budget", "survey"] = "budget"
    """Steps and time resolution from smearing_tolerance alone ("budget"), or as plans of surveys have them, with steps of 1,
    2, 3 or 5 times a power of ten ("survey")."""
    coherent_dm: float = 0.0
    """DM in pc cm^-3 that was removed inside the channels when the recording was made (coherently); 0 for none."""
    min_downsample: int = 1
    """Least number of samples added into one, a power of two: more than 1 loses short pulses and saves time."""
    max_downsample: int = 64
    """Largest number of samples added into one where dispersion inside the channels smears the pulses anyway."""
    deadline: str = ""
    """Wall time in which the search is to end, as in "8h", "30min" or "1h30m": if it is predicted to take longer,
    smearing_tolerance and min_downsample become larger, so that the least sensitivity is lost. Empty for none."""

    def __post_init__(self) -> None:
        self.require(0 <= self.dm_min < inf, "dm_min", "a DM of at least 0 pc cm^-3")
        self.require(self.dm_min <= self.dm_max < inf, "dm_max", f"a finite DM of at least dm_min = {self.dm_min} pc cm^-3")
        self.require(self.dm_step is None or 0 < self.dm_step < inf, "dm_step", "a positive step in pc cm^-3")
        self.require(0 < self.smearing_tolerance < inf, "smearing_tolerance", "a positive number")
        self.require(0 <= self.coherent_dm < inf, "coherent_dm", "a DM of at least 0 pc cm^-3")
        self.require(self.max_downsample >= 1, "max_downsample", "at least 1 sample")
        is_power_of_two = self.min_downsample > 0 and self.min_downsample & (self.min_downsample - 1) == 0
        self.require(
            is_power_of_two and self.min_downsample <= self.max_downsample,
            "min_downsample",
            f"a power of two of at most max_downsample = {self.max_downsample}",
        )
        if self.deadline:
            parse_seconds(self.deadline)
