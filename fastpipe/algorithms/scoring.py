"""A score from 0 to 1 that says how much a fold looks like a pulsar, and why.

The score is a product of one factor for each question a person would ask of the plot. Each is a logistic step between "no"
and "yes"; the positions of the steps are first guesses, tested on simulated pulsars, noise and interference.
"""

from collections.abc import Mapping
from typing import Final

import numpy as np

SNR_STEP: Final = (7.0, 0.7)
"""S/N at which a fold is as likely signal as noise, and width of the step."""
PERSISTENCE_STEP: Final = (0.45, 0.07)
"""Fraction of time, or of the band, that must show the pulse. Scintillation and nulling leave less than all."""
UNSEEN_FACTOR: Final = 0.5
"""Factor for a signal of so few turns that nothing can be said about its persistence in time."""
DM_SIGNIFICANCE_STEP: Final = (3.0, 0.7)
"""DM over its error below which the signal is as good as undispersed."""
DM_FIT_STEP: Final = (0.3, 0.1)
"""Correlation of the DM curve with the expected one."""
DM0_EXCESS_STEP: Final = (0.35, 0.07)
"""S/N at DM 0 over the best, above what a pulsar would keep there."""
DM_RESOLVED: Final = 0.5
"""Largest error of the DM in pc cm^-3 with which the band can tell a nearby pulsar from the ground."""
UNRESOLVED_FACTOR: Final = 0.5
"""Factor for a DM that is zero within an error larger than that."""
DM_TESTED_RATIO: Final = 0.8
"""A DM curve is judged only if a pulsar would lose at least the rest of its S/N at DM 0."""
WIDTH_STEP: Final = (0.4, 0.03)
"""Width in turns from which on a profile is like a sine, as interference often is, and some pulsars are."""
WIDE_FACTOR: Final = 0.6
"""Factor for a profile like a sine."""


def score_factors(features: Mapping[str, float]) -> dict[str, float]:
    """Return the factors of the score that the recording allows to judge.

    Parameters
    ----------
    features
        Features as `fold_features.measure_features` gives them; missing ones count as unknown.

    Returns
    -------
    dict
        Some of ``strength, time, band, dispersed, dm_curve, dm_zero, width``, each 0 to 1.
    """

    def get(name: str) -> float:
        return float(features.get(name, np.nan))

    factors = {
        "strength": _step(get("snr"), SNR_STEP),
        "time": _step(get("subint_persistence"), PERSISTENCE_STEP),
        "band": _step(get("subband_persistence"), PERSISTENCE_STEP),
        "dispersed": _step(get("dm") / max(get("dm_err"), 1e-9), DM_SIGNIFICANCE_STEP),
        "width": WIDE_FACTOR + (1.0 - WIDE_FACTOR) * _step(-get("width_phase"), (-WIDTH_STEP[0], WIDTH_STEP[1])),
    }
    if np.isnan(features.get("subint_persistence", 1.0)):
        factors["time"] = UNSEEN_FACTOR
    if not get("dm_err") <= DM_RESOLVED:
        factors["dispersed"] = UNRESOLVED_FACTOR + (1.0 - UNRESOLVED_FACTOR) * factors["dispersed"]
    if get("dm0_expected") <= DM_TESTED_RATIO:
        excess = get("dm0_ratio") - get("dm0_expected")
        factors["dm_curve"] = _step(get("dm_fit"), DM_FIT_STEP)
        factors["dm_zero"] = _step(-excess, (-DM0_EXCESS_STEP[0], DM0_EXCESS_STEP[1]))
    return {name: factor for name, factor in factors.items() if not np.isnan(factor)}


def score_fold(features: Mapping[str, float]) -> float:
    """Score a fold from 0 (noise or interference) to 1 (a pulsar).

    Parameters
    ----------
    features
        Features as `fold_features.measure_features` gives them.

    Returns
    -------
    float
        Product of `score_factors`.

    Examples
    --------
    >>> round(score_fold({"snr": 20.0, "width_phase": 0.05, "subint_persistence": 1.0}), 2)
    1.0
    >>> round(score_fold({"snr": 20.0, "width_phase": 0.05, "subint_persistence": 0.1}), 2)
    0.01
    """
    return float(np.prod(list(score_factors(features).values())))


def explain(features: Mapping[str, float]) -> list[str]:
    """Say in sentences what speaks for and against a pulsar.

    Parameters
    ----------
    features
        Features as `fold_features.measure_features` gives them.

    Returns
    -------
    list of str
        One sentence a question, in the order in which a person would look at the plot.

    Examples
    --------
    >>> explain({"snr": 20.0, "width_phase": 0.05})[0]
    'For: the folded profile has S/N 20.0, more than noise gives.'
    """
    sentences = []
    for name, factor in score_factors(features).items():
        feature, yes, no, unknown = _SENTENCES[name]
        if np.isnan(features[feature]):  # A note below says that it is not known.
            continue
        values = {"value": features[feature], "dm": features.get("dm"), "dm_err": features.get("dm_err")}
        is_unresolved = bool(unknown) and not features["dm_err"] <= DM_RESOLVED
        worst = WIDE_FACTOR if name == "width" else UNRESOLVED_FACTOR if is_unresolved else 0.0
        if factor > (1.0 + worst) / 2.0:
            sentences.append("For: " + yes.format(**values))
        elif is_unresolved:
            sentences.append("Note: " + unknown.format(**values))
        else:
            sentences.append("Against: " + no.format(**values))
    if features.get("peaks_a_turn", 1.0) > 1.0:
        count = int(features["peaks_a_turn"])
        sentences.append(f"Note: the profile holds {count} equal pulses, so the true period may be 1/{count} of this one.")
    if np.isnan(features.get("subint_persistence", 1.0)):
        sentences.append("Note: there are too few turns to see whether the pulse persists.")
    if np.isnan(features.get("dm", np.nan)):
        sentences.append("Note: without a band to compare, nothing can be said about the DM.")
    return sentences


_SENTENCES: Final = {  # feature, what speaks for a pulsar, what against, and what if the DM is not resolved
    "strength": (
        "snr",
        "the folded profile has S/N {value:.1f}, more than noise gives.",
        "the folded profile has S/N {value:.1f}, which noise can give.",
        "",
    ),
    "time": (
        "subint_persistence",
        "the pulse is there in {value:.0%} of the observation.",
        "the pulse is there in only {value:.0%} of the observation, like a burst of interference.",
        "",
    ),
    "band": (
        "subband_persistence",
        "the pulse is there in {value:.0%} of the band.",
        "the pulse is there in only {value:.0%} of the band, like a transmitter.",
        "",
    ),
    "dispersed": (
        "dm",
        "the best DM is {dm:.2f} +- {dm_err:.2g} pc cm^-3, away from zero.",
        "the best DM is {dm:.2f} +- {dm_err:.2g} pc cm^-3, which is zero within its error, as for signals from the ground.",
        "the best DM is {dm:.2f} +- {dm_err:.2g} pc cm^-3: this band cannot tell a nearby pulsar from the ground.",
    ),
    "dm_curve": (
        "dm_fit",
        "S/N against DM has the shape dispersion gives (correlation {value:.2f}).",
        "S/N against DM does not have the shape dispersion gives (correlation {value:.2f}).",
        "",
    ),
    "dm_zero": (
        "dm0_ratio",
        "at DM 0 no more than {value:.0%} of the S/N is left, as it should be.",
        "at DM 0 {value:.0%} of the S/N is left, more than a pulsar would keep.",
        "",
    ),
    "width": (
        "width_phase",
        "the pulse fills {value:.0%} of a turn.",
        "the pulse fills {value:.0%} of a turn, like a sine wave.",
        "",
    ),
}


def _step(value: float, step: tuple[float, float]) -> float:
    """Logistic step from 0 to 1 at ``step[0]``, of width ``step[1]``; NaN for NaN."""
    return float(1.0 / (1.0 + np.exp(-np.clip((value - step[0]) / step[1], -500.0, 500.0))))
