"""Which signals are harmonics of stronger ones: the loop over all signals, strongest first."""

import math
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from fastpipe_kernels._jit import kernel
from fastpipe_kernels.detection_groups import BINS, EXCESS, NHARM, W, Z, sweep_of
from fastpipe_kernels.harmonic_sharing import EXPLAINED, OWN, UNKNOWN, judge_by_power, poisson_tail

CHANCE_MAX: Final = 0.05
"""A single match is believed when this is the chance that an unrelated signal lies as near to any stronger one."""
MANY_CHANCE_MAX: Final = 1e-3
"""All matches of a signal are believed when chance gives so many with at most this probability."""
SIDEBAND: Final = 20.0
"""Width of the stretch around a window in which unrelated signals are counted, in widths of the window."""
BRIGHT_POWER: Final = 200.0
"""Summed power (20 sigma) from which on a signal is expected to show at fractions of its frequency that are not simple."""
MOST_SHARED: Final = 8.0
"""How much stronger than the mean harmonic of a signal those that it shares with another frequency may be."""
MOST_COVERED: Final = 0.3
"""Where the windows of simpler fractions cover more than this part of all frequencies, lying in one says nothing."""
MOST_PAIRS: Final = 1e8
"""Pairs of a bright signal and a weaker one that are looked at, the brightest first; some seconds. Beyond that, interference
with thousands of bright lines is compared by simple ratios."""
LEAST_SHOWN: Final = 8.0
"""Power above noise that harmonics of a signal must show for another to be explained by them."""


class Signals(NamedTuple):
    """What is known of all signals, strongest first."""

    values: NDArray[np.float64]
    """Fourier bin, z, w, harmonics and power above that of noise, shape [n, 5]."""
    powers: NDArray[np.float32]
    """Powers of the harmonics of those that were refined, shape [nrefined, 32]."""
    rows: NDArray[np.int64]
    """Row of each signal in `powers`, -1 for none, shape [n]."""
    ascending: NDArray[np.float64]
    """Fourier bins by ascending frequency, shape [n]."""
    order: NDArray[np.int64]
    """Number of the signal at each place of `ascending`, shape [n]."""
    buckets: NDArray[np.int64]
    """First place at or above each of nbuckets steps from the lowest to the highest Fourier bin, shape [nbuckets + 1]."""
    spreading: float
    """Power of the bins swept by which a line is weaker."""
    most_summed: float
    """Harmonics of a signal that may have more than were summed; 0 where some signals drift."""


@kernel
def _place_of(signals: Signals, fourier_bin: float) -> int:
    """Return the first place at or above a Fourier bin."""
    ascending, buckets = signals.ascending, signals.buckets
    nbuckets, lowest, highest = len(buckets) - 1, ascending[0], ascending[-1]
    if fourier_bin <= lowest:
        return 0
    if fourier_bin > highest:
        return len(ascending)
    bucket = min(int((fourier_bin - lowest) * (nbuckets / (highest - lowest))), nbuckets - 1)
    # Rounding may put a bin into the bucket beside its own.
    low, high = buckets[max(bucket - 1, 0)], buckets[min(bucket + 2, nbuckets)]
    while low < high:
        middle = (low + high) >> 1
        if ascending[middle] < fourier_bin:
            low = middle + 1
        else:
            high = middle
    return int(low)


@kernel
def _verdict(signals: Signals, root: int, weaker: int, ratio: tuple[int, int], log_chance: float) -> int:
    """Return what the shared power says of two signals; UNKNOWN where it was not stored."""
    root_row, row = signals.rows[root], signals.rows[weaker]
    if root_row < 0 or row < 0:
        return UNKNOWN
    values, powers = signals.values, signals.powers
    return judge_by_power(values[root], values[weaker], powers[root_row], powers[row], ratio, log_chance)


@kernel
def _meet_at(strong: NDArray[Any], weak: NDArray[Any], ratio: tuple[int, int], tolerance_bins: float, steps: float) -> float:
    """Return the largest distance in bins at which two signals meet at a ratio, or -1 where they do not."""
    up, down = ratio
    tolerance = tolerance_bins * min(down / weak[NHARM] + up / strong[NHARM], float(min(up, down)))
    if abs(down * weak[BINS] - up * strong[BINS]) > tolerance:
        return -1.0
    sweep = sweep_of(down * weak[Z] - up * strong[Z], down * weak[W] - up * strong[W])
    return tolerance if 2.0 * sweep <= steps * tolerance else -1.0


@kernel
def _match_simple(
    signals: Signals,
    root: int,
    relations: NDArray[Any],
    limits: tuple[float, float, float],
    believe: float,
    parent: NDArray[Any],
) -> tuple[int, float]:
    """Return how many free weaker signals lie at simple ratios of one, and how many chance would give.

    With `believe` 0 or more, those that power explains, and those whose chance is at most that, are given to it.
    """
    tolerance_bins, steps, log_chance = limits
    values, count, expected = signals.values, 0, 0
    for relation in relations:
        ratio = (int(relation[0]), int(relation[1]))
        half = tolerance_bins * min(1.0, relation[0] / relation[1])
        centre = relation[0] / relation[1] * values[root, BINS]
        first, last = _place_of(signals, centre - half), _place_of(signals, centre + half)
        if believe < 0.0:
            around = _place_of(signals, centre + SIDEBAND * half) - _place_of(signals, centre - SIDEBAND * half)
            expected += max(around - (last - first), 0)
        for place in range(first, last):
            weaker = signals.order[place]
            if weaker <= root or parent[weaker] >= 0:
                continue
            tolerance = _meet_at(values[root], values[weaker], ratio, tolerance_bins, steps)
            if tolerance < 0.0:
                continue
            count += 1
            if believe < 0.0:
                continue
            verdict = _verdict(signals, root, weaker, ratio, log_chance)
            chance = 2.0 * tolerance / (relation[1] * relation[2] * values[root, BINS])
            if verdict == EXPLAINED or (verdict == UNKNOWN and chance <= believe):
                parent[weaker] = root
    return count, expected / (SIDEBAND - 1.0)


@kernel
def _match_shared(
    signals: Signals,
    root: int,
    fractions: NDArray[Any],
    limits: tuple[float, float, float],
    parent: NDArray[Any],
) -> None:
    """Give to a signal the weaker ones at any fraction whose significant harmonics are harmonics that it has shown."""
    tolerance_bins, steps, log_chance = limits
    strong, powers = signals.values[root], signals.powers[signals.rows[root]]
    nharm = int(strong[NHARM])
    for number in range(len(fractions)):
        up, down = fractions[number]
        if up > nharm:
            continue
        shown = 0.0
        for multiple in range(up, nharm + 1, up):
            shown += powers[multiple - 1] - 1.0
        if shown < LEAST_SHOWN:
            continue
        centre, half = up / down * strong[BINS], tolerance_bins * min(up, down) / down
        place = _place_of(signals, centre - half) - 1
        while place + 1 < len(parent) and signals.ascending[place + 1] <= centre + half:
            place += 1
            weaker = signals.order[place]
            if weaker <= root or parent[weaker] >= 0 or signals.rows[weaker] < 0:
                continue
            weak = signals.values[weaker]
            if _meet_at(strong, weak, (up, down), tolerance_bins, steps) < 0.0:
                continue
            if _verdict(signals, root, weaker, (up, down), log_chance) == EXPLAINED:
                parent[weaker] = root


@kernel
def _share_bright(signals: Signals, root: int, weaker: int, tolerance_bins: float) -> tuple[float, float, tuple[int, int]]:
    """Return the part of all frequencies that windows cover up to a match and in all, and its ratio; -1 for no match.

    A signal no stronger than what it shares with a bright one may be a fraction up / down of it for any `down`, as long as
    the windows of all simpler ones leave most frequencies free.
    """
    strong, weak = signals.values[root], signals.values[weaker]
    # Divisions are what costs most.
    quotient, part, of_weak, of_strong = (
        weak[BINS] / strong[BINS],
        2.0 / strong[BINS],
        0.5 / weak[NHARM],
        0.5 / strong[NHARM],
    )
    most_power = MOST_SHARED * strong[EXCESS] / strong[NHARM]
    covered, matched, ratio = 0.0, -1.0, (0, 1)
    for down in range(1, int(weak[NHARM]) + 1):
        up = max(int(down * quotient + 0.5), 1)
        sweep = sweep_of(down * weak[Z] - up * strong[Z], down * weak[W] - up * strong[W])
        shared_power = most_power * (int(weak[NHARM]) // down)
        if sweep > 0.5:
            shared_power /= (2.0 * sweep) ** signals.spreading
        if weak[EXCESS] > shared_power:
            continue
        # The errors of strong lines are half of the largest allowed.
        reach = tolerance_bins * min(down * of_weak + up * of_strong, float(min(up, down))) + sweep
        if covered + reach * part > MOST_COVERED:
            break
        covered += reach * part
        if matched < 0.0 and abs(down * weak[BINS] - up * strong[BINS]) <= reach:
            matched, ratio = covered, (up, down)
    return matched, covered, ratio


@kernel
def _match_bright(
    signals: Signals,
    root: int,
    limits: tuple[float, float, float],
    matches: tuple[NDArray[Any], NDArray[Any], NDArray[Any]],
    parent: NDArray[Any],
) -> None:
    """Give to a bright signal the weaker ones that share its harmonics and are not signals of their own.

    What both were measured for is settled, unless the bright one may have more harmonics than were summed, or something
    drifts. `matches` are signals, chances and ratios, overwritten.
    """
    tolerance_bins, _, log_chance = limits
    found, chances, ratios = matches
    is_settled = signals.rows[root] >= 0 and signals.values[root, NHARM] < signals.most_summed
    count, expected = 0, 0.0
    for weaker in range(root + 1, len(parent)):
        if parent[weaker] >= 0 or (is_settled and signals.rows[weaker] >= 0):
            continue
        matched, covered, ratio = _share_bright(signals, root, weaker, tolerance_bins)
        expected += covered
        if matched >= 0.0:
            found[count], chances[count] = weaker, matched
            ratios[count, 0], ratios[count, 1] = ratio
            count += 1
    is_many = poisson_tail(count, expected) <= MANY_CHANCE_MAX
    for number in range(count):
        if is_many or chances[number] <= CHANCE_MAX:
            ratio = (ratios[number, 0], ratios[number, 1])
            if _verdict(signals, root, found[number], ratio, log_chance) != OWN:
                parent[found[number]] = root


@kernel
def find_parents(
    signal_values: Any,
    relations: NDArray[Any],
    fractions: NDArray[Any],
    limits: tuple[float, float, float],
    parent: NDArray[Any],
) -> None:
    """Find for each signal the stronger one, itself no harmonic, whose harmonic it is.

    Parameters: a plain tuple of what `Signals` holds; `relations` float64 [nrelations, 3], numerator and denominator of
    simple ratios and the gap between them and the next; `fractions` int64 [nfractions, 2], ratios tried where harmonics were
    measured; `limits` the tolerance in bins, the steps of a drift and the logarithm of the chance of `judge_by_power`;
    `parent` int64 [n], overwritten, -1 for none.

    Cost: for each signal that is no harmonic 4 searches a relation; a search for each fraction in which a refined one has
    power; for a bright one 30 operations for each weaker signal and harmonic, for `MOST_PAIRS` pairs in all.
    """
    signals = Signals(*signal_values)
    parent[:] = -1
    matches = (np.empty(len(parent), np.int64), np.empty(len(parent)), np.empty((len(parent), 2), np.int64))
    nroots, npairs = 0, 0
    for root in range(len(parent)):
        if parent[root] >= 0:
            continue
        nroots += 1
        count, expected = _match_simple(signals, root, relations, limits, -1.0, parent)
        if count:
            is_many = poisson_tail(count, expected) <= MANY_CHANCE_MAX
            believe = math.inf if is_many else CHANCE_MAX / nroots
            _match_simple(signals, root, relations, limits, believe, parent)
        if signals.rows[root] >= 0 and signals.values[root, EXCESS] >= LEAST_SHOWN:
            _match_shared(signals, root, fractions, limits, parent)
        if signals.values[root, EXCESS] >= BRIGHT_POWER and npairs < MOST_PAIRS:
            npairs += len(parent) - root
            _match_bright(signals, root, limits, matches, parent)
