"""A search as it would run: its trials, what they can see, and what they cost."""

from dataclasses import dataclass

from fastpipe.data.deadline_choice import DeadlineChoice
from fastpipe.data.dispersion_plan import DispersionPlan
from fastpipe.data.drift_range import DriftRange
from fastpipe.data.header import Header
from fastpipe.data.search_cost import SearchCost
from fastpipe.data.smearing import Smearing

PULSE_WIDTHS_S = (1e-3, 5e-3, 50e-3)
"""Full widths at half maximum in s of the pulses for which a plan says how much S/N it keeps."""


@dataclass(frozen=True, slots=True)
class PlannedSearch:
    """What ``fastpipe plan`` tells."""

    header: Header
    """Of the recording."""
    dispersion: DispersionPlan
    """The DM trials."""
    smearing: Smearing
    """What widens a pulse at each of them."""
    cost: SearchCost
    """Time, memory and bytes."""
    deadline: DeadlineChoice | None = None
    """What was given up to be in time; None without a deadline."""
    drifts: DriftRange | None = None
    """Drifts of the frequency that were asked for; None for none."""
