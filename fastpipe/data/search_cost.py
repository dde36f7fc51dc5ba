"""What a search is predicted to cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StageCost:
    """Time of one stage."""

    stage: str
    """What is done."""
    wall_s: float
    """Predicted wall time in s."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PassCost:
    """One reading of the recording, and the DM trials that are made and searched with it."""

    dm_min: float
    """First DM in pc cm^-3."""
    dm_max: float
    """Last DM in pc cm^-3."""
    ntrials: int
    """Number of DM trials."""
    nchunks: int
    """Pieces in which the recording is read."""
    read_bytes: int
    """Bytes read, with what neighbouring pieces share."""
    additions: int
    """Additions of dedispersion."""
    transform_points: int
    """Samples of all series that are Fourier transformed, with the zeros after them."""
    peak_bytes: int
    """Most memory at any time in this pass, with that of the program."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SearchCost:
    """Cost of a whole search."""

    stages: tuple[StageCost, ...]
    """In the order in which they run."""
    passes: tuple[PassCost, ...]
    """In the order of DM."""
    ntrials: float
    """Effective number of trials: independent ones that would give as many false alarms."""
    zmax: float = 0.0
    """Largest drift that is tried, in Fourier bins of any harmonic; 0 without acceleration."""
    wmax: float = 0.0
    """Largest change of the drift that is tried, in Fourier bins of any harmonic; 0 without jerk."""
    nthreads: int
    """Threads that the times are for."""
    other_bytes: int
    """Most memory of the stages before and after the passes, with that of the program."""
    catalogue_bytes: int
    """Most bytes of the catalogue, before its compression."""
    max_candidates: int
    """Candidates that are folded at most."""
    max_folding_s: float
    """Predicted wall time in s of folding and refining so many, in place of the stage of folding."""

    @property
    def wall_s(self) -> float:
        """Predicted wall time of all stages in s."""
        return sum(stage.wall_s for stage in self.stages)

    @property
    def peak_bytes(self) -> int:
        """Most memory at any time."""
        return max(self.other_bytes, *(reading.peak_bytes for reading in self.passes))
