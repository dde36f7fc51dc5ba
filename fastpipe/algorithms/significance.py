"""How often noise gives a power: probabilities, their Gaussian equivalents and the thresholds that follow.

The sum of `nharm` normalised powers is above x with probability ``Q(nharm, x) = exp(-x) sum_{k < nharm} x^k / k!`` in noise
(Groth 1975, ApJS 29, 285). All is done with logarithms, so that nothing underflows.
"""

import math
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray


def log_noise_probability(power: ArrayLike, nharm: ArrayLike) -> NDArray[np.float64]:
    """Natural logarithm of the probability that noise gives at least this summed power in one trial.

    Parameters
    ----------
    power
        Summed power, mean 1 a harmonic in noise; not negative.
    nharm
        Number of harmonics summed, broadcast against `power`.

    Returns
    -------
    ndarray
        ln Q(nharm, power), at most 0.

    Examples
    --------
    >>> float(log_noise_probability(12.0, 1)), float(log_noise_probability(1e5, 8).round(1))
    (-12.0, -99927.9)
    """
    x, count = np.broadcast_arrays(np.asarray(power, np.float64), np.asarray(nharm))
    with np.errstate(divide="ignore"):
        log_x = np.log(x)
    log_sum = np.zeros(x.shape)
    # Term by term: interference gives millions of powers, and all their terms at once would take 1.5 kB each.
    for order in range(1, int(count.max(initial=1))):
        np.logaddexp(log_sum, order * log_x - math.lgamma(order + 1.0), out=log_sum, where=order < count)
    return np.asarray(np.minimum(log_sum - x, 0.0))


def sigma_from_log_probability(log_probability: ArrayLike) -> NDArray[np.float64]:
    """Gaussian equivalent of a probability: the sigma that a normal variable exceeds as rarely.

    Parameters
    ----------
    log_probability
        Natural logarithm of the probability.

    Returns
    -------
    ndarray
        Sigma, one-sided; negative above a probability of 1/2.

    Examples
    --------
    >>> float(sigma_from_log_probability(np.log(0.0013498980316300933)).round(6))
    3.0
    """
    from scipy.special import ndtri_exp

    return np.asarray(-ndtri_exp(np.asarray(log_probability, np.float64)))


@cache
def power_threshold(sigma: float, nharm: int) -> float:
    """Find the summed power that noise exceeds in one trial as rarely as a normal variable exceeds `sigma`.

    Parameters
    ----------
    sigma
        Gaussian equivalent of the threshold.
    nharm
        Number of harmonics summed.

    Returns
    -------
    float
        Power, the inverse of `log_noise_probability` followed by `sigma_from_log_probability`.

    Examples
    --------
    >>> round(power_threshold(5.0, 1), 4), round(power_threshold(5.0, 8), 4)
    (15.065, 30.7733)
    """
    from scipy.special import gammaln, log_ndtr

    target = float(log_ndtr(-sigma))
    power = nharm + 8.0 * math.sqrt(nharm) - 2.0 * target
    # ln Q falls ever faster, so Newton's steps come down from the right of the root without passing it.
    for _ in range(60):
        log_probability = float(log_noise_probability(power, nharm))
        log_slope = (nharm - 1) * math.log(power) - power - float(gammaln(nharm)) - log_probability
        step = (target - log_probability) * math.exp(-log_slope)
        power -= step
        if abs(step) < 1e-12 * power:
            break
    return power


def log10_fap(log_probability: ArrayLike, ntrials: float) -> NDArray[np.float64]:
    """Decimal logarithm of the number of detections as rare as this one that noise gives in a run.

    Parameters
    ----------
    log_probability
        Natural logarithm of the probability in one trial.
    ntrials
        Number of independent trials of the run.

    Returns
    -------
    ndarray
        log10 of the expected number of false alarms; 0 means one in such a run.

    Examples
    --------
    >>> float(log10_fap(np.log(1e-9), 1e6).round(6))
    -3.0
    """
    return np.asarray((np.asarray(log_probability, np.float64) + math.log(ntrials)) / math.log(10.0))
