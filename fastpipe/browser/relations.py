"""Candidates whose frequencies are simple fractions of one another."""

from fractions import Fraction
from typing import Final, NamedTuple

import numpy as np

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.ledger import candidate_tobs_s, simple_ratio

_MOST: Final = 20
_LARGEST_MULTIPLE: Final = 16
_LARGEST_OF_FRACTION: Final = 4
_RATIOS: Final = tuple(
    sorted(
        {Fraction(n) for n in range(1, _LARGEST_MULTIPLE + 1)}
        | {Fraction(1, n) for n in range(1, _LARGEST_MULTIPLE + 1)}
        | {Fraction(a, b) for a in range(1, _LARGEST_OF_FRACTION + 1) for b in range(1, _LARGEST_OF_FRACTION + 1)}
    )
)


class Relation(NamedTuple):
    """Another candidate, and the fraction that its frequency is of the chosen one."""

    row: int
    ratio: Fraction


def related_candidates(tables: CatalogueTables, row: int) -> list[Relation]:
    """Find the candidates of the same observation that are harmonically related to one.

    Parameters
    ----------
    tables
        The catalogue.
    row
        Position of the candidate.

    Returns
    -------
    list of Relation
        The first twenty in the order of the catalogue, the most significant first.
    """
    candidates = tables.candidates
    others = np.flatnonzero(candidates["obs_id"] == candidates["obs_id"][row])
    others = others[others != row]
    freq_hz = float(candidates["freq_hz"][row])
    tobs_s = float(candidate_tobs_s(tables.observations, candidates[row : row + 1])[0])
    if not (freq_hz > 0 and tobs_s > 0):
        return []
    freqs_hz = candidates["freq_hz"][others]
    near = np.zeros(len(others), np.bool_)
    for ratio in _RATIOS:
        # Wider than the test below, which decides: this one only spares it the thousands that are far away.
        tolerance_hz = 2 * max(ratio.numerator, ratio.denominator) / (ratio.denominator * tobs_s)
        near |= np.abs(freqs_hz - float(ratio) * freq_hz) <= tolerance_hz
    found = []
    for other in others[near].tolist():
        exact = simple_ratio(float(candidates["freq_hz"][other]), freq_hz, tobs_s)
        if exact is not None:
            found.append(Relation(other, exact))
    return found[:_MOST]
