"""What a search took, added up."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class MeasuredCost:
    """What a stage, an observation or a whole catalogue took."""

    wall_s: float
    """Time in s in which any of it ran: what ran at the same time counts once, time between two runs not at all."""
    cpu_s: float
    """CPU time in s."""
    core_s: float
    """Core-seconds: the sum over all stages of wall time times threads."""
    unfinished_core_s: float
    """The part of `core_s` that went into stages which were interrupted or failed."""
    read_bytes: int
    """Bytes of the recording that were read."""
    peak_bytes: int
    """Most memory of any one process."""
    data_s: float
    """Length in s of what was observed; beams that looked at the same time count once."""
    price: float | None
    """What the core-seconds cost; None where there is no tariff."""

    @property
    def real_time_factor(self) -> float | None:
        """Length of the data over wall time: above 1 it is faster than the telescope; None where no time was measured."""
        return self.data_s / self.wall_s if self.wall_s > 0 else None

    def plain(self) -> dict[str, object]:
        """Return all of it as numbers for JSON, None where they are not finite."""
        values = asdict(self) | {"real_time_factor": self.real_time_factor}
        return {name: _finite(value) for name, value in values.items()}


@dataclass(frozen=True, kw_only=True, slots=True)
class ObservationCost:
    """What one observation took."""

    obs_id: int
    """Number of the observation."""
    source: str
    """Name of the source or pointing."""
    beam: int
    """Number of the beam."""
    total: MeasuredCost
    stages: Mapping[str, MeasuredCost]
    """By the name of the stage, in the order of their begin."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CostSummary:
    """What all searches of a catalogue took."""

    total: MeasuredCost
    stages: Mapping[str, MeasuredCost]
    """By the name of the stage, in the order of their begin."""
    observations: tuple[ObservationCost, ...]
    """Those of which something is known."""
    currency: str
    """Money in which prices are; empty where there is no tariff."""
    price_per_beam_hour: float | None
    """Price of the search of one hour of one beam; None where there is no tariff."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is known of the cost."""
        return not self.stages

    def plain(self) -> dict[str, object]:
        """Return all of it as plain values for JSON."""
        return {
            "currency": self.currency,
            "price_per_beam_hour": _finite(self.price_per_beam_hour),
            "total": self.total.plain(),
            "stages": _plain_stages(self.stages),
            "observations": [
                {
                    "obs_id": observation.obs_id,
                    "source": observation.source,
                    "beam": observation.beam,
                    "total": observation.total.plain(),
                    "stages": _plain_stages(observation.stages),
                }
                for observation in self.observations
            ],
        }


def _finite(value: float | None) -> float | None:
    """Replace what is no number by None: JSON has no word for it."""
    return value if value is not None and math.isfinite(value) else None


def _plain_stages(stages: Mapping[str, MeasuredCost]) -> list[dict[str, object]]:
    return [{"stage": name, **cost.plain()} for name, cost in stages.items()]
