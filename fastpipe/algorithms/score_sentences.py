"""What each feature says about a fold, in plain words with numbers and units."""

from collections.abc import Mapping
from typing import Final

import numpy as np

_FAINT_SNR: Final = 8.0
"""S/N below which little can be told from time and band."""
_MUCH_MASKED: Final = 0.3
"""Masked part of the pulse's samples from which on it is said."""
_OTHER_WITHOUT_MASK: Final = 0.3
"""Relative change of S/N without the mask from which on it is said."""

_MOMENTS: Final = {"mean": "mean", "std": "spread", "skewness": "skewness", "kurtosis": "kurtosis"}
_CURVES: Final = {"profile": "bins of the profile", "dm_curve": "values of S/N against DM"}

_SENTENCES: Final[Mapping[str, tuple[str, str]]] = {  # what speaks for a pulsar, what against
    "snr": (
        "the folded profile has S/N {snr:.1f}, more than noise gives.",
        "the folded profile has S/N {snr:.1f}, which noise can give.",
    ),
    "h_statistic": (
        "the H statistic of the profile is {h_statistic:.0f}, more than noise gives at any pulse shape.",
        "the H statistic of the profile is only {h_statistic:.0f}, which noise can give.",
    ),
    "width_phase": (
        "the pulse fills {width_phase:.0%} of a turn, as those of most pulsars do.",
        "the pulse fills {width_phase:.0%} of a turn, which is seldom so for pulsars.",
    ),
    "npeaks": (
        "the profile has {npeaks:.0f} separate peaks, as those of pulsars.",
        "the profile has {npeaks:.0f} separate peaks, as noise and interference often have.",
    ),
    "peaks_a_turn": (
        "one turn holds {peaks_a_turn:.0f} equal pulses.",
        "one turn holds {peaks_a_turn:.0f} equal pulses, so the period is a multiple of the true one.",
    ),
    "subint_persistence": (
        "the pulse is there in {subint_persistence:.0%} of the observation.",
        "the pulse is there in only {subint_persistence:.0%} of the observation, like a burst of interference.",
    ),
    "subint_modulation": (
        "the pulse is about equally strong all the time: its strength varies by {subint_modulation:.0%} beyond noise.",
        "the strength of the pulse varies by {subint_modulation:.0%} over the observation, as interference often does.",
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
        "the pulse is about equally strong over the band: its strength varies by {subband_modulation:.0%} beyond noise.",
        "the strength of the pulse varies by {subband_modulation:.0%} over the band, as interference often does.",
    ),
    "subband_phase_chi2": (
        "dispersion brings the pulse to the same phase over the band (chi^2 {subband_phase_chi2:.1f}; noise makes about 1).",
        "the pulse wanders in phase over the band (chi^2 {subband_phase_chi2:.1f}; noise makes about 1), unlike dispersion.",
    ),
    "period_fit": (
        "S/N against period peaks as that of a steady pulse does (correlation {period_fit:.2f}).",
        "S/N against period does not peak as that of a steady pulse does (correlation {period_fit:.2f}).",
    ),
    "dm_significance": (
        "the best DM is {dm:.2f} +- {dm_err:.2g} pc cm^-3, away from zero.",
        "the best DM is {dm:.2f} +- {dm_err:.2g} pc cm^-3, not clearly away from zero, as for signals from the ground.",
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
        "dispersion alone accounts for S/N {dispersed_snr:.1f}: that is lost at DM 0.",
        "dispersion accounts for no more than S/N {dispersed_snr:.1f}, which noise can give.",
    ),
    "birdie_distance_bins": (
        "no periodic interference is near its frequency (the nearest is {birdie_distance_bins:.0f} Fourier bins away).",
        "periodic interference is only {birdie_distance_bins:.1f} Fourier bins away from its frequency or a harmonic of it.",
    ),
    "removed_fraction": (
        "no part of the fold had to be taken out as interference ({removed_fraction:.1%}).",
        "{removed_fraction:.1%} of the fold was taken out, because it was unlike the rest.",
    ),
    **{
        f"{curve}_{moment}": (
            f"the {words} of the {values} ({{{curve}_{moment}:.1f}}) is as pulsars have it.",
            f"the {words} of the {values} ({{{curve}_{moment}:.1f}}) is as noise and interference have it.",
        )
        for curve, values in _CURVES.items()
        for moment, words in _MOMENTS.items()
    },
}


def sentence(name: str, features: Mapping[str, float], *, is_for: bool) -> str:
    """Return what one feature says.

    Parameters
    ----------
    name
        Name of the feature, which is known.
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
    return label + words[place].format(**features)


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
            f"this band cannot tell a pulsar nearby from the ground: its error of the DM is {get('dm_err'):.2g} pc cm^-3."
        )
    elif np.isnan(get("dm0_excess")):
        said.append("at this DM and pulse width a pulsar would lose little at DM 0, so the DM curve says nothing.")
    if get("masked_fraction") > _MUCH_MASKED:
        said.append(f"the mask took {get('masked_fraction'):.0%} of the samples of the pulse.")
    if abs(get("unmasked_ratio") - 1.0) > _OTHER_WITHOUT_MASK:
        said.append(f"with the interference left in, the S/N is {get('unmasked_ratio'):.2f} times that with the mask.")
    if get("outside_training") > 0.0:
        count = int(get("outside_training"))
        said.append(f"{count} of its features lie outside what the score was trained on, so look at the plot.")
    return [f"Note: {words}" for words in said]
