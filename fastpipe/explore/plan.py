"""The plan of a search that shows itself."""

from html import escape

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.dispersion_plan import DispersionPlan
from fastpipe.data.planned_search import PULSE_WIDTHS_S, PlannedSearch
from fastpipe.data.search_cost import SearchCost
from fastpipe.data.smearing import Smearing
from fastpipe.plotting.picture import Picture
from fastpipe.plotting.plan import draw_plan
from fastpipe.plotting.plan_text import plan_report
from fastpipe.units import format_bytes, format_seconds


class Plan:
    """What a search would try, lose and cost.

    Parameters
    ----------
    planned
        The plan.
    """

    def __init__(self, planned: PlannedSearch) -> None:
        self.planned = planned

    @property
    def dispersion(self) -> DispersionPlan:
        """The ranges of DM trials."""
        return self.planned.dispersion

    @property
    def dm_trials(self) -> NDArray[np.float64]:
        """DMs of all trials in pc cm^-3, shape [ntrials]."""
        return self.planned.dispersion.dm_trials

    @property
    def smearing(self) -> Smearing:
        """What widens a pulse at each of them, and how much S/N it keeps."""
        return self.planned.smearing

    @property
    def cost(self) -> SearchCost:
        """Time, memory and bytes."""
        return self.planned.cost

    def plot(self) -> Picture:
        """Draw smearing and S/N kept against DM."""
        return Picture(draw_plan(self.planned.header, self.dispersion, self.smearing))

    def __repr__(self) -> str:
        return "\n".join(["Plan", *(f"  {line}".rstrip() for line in plan_report(self.planned))])

    def _repr_html_(self) -> str:
        cost, ends = self.cost, np.cumsum([dm_range.ntrials for dm_range in self.dispersion.ranges]) - 1
        caption = (
            f"Plan: {self.dispersion.ntrials} DM trials, {format_seconds(cost.wall_s)} with {cost.nthreads} threads, "
            f"{format_bytes(cost.peak_bytes)} of memory"
        )
        kept = [f"S/N kept of {1e3 * width_s:g} ms (%)" for width_s in PULSE_WIDTHS_S]
        headings = ["DM from", "to (pc/cm3)", "step", "trials", "downsample", "smearing (ms)", *kept]
        rows = [
            [
                f"{dm_range.dm_min:.2f}",
                f"{dm_range.dm_max:.2f}",
                f"{dm_range.dm_step:g}",
                str(dm_range.ntrials),
                str(dm_range.downsample),
                f"{1e3 * self.smearing.total_s[end]:.3f}",
                *(f"{100 * self.smearing.snr_kept(width_s)[end]:.0f}" for width_s in PULSE_WIDTHS_S),
            ]
            for dm_range, end in zip(self.dispersion.ranges, ends.tolist(), strict=True)
        ]
        head = "".join(f"<th>{escape(heading)}</th>" for heading in headings)
        body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
        return f"<table><caption>{escape(caption)}</caption><tr>{head}</tr>{body}</table>"
