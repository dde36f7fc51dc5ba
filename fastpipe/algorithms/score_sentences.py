"""What each feature says about a fold, in plain words with numbers and units."""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from fastpipe.algorithms.curve_moments import HIGHEST
from fastpipe.data.contribution_groups import GROUPS

_FAINT_SNR: Final = 8.0
"""S/N below which little can be told from time and band."""
_MUCH_MASKED: Final = 0.3
"""Masked part of the pulse's samples from which on it is said."""
_OTHER_WITHOUT_MASK: Final = 0.3
"""Relative change of S/N without the mask from which on it is said."""

_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {  # what speaks for a pulsar, what against
    "snr": (
        "the folded profile has S/N {snr:.1f}, more than noise gives.",
        "the folded profile has S/N {snr:.1f}, which noise or interference can give.",
    ),
    "h_statistic": (
        "the H statistic, a test for pulses of any shape, is {h_statistic:.0f} (noise exceeds 17 in one of 1000).",
        "the H statistic, a test for pulses of any shape, is only {h_statistic:.0f} (noise exceeds 17 in one of 1000).",
    ),
    "width_phase": (
        "the pulse fills {width_phase:.0%} of a turn, as those of most pulsars do.",
        "the pulse fills {width_phase:.0%} of a turn, which is seldom so for pulsars.",
    ),
    "npeaks": (
        "the number of separate peaks in the profile is {npeaks:.0f}, as in those of most pulsars.",
        "the number of separate peaks in the profile is {npeaks:.0f}, as noise and interference often have.",
    ),
    "peaks_a_turn": (
        "the number of equal pulses in a turn is {peaks_a_turn:.0f}.",
        "the number of equal pulses in a turn is {peaks_a_turn:.0f}, so the period may be a multiple of the true one.",
    ),
    "subint_persistence": (
        "the pulse is there in {subint_persistence:.0%} of the observation.",
        "the pulse is there in only {subint_persistence:.0%} of the observation, like a burst of interference.",
    ),
    "subint_modulation": (
        "the pulse varies in strength over time by {subint_modulation:.0%} beyond noise, as those of pulsars do.",
        "the pulse varies in strength over time by {subint_modulation:.0%} beyond noise, as interference often does.",
    ),
    "subint_phase_chi2": (
        "the pulse comes at the same phase all the time (chi^2 {subint_phase_chi2:.1f}; noise makes about 1).",
        "the pulse wanders in phase over the observation (chi^2 {subint_phase_chi2:.1f}; noise makes about 1).",
    ),
    "subband_persistence": (
        "the pulse is there in {subband_persistence:.0%} of the band.",
        "the pulse is there in only {subband_persistence:.0%} of the band, like a transmitter.",
    ),
    "subband_modulation": (
        "the pulse varies in strength over the band by {subband_modulation:.0%} beyond noise, as those of pulsars do.",
        "the pulse varies in strength over the band by {subband_modulation:.0%} beyond noise, as interference often does.",
    ),
    "subband_phase_chi2": (
        "dispersion brings the pulse to the same phase over the band (chi^2 {subband_phase_chi2:.1f}; noise makes about 1).",
        "the pulse wanders in phase over the band (chi^2 {subband_phase_chi2:.1f}; noise makes about 1), unlike dispersion.",
    ),
    "period_fit": (
        "S/N against period peaks as that of a steady pulse does (correlation {period_fit:.2f}).",
        "S/N against period does not quite peak as that of a steady pulse does (correlation {period_fit:.2f}).",
    ),
    "dm_err": (
        "the error of the DM is {dm_err:.2g} pc cm^-3; folds that leave so much open are seldom noise.",
        "the error of the DM is {dm_err:.2g} pc cm^-3; among so precise ones many are peaks of noise.",
    ),
    "dm_significance": (
        "the best DM is {dm_text} pc cm^-3, {dm_significance:.0f} times its error: away from zero.",
        "the best DM is {dm_text} pc cm^-3, {dm_significance:.1f} times its error, as of signals from the ground.",
    ),
    "dm0_excess_snr": (
        "at DM 0 {dm0_ratio:.0%} of the S/N is left, as little as a pulsar of this width and DM keeps ({dm0_expected:.0%}).",
        "at DM 0 {dm0_ratio:.0%} of the S/N is left, where a pulsar would keep {dm0_expected:.0%}.",
    ),
    "dm_misfit": (
        "S/N against DM has the shape dispersion gives (correlation {dm_fit:.2f}).",
        "S/N against DM does not have the shape dispersion gives (correlation {dm_fit:.2f}).",
    ),
    "dispersed_snr": (
        "dispersion alone accounts for S/N {dispersed_snr:.1f} of {snr:.1f}: that is lost at DM 0.",
        "dispersion accounts for no more than S/N {dispersed_snr:.1f} of {snr:.1f}: only that is lost at DM 0.",
    ),
    "birdie_distance_bins": (
        "no periodic interference is within {birdie_distance_bins:.0f} Fourier bins of its first harmonics.",
        "periodic interference is {birdie_distance_bins:.1f} Fourier bins away from its frequency or a harmonic of it.",
    ),
    "removed_fraction": (
        "hardly any of the fold was taken out as interference ({removed_fraction:.1%}).",
        "{removed_fraction:.1%} of the fold was taken out as interference.",
    ),
    "profile_shape": (
        "the shape of the profile is like those of pulsars (skewness {profile_skewness:.1f}; noise and sines have about 0).",
        "the shape of the profile is like those of noise and interference"
        " (skewness {profile_skewness:.1f}; a bright narrow pulse has 1 or more).",
    ),
    "dm_curve_shape": (
        "the shape of the curve of S/N against DM is like those of pulsars"
        " (its mean is at {dm_curve_level:.0%} of its height).",
        "the shape of the curve of S/N against DM is like those of noise and interference"
        " (its mean is at {dm_curve_level:.0%} of its height).",
    ),
}

_UNKNOWN: Final[Mapping[str, str]] = {  # what is asked by features that a recording may not answer
    "subint_persistence": "persistence in time",
    "subint_modulation": "strength over time",
    "subint_phase_chi2": "phase over time",
    "subband_persistence": "persistence over the band",
    "subband_modulation": "strength over the band",
    "subband_phase_chi2": "phase over the band",
    "period_fit": "peak against period",
    "dm_significance": "DM over its error",
    "dm0_excess_snr": "S/N left at DM 0",
    "dm_misfit": "fit of the DM curve",
    "dispersed_snr": "S/N by dispersion",
    "profile_shape": "shape of the profile",
    "dm_curve_shape": "shape of the DM curve",
}


def is_known(name: str, features: Mapping[str, float]) -> bool:
    """Tell whether a feature, or all of a group of them, could be measured."""
    return not any(np.isnan(features.get(member, np.nan)) for member in GROUPS.get(name, (name,)))


def sentence(name: str, features: Mapping[str, float], *, is_for: bool) -> str:
    """Return what one feature says.

    Parameters
    ----------
    name
        Name of a feature or of a group of them, which is known.
    features
        All features, for the numbers.
    is_for
        True where it speaks for a pulsar.

    Returns
    -------
    str
        A sentence that begins with "For: " or "Against: ".
    """
    label, place = ("For: ", 0) if is_for else ("Against: ", 1)
    words = _SENTENCES.get(name)
    if words is None:
        return f"{label}{name} is {features[name]:.3g}."
    level = float(features.get("dm_curve_mean", np.nan)) / HIGHEST
    return label + words[place].format(**features, dm_text=_dm_text(features), dm_curve_level=level)


def _dm_text(features: Mapping[str, float]) -> str:
    """Write the DM with its error, both to two digits of the error."""
    dm, error = (float(features.get(name, np.nan)) for name in ("dm", "dm_err"))
    ndigits = max(1 - math.floor(math.log10(error)), 0) if np.isfinite(error) and error > 0.0 else 2
    return f"{dm:.{ndigits}f} ± {error:.{ndigits}f}"


def unknown_note(weights: Mapping[str, float]) -> str:
    """Say that what could not be measured counts, too.

    Parameters
    ----------
    weights
        What features that are not known add to the logarithm of the odds, the weightiest first.

    Examples
    --------
    >>> unknown_note({"dm_significance": -0.5})
    'Note: what cannot be told counts as it did in the training: DM over its error (against).'
    """
    asked = ", ".join(
        f"{_UNKNOWN.get(name, name)} ({'for' if weight > 0 else 'against'})" for name, weight in weights.items()
    )
    return f"Note: what cannot be told counts as it did in the training: {asked}."


def notes(features: Mapping[str, float], *, has_score: bool) -> list[str]:
    """Return what could not be judged, and what should be known before the score is believed.

    Parameters
    ----------
    features
        All features.
    has_score
        False for a fold that was not scored.

    Returns
    -------
    list of str
        Sentences that begin with "Note: ".
    """

    def get(name: str) -> float:
        return float(features.get(name, np.nan))

    said = [] if has_score else ["this fold has no score."]
    if get("peaks_a_turn") > 1.0:
        count = int(get("peaks_a_turn"))
        said.append(f"the profile holds {count} equal pulses, so the true period may be 1/{count} of this one.")
    if get("snr") < _FAINT_SNR:
        said.append(f"at S/N {get('snr'):.1f} the pulse is too faint to be followed well over time and band.")
    elif np.isnan(get("subint_persistence")):
        said.append("there are too few turns to see whether the pulse persists.")
    if np.isnan(get("dm")):
        said.append("without a band to compare, nothing can be said about the DM.")
    elif np.isnan(get("dm_significance")):
        said.append(
            f"this band cannot tell a pulsar nearby from the ground: the error of the DM is {get('dm_err'):.2g} pc cm^-3."
        )
    elif np.isnan(get("dm0_excess")):
        said.append("at this DM and pulse width a pulsar would lose little at DM 0, so what is left there says nothing.")
    if get("masked_fraction") > _MUCH_MASKED:
        said.append(f"the mask took {get('masked_fraction'):.0%} of the samples of the pulse.")
    if abs(get("unmasked_ratio") - 1.0) > _OTHER_WITHOUT_MASK:
        said.append(f"with the interference left in, the S/N is {get('unmasked_ratio'):.2f} times that with the mask.")
    if get("outside_training") > 0.0:
        count = int(get("outside_training"))
        said.append(f"{count} of its features lie outside what the score was trained on, so look at the plot.")
    return [f"Note: {words}" for words in said]
