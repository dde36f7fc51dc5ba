"""What the report of a catalogue tells beyond its tables."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from fastpipe.data.catalogue import CatalogueTables, Fold
from fastpipe.data.dispersion_plan import DispersionPlan
from fastpipe.data.labels import LabelAct
from fastpipe.data.measured_cost import CostSummary
from fastpipe.data.smearing import Smearing


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedCandidate:
    """One of the best candidates, with all that is shown of it."""

    row: np.void
    """Row with the columns of `CANDIDATE_COLUMNS`."""
    note: str
    """Of which better candidate it may be a harmonic; empty for none."""
    sentences: tuple[str, ...]
    """What speaks for and against a pulsar, the weightiest first."""
    fold: Fold | None
    """Its fold; None where it was not folded."""
    page: bytes
    """Its page as a PNG file; empty where it was not folded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedPlan:
    """DM trials that one or more observations were searched at, and what they lose."""

    obs_ids: tuple[int, ...]
    """Numbers of these observations."""
    dispersion: DispersionPlan
    smearing: Smearing


@dataclass(frozen=True, kw_only=True, slots=True)
class Report:
    """A catalogue as its report shows it."""

    tables: CatalogueTables
    best: tuple[ReportedCandidate, ...]
    """The best candidates, the best first."""
    plans: tuple[ReportedPlan, ...]
    """Plans that differ, in the order of their observations; none for series."""
    cost: CostSummary
    labels: Mapping[int, tuple[LabelAct, ...]]
    """What people say now, by the number of the candidate."""
