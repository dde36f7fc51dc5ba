"""What a night was: the content of its page, its table and its metrics."""

import math
from collections import Counter
from dataclasses import dataclass
from typing import Literal

from fastpipe.data.night_state import SearchStatus

RowStatus = SearchStatus | Literal["waiting"]
"""Status of an observation: that of its search, or that its files are not complete yet."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NightRow:
    """One observation of a night. What only a catalogue says is NaN or 0 without one."""

    name: str
    """Name of the observation and of its folder."""
    source: str
    """Name of the source."""
    beam: int
    """Number of the beam from 1; 0 if unknown."""
    status: RowStatus
    """Where it stands."""
    reason: str
    """One sentence: why it is not done, or what its files lack; empty for most that are done."""
    nbytes: int
    """Size of its files in bytes."""
    exit_code: int | None = None
    """Exit code of the last attempt; None before the first end."""
    nattempts: int = 0
    """Attempts that ended."""
    wall_s: float = 0.0
    """Wall time of all attempts in s."""
    cpu_s: float = 0.0
    """CPU time of all attempts in s."""
    tobs_s: float = math.nan
    """Length of the observation in s."""
    masked_fraction: float = math.nan
    """Fraction of the data masked as interference."""
    ncandidates: int = 0
    """Candidates that are left after the beams were compared."""
    nshared: int = 0
    """Candidates left out because no point of the sky explains the beams in which they are seen."""

    @property
    def real_time_factor(self) -> float:
        """Seconds of observation searched in a second of wall time; 0 where none was."""
        return self.tobs_s / self.wall_s if self.wall_s > 0 and self.tobs_s > 0 else 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class NightCandidate:
    """A candidate of the night: of one that several beams see, the strongest."""

    cand_id: int
    """Number in the catalogue of the night."""
    observation: str
    """Name of the observation."""
    beam: int
    """Number of its beam."""
    period_s: float
    """Spin period in s."""
    dm: float
    """Dispersion measure in pc cm^-3."""
    snr: float
    """S/N of the folded profile."""
    score: float
    """Probability that it is a pulsar by its fold."""
    log10_fap: float
    """Logarithm of the number of such detections that noise gives in the search of its observation."""
    known_pulsar: str
    """The known pulsar that it is, with the harmonic; empty for a new one."""
    beams: tuple[int, ...]
    """Beams that see it, the strongest first; only its own if no beams were compared."""
    warning: str
    """What the mask may have done to it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ExpectedPulsar:
    """A known pulsar that lies in the beam of an observation: of several beams, in the nearest one."""

    name: str
    """Its name."""
    observation: str
    """Name of the observation."""
    beam: int
    """Number of the beam."""
    distance_arcmin: float
    """Its distance from the middle of the beam in arcmin."""
    period_s: float
    """Its period in s."""
    dm: float
    """Its dispersion measure in pc cm^-3."""
    flux_1400_mjy: float
    """Its flux density at 1400 MHz in mJy; NaN where unknown."""
    is_seen: bool
    """Whether a candidate of this pointing has its name."""
    is_alarm: bool
    """Whether somebody should find out why it was missed."""
    reason: str
    """In words: the S/N it was seen with, or why it may be missed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SharedInterference:
    """A signal that too many beams see for a source on the sky."""

    period_s: float
    """Its period in s."""
    dm: float
    """Its dispersion measure in pc cm^-3, in the beam where it is strongest."""
    beams: tuple[int, ...]
    """Beams in which it was a candidate."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NightSummary:
    """A night, as its page shows it."""

    inbox: str
    """Folder in which files arrive."""
    start_unix_s: float
    """Begin in s since 1970 (UTC)."""
    updated_unix_s: float
    """When this was made, in s since 1970 (UTC)."""
    is_over: bool
    """False while more may happen."""
    rows: tuple[NightRow, ...]
    """All observations."""
    candidates: tuple[NightCandidate, ...]
    """All candidates, the most significant first."""
    pulsars: tuple[ExpectedPulsar, ...]
    """Known pulsars in the beams."""
    interference: tuple[SharedInterference, ...]
    """Signals common to beams."""
    remarks: tuple[str, ...]
    """What went wrong with the night as a whole, and what its catalogue remarks."""
    unmatched_patterns: tuple[str, ...] = ()
    """Patterns of observations in the manifest that no file fits, when the night is over."""

    def count(self, *statuses: RowStatus) -> int:
        """Count the observations with one of these statuses."""
        counts = Counter(row.status for row in self.rows)
        return sum(counts[status] for status in statuses)

    @property
    def core_s(self) -> float:
        """CPU time of all searches in s."""
        return sum(row.cpu_s for row in self.rows)

    @property
    def searched_bytes(self) -> int:
        """Size of the files of all observations that are done."""
        return sum(row.nbytes for row in self.rows if row.status == "done")

    @property
    def tobs_s(self) -> float:
        """Length of all observations that are done, in s."""
        return sum(row.tobs_s for row in self.rows if row.status == "done" and row.tobs_s > 0)
