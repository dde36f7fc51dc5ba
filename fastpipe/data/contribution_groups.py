"""Contributions to a score that only mean something together, as one."""

from collections.abc import Mapping
from typing import Final

BASE: Final = "base"
"""Name under which the odds before any feature stand beside the contributions."""
MOMENTS: Final = ("mean", "std", "kurtosis", "skewness")
"""Names of the moments of a curve, in the order in which they are measured."""
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    f"{curve}_shape": tuple(f"{curve}_{moment}" for moment in MOMENTS) for curve in ("profile", "dm_curve")
}
"""Names of groups, and of the features in each: the four moments of a curve describe one shape."""
_GROUP_OF: Final = {name: group for group, names in GROUPS.items() for name in names}


def group_of(name: str) -> str:
    """Return the group of a feature; a feature by itself is its own.

    Examples
    --------
    >>> group_of("profile_mean"), group_of("snr")
    ('profile_shape', 'snr')
    """
    return _GROUP_OF.get(name, name)


def group_contributions(contributions: Mapping[str, float]) -> dict[str, float]:
    """Add up what the features of each group contribute.

    Parameters
    ----------
    contributions
        What each feature adds to the logarithm of the odds.

    Returns
    -------
    dict
        By the names of groups and of features that are in none; the sum stays the same.

    Examples
    --------
    >>> group_contributions({"base": -1.0, "profile_mean": 0.5, "profile_kurtosis": 0.25})
    {'base': -1.0, 'profile_shape': 0.75}
    """
    grouped: dict[str, float] = {}
    for name, value in contributions.items():
        grouped[group_of(name)] = grouped.get(group_of(name), 0.0) + value
    return grouped
