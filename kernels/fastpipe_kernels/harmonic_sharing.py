"""Whether a weaker signal is a harmonic of a stronger one, by the power in the Fourier bins that they share."""

import math
from typing import Any, Final

from numpy.typing import NDArray

from fastpipe_kernels._jit import kernel
from fastpipe_kernels.detection_groups import BINS, EXCESS, NHARM

UNKNOWN, EXPLAINED, OWN = range(3)
"""Verdicts: the powers cannot tell; the stronger signal has all that is significant; the weaker is a signal of its own."""

MOST_OF_SHOWN: Final = 1.5
"""Power that a harmonic may have in one detection over that in another one at a neighbouring DM or drift."""
AMPLITUDE_NOISE: Final = 3.0
"""Noise of an amplitude (root of a power) that is allowed: 4 standard deviations."""
LEAST_MEASURED: Final = 0.5
"""Least part of the excess that must lie in harmonics in which both were measured."""


@kernel
def log_gamma_tail(power: float, count: int) -> float:
    """Return the logarithm of the probability that `count` powers of mean 1 in noise add up to at least `power`."""
    if count == 0 or power <= 0.0:
        return 0.0
    total, term = 1.0, 1.0
    for order in range(1, count):
        term *= power / order
        total += term
    return math.log(total) - power


@kernel
def poisson_tail(count: int, expected: float) -> float:
    """Return the probability that chance gives `count` or more where it gives `expected` in the mean; 1 at or below that."""
    if count <= expected:
        return 1.0
    if expected <= 0.0:
        return 0.0
    term = math.exp(count * math.log(expected) - expected - math.lgamma(count + 1.0))
    total, order = 0.0, count
    while term > 1e-9 * total and term > 0.0:
        total += term
        order += 1
        term *= expected / order
    return total


@kernel
def _wing(distance_bins: float, power: float) -> float:
    """Return the power of a line at a distance of some bins: half of the largest, that of 1 / (pi d)^2."""
    return power / max(math.pi * distance_bins, 1.0) ** 2


@kernel
def judge_by_power(
    strong: NDArray[Any],
    weak: NDArray[Any],
    strong_powers: NDArray[Any],
    weak_powers: NDArray[Any],
    ratio: tuple[int, int],
    log_chance: float,
) -> int:
    """Return whether a signal at `ratio` (up, down) of a stronger one is explained by what they share, or is its own.

    Every harmonic `down` j of the weaker is harmonic `up` j of the stronger. A signal is its own if noise gives its other
    harmonics, less the wings of the stronger one's lines, with at most exp(`log_chance`) (a sum of exponential variables),
    or if it has clearly more power in the shared ones than the stronger showed. It is explained if neither is so, and most
    of its power lies where both were measured.

    Parameters: `strong`, `weak` float64 [5] as in `find_leaders`; their powers float32 [at least nharm].

    Cost: some 10 operations a harmonic.
    """
    up, down = ratio
    nstrong = int(strong[NHARM])
    unshared, shared, shown, nunshared, nmeasured = 0.0, 0.0, 0.0, 0, 0
    for number in range(1, int(weak[NHARM]) + 1):
        power = float(weak_powers[number - 1])
        of_strong = number // down * up
        if number % down:
            place = number * weak[BINS] / strong[BINS]
            nearest = min(max(int(place + 0.5), 1), nstrong)
            distance = abs(place - nearest) * strong[BINS]
            unshared += power - _wing(distance, max(float(strong_powers[nearest - 1]) - 1.0, 0.0))
            nunshared += 1
        elif of_strong <= nstrong:
            shared += power
            shown += float(strong_powers[of_strong - 1])
            nmeasured += 1
    if nunshared and log_gamma_tail(unshared, nunshared) <= log_chance:
        return OWN
    if nmeasured == 0 or shared - nmeasured < LEAST_MEASURED * weak[EXCESS]:
        return UNKNOWN
    return OWN if math.sqrt(shared) > math.sqrt(MOST_OF_SHOWN * shown) + AMPLITUDE_NOISE else EXPLAINED
