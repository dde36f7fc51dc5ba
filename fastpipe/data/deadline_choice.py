"""What a deadline makes of a search: the options that were asked for, and those that fit."""

from dataclasses import dataclass

from fastpipe.units import format_seconds

SHORT_PULSE_S = 1e-3
"""Full width at half maximum in s of the pulse whose S/N a deadline is explained by."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PlanChoice:
    """The options that decide how much a search sees and costs, and what they give."""

    smearing_tolerance: float
    """Smearing half-way between DM trials, in units of all other smearing."""
    min_downsample: int
    """Least number of samples added into one."""
    ntrials: int
    """Number of DM trials."""
    wall_s: float
    """Predicted wall time in s."""
    snr_kept: float
    """Fraction of its S/N that a pulse of `SHORT_PULSE_S` keeps, on average over all DMs."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadlineChoice:
    """What was given up for a deadline."""

    deadline_s: float
    """Wall time in s in which the search is to end."""
    asked: PlanChoice
    """As configured."""
    chosen: PlanChoice
    """The least loss that fits; the same where the search as configured fits."""

    @property
    def is_needed(self) -> bool:
        """True where anything was given up."""
        return self.asked != self.chosen

    def sentence(self) -> str:
        """Say in one sentence what the deadline costs, with the options that give the same search without one."""
        asked, chosen = self.asked, self.chosen
        deadline = f"deadline of {format_seconds(self.deadline_s)}"
        if not self.is_needed:
            return f"{deadline}: nothing is given up, for {format_seconds(asked.wall_s)} are predicted"
        changed = " and ".join(
            f"{name} = {getattr(chosen, name):g} instead of {getattr(asked, name):g}"
            for name in ("smearing_tolerance", "min_downsample")
            if getattr(chosen, name) != getattr(asked, name)
        )
        lost = f" instead of {asked.snr_kept:.3f}" if f"{asked.snr_kept:.3f}" != f"{chosen.snr_kept:.3f}" else ", as before,"
        return (
            f"{deadline}: with {changed}, {chosen.ntrials} instead of {asked.ntrials} DM trials and "
            f"{format_seconds(chosen.wall_s)} instead of {format_seconds(asked.wall_s)} predicted, pulses of "
            f"{1e3 * SHORT_PULSE_S:g} ms keep {chosen.snr_kept:.3f}{lost} of their S/N on average"
        )
