"""Grouping of detections from its definition: every pair is looked at."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def group_by_definition(table: Any, tobs_s: float, tolerance_bins: float) -> NDArray[np.int64]:
    """Index of the leader of each detection, strongest first: the first that is none's duplicate and explains it."""
    leader = np.full(len(table), -1)
    for index in range(len(table)):
        if leader[index] < 0:
            leader[index] = index
            for other in range(index + 1, len(table)):
                if leader[other] < 0 and _explains(table[index], table[other], tobs_s, tolerance_bins):
                    leader[other] = index
    return leader


def _explains(strong: Any, weak: Any, tobs_s: float, tolerance_bins: float) -> bool:
    power = max(float(strong["power"] - strong["nharm"]), 0.0)
    weak_power = max(float(weak["power"] - weak["nharm"]), 0.0)
    sweep = abs(weak["z"] - strong["z"]) / 2 + abs(weak["w"] - strong["w"]) / 8
    if sweep > 0:
        power *= max(weak["nharm"] / strong["nharm"], 1.0)
    part = max(4 / max(2 * sweep, 1), 0.7 * (weak["w"] != strong["w"]))
    if 2 * sweep > 4 * tolerance_bins and weak_power > part * power:
        return False
    beyond = abs(weak["freq_hz"] - strong["freq_hz"]) * tobs_s - sweep
    return bool(beyond <= max(tolerance_bins, 2 / np.pi * np.sqrt(power / max(weak_power, 1.0))))
