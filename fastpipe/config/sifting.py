"""Options of the sifting of detections."""

from math import inf

from fastpipe.config.stage import StageConfig


class SiftingConfig(StageConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which detections become candidates."""

    log10_fap_max: float = 0.0
    """Detections of which noise gives more than 10 to this power in the whole run are left out as faint."""
    min_dm_hits: int = 2
    """Smallest number of neighbouring DM trials in which a signal must be seen."""
    dm_low: float = 1.0
    """Signals that are strongest below this DM, in pc cm^-3, are taken for interference."""
    max_candidates: int = 100
    """Largest number of candidates that are folded, the most significant first."""

    def __post_init__(self) -> None:
        self.require(-inf < self.log10_fap_max < inf, "log10_fap_max", "a finite power of ten")
        self.require(self.min_dm_hits >= 1, "min_dm_hits", "at least 1 DM trial")
        self.require(0 <= self.dm_low < inf, "dm_low", "a DM of at least 0 pc cm^-3")
        self.require(self.max_candidates >= 1, "max_candidates", "at least 1 candidate")
