"""What a catalogue cost: its table of costs added up by stage and by observation, with the price."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from fastpipe.config.cost import CostConfig, cost_options
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.measured_cost import CostSummary, MeasuredCost, ObservationCost
from fastpipe.data.tables import Table

_DAY_S = 86400.0
_HOUR_S = 3600.0


def cost_summary(tables: CatalogueTables) -> CostSummary:
    """Add up what the searches of a catalogue took.

    Parameters
    ----------
    tables
        The catalogue. The tariff is that of its configuration; where several were merged that differ in it, there is none.

    Returns
    -------
    CostSummary
        Sums over all, by stage, and by observation.
    """
    tariff, costs = _tariff(tables.provenance), tables.costs
    observations = tables.observations[np.isin(tables.observations["obs_id"], costs["obs_id"])]
    total = _measured(costs, observations, tariff)
    beam_s = float(observations["tobs_s"].sum())
    return CostSummary(
        total=total,
        stages=_by_stage(costs, observations, tariff),
        observations=tuple(_of_observation(costs, row, tariff) for row in observations),
        currency=tariff.currency if tariff else "",
        price_per_beam_hour=None if total.price is None or beam_s <= 0 else total.price * _HOUR_S / beam_s,
    )


def _tariff(provenance: Mapping[str, str]) -> CostConfig | None:
    # The texts of merged catalogues have the name of their catalogue in brackets after the key.
    texts = [text for key, text in provenance.items() if key.partition(" [")[0] == "configuration"]
    found = {cost_options(text) for text in texts}
    tariff = found.pop() if len(found) == 1 else None
    return tariff if tariff and tariff.tariff_per_core_hour > 0 else None


def _of_observation(costs: Table, observation: np.void, tariff: CostConfig | None) -> ObservationCost:
    rows, table = costs[costs["obs_id"] == observation["obs_id"]], np.array([observation])
    return ObservationCost(
        obs_id=int(observation["obs_id"]),
        source=bytes(observation["source"]).decode("utf-8", "replace"),
        beam=int(observation["beam"]),
        total=_measured(rows, table, tariff),
        stages=_by_stage(rows, table, tariff),
    )


def _by_stage(costs: Table, observations: Table, tariff: CostConfig | None) -> dict[str, MeasuredCost]:
    ordered = costs[np.argsort(costs["start_mjd"], kind="stable")]
    stages = dict.fromkeys(ordered["stage"].tolist())
    return {
        stage.decode("utf-8", "replace"): _measured(ordered[ordered["stage"] == stage], observations, tariff)
        for stage in stages
    }


def _measured(costs: Table, observations: Table, tariff: CostConfig | None) -> MeasuredCost:
    core_s = float(costs["core_s"].sum())
    return MeasuredCost(
        wall_s=covered_s(costs["start_mjd"], costs["wall_s"]),
        cpu_s=float(costs["cpu_s"].sum()),
        core_s=core_s,
        unfinished_core_s=float(costs["core_s"][costs["outcome"] != b"done"].sum()),
        read_bytes=int(costs["read_bytes"].sum()),
        peak_bytes=int(costs["peak_bytes"].max(initial=0)),
        data_s=covered_s(observations["tstart_mjd"], observations["tobs_s"]),
        price=tariff.tariff_per_core_hour * core_s / _HOUR_S if tariff else None,
    )


def covered_s(starts_mjd: NDArray[np.float64], lengths_s: NDArray[np.float64]) -> float:
    """Return the time that is in at least one of several stretches.

    Parameters
    ----------
    starts_mjd
        Begin of each stretch in days, shape [nstretches].
    lengths_s
        Its length in s, shape [nstretches].

    Returns
    -------
    float
        Length of their union in s.

    Examples
    --------
    >>> covered_s(np.array([60000.0, 60000.0, 60001.0]), np.array([3.0, 5.0, 1.0]))
    6.0
    """
    if not len(starts_mjd):
        return 0.0
    order = np.argsort(starts_mjd, kind="stable")
    # Seconds after the first begin: in seconds since 1858 fractions would be lost.
    starts_s = _DAY_S * (starts_mjd[order] - starts_mjd[order[0]])
    ends_s = starts_s + lengths_s[order]
    reach_s = np.maximum.accumulate(ends_s)
    new_s = ends_s - np.maximum(starts_s, np.concatenate(([-np.inf], reach_s[:-1])))
    return float(np.maximum(new_s, 0.0).sum())
