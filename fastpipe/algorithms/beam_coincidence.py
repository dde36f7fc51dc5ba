"""One signal in several beams that looked at the same time: a source on the sky, or interference."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.beam_pattern import BeamSnrs, PointFit, fit_point, flat_log_likelihood

# Candidates of two beams are one signal where frequency and drift agree to these, drifts within three errors besides.
_FREQ_BINS: Final = 1.0
_DRIFT_BINS: Final = 2.0
_ERRORS: Final = 3.0
# Beams farther apart than this many times the least distance of two beams are no neighbours.
_NEIGHBOURS: Final = 1.3
_FLAT_BETTER: Final = 3.0
_MOST_APART: Final = 4
# A point that leaves more misfit than this in each beam does not fit.
_WORST_MISFIT: Final = 4.0


@dataclass(frozen=True, kw_only=True, slots=True)
class BeamSignals:
    """Candidates of all beams of one pointing; all arrays have the shape [n]."""

    beam: NDArray[np.int64]
    """Position of the beam of each candidate in the arrays of offsets."""
    freq_hz: NDArray[np.float64]
    """Frequencies in Hz."""
    fdot_hz_s: NDArray[np.float64]
    """Their derivatives in Hz s^-1."""
    fdot_err_hz_s: NDArray[np.float64]
    """Uncertainties of the derivatives; infinite where they were not measured."""
    dm: NDArray[np.float64]
    """DMs in pc cm^-3."""
    dm_reach: NDArray[np.float64]
    """How far from these DMs the signal would be seen too, in pc cm^-3."""
    snr: NDArray[np.float64]
    """S/N."""


@dataclass(frozen=True, slots=True)
class BeamGroup:
    """Candidates of several beams that are one signal."""

    members: NDArray[np.intp]
    """Their positions in the arrays of `BeamSignals`, the strongest first."""
    is_interference: bool
    """True where no point of the sky explains them."""
    source: PointFit
    """The point of the sky that explains them best."""


def find_coincidences(
    signals: BeamSignals, offsets_arcmin: NDArray[np.float64], tobs_s: float, limit_snr: float
) -> list[BeamGroup]:
    """Group the candidates of the beams of one pointing, and tell sources from interference.

    Of each group the S/N over the beams is compared with a point source anywhere (`fit_point`) and with a signal that is
    alike in all beams. It is interference where the flat signal is e^3 times as likely, or where it is seen in more than 4
    beams that are not all neighbours of one of them and no point source fits; a very bright pulsar is seen in many beams
    too, but weaker with distance.

    Parameters
    ----------
    signals
        The candidates.
    offsets_arcmin
        Offsets of the beams that were searched to the east and to the north, shape [nbeams, 2].
    tobs_s
        Length of the observation in s.
    limit_snr
        S/N below which a beam may have missed the signal.

    Returns
    -------
    list of BeamGroup
        The groups of more than one beam, the strongest first.

    References
    ----------
    Jiang et al. 2020, RAA 20, 64 (the beams of FAST).
    """
    groups = []
    for members in group_signals(signals, tobs_s):
        ordered = members[np.argsort(-signals.snr[members], kind="stable")]
        snr = np.full(len(offsets_arcmin), limit_snr)
        is_seen = np.zeros(len(offsets_arcmin), bool)
        # Of several candidates in one beam the strongest counts: it is written last.
        snr[signals.beam[ordered[::-1]]] = signals.snr[ordered[::-1]]
        is_seen[signals.beam[ordered]] = True
        if np.count_nonzero(is_seen) > 1:
            snrs = BeamSnrs(offsets_arcmin[:, 0], offsets_arcmin[:, 1], snr, is_seen)
            source = fit_point(snrs)
            groups.append(BeamGroup(ordered, _is_interference(snrs, source), source))
    return sorted(groups, key=lambda group: -float(signals.snr[group.members[0]]))


def group_signals(signals: BeamSignals, tobs_s: float) -> list[NDArray[np.intp]]:
    """Return which candidates are one signal: linked by pairs that agree in frequency, drift and DM.

    Parameters
    ----------
    signals
        The candidates.
    tobs_s
        Length of the observation in s.

    Returns
    -------
    list of ndarray
        Positions of the candidates of each group, single ones included; every candidate is in one group.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    count = len(signals.freq_hz)
    if count == 0:
        return []
    order = np.argsort(signals.freq_hz, kind="stable")
    first, second = _near_pairs(signals.freq_hz[order] * tobs_s)
    first, second = order[first], order[second]
    drift = np.abs(signals.fdot_hz_s[first] - signals.fdot_hz_s[second]) * tobs_s**2
    drift_err = np.hypot(signals.fdot_err_hz_s[first], signals.fdot_err_hz_s[second]) * tobs_s**2
    dm_reach = signals.dm_reach[first] + signals.dm_reach[second]
    is_same = drift <= _DRIFT_BINS + _ERRORS * drift_err
    is_same &= np.abs(signals.dm[first] - signals.dm[second]) <= dm_reach
    links = coo_array((is_same[is_same], (first[is_same], second[is_same])), shape=(count, count))
    ngroups, labels = connected_components(links, directed=False)
    by_label = np.argsort(labels, kind="stable")
    return np.split(by_label, np.cumsum(np.bincount(labels, minlength=ngroups))[:-1])


def _near_pairs(bins: NDArray[np.float64]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return all pairs of ascending values that differ by up to the tolerance, as two arrays of positions."""
    stop = np.searchsorted(bins, bins + _FREQ_BINS, "right")
    count = stop - np.arange(len(bins)) - 1
    first = np.repeat(np.arange(len(bins)), count)
    within = np.arange(len(first)) - np.repeat(np.cumsum(count) - count, count)
    return first, first + 1 + within


def _is_interference(snrs: BeamSnrs, source: PointFit) -> bool:
    is_flat = flat_log_likelihood(snrs) > source.log_likelihood + _FLAT_BETTER
    fits_badly = source.misfit > _WORST_MISFIT * len(snrs.snr)
    return is_flat or (fits_badly and _is_spread(snrs))


def _is_spread(snrs: BeamSnrs) -> bool:
    """Tell whether a signal is seen in more beams than a source reaches that are not all neighbours of one of them."""
    if np.count_nonzero(snrs.is_seen) <= _MOST_APART:
        return False
    distance = np.hypot(snrs.east_arcmin[:, None] - snrs.east_arcmin, snrs.north_arcmin[:, None] - snrs.north_arcmin)
    spacing = distance[distance > 0].min()
    is_neighbour = distance <= _NEIGHBOURS * spacing
    return not bool((is_neighbour | ~snrs.is_seen)[snrs.is_seen].all(axis=1).any())
