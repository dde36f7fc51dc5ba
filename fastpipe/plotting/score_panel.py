"""What a score is made of: the features of a fold, and what each says for or against a pulsar."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from fastpipe.data.catalogue import Fold
from fastpipe.data.contribution_groups import BASE, group_contributions
from fastpipe.plotting.colours import BLACK, BLUE, GREY, VERMILION
from fastpipe.plotting.fold_panels import LETTERS_PT, TITLE_PT, draw_absence, dress
from fastpipe.plotting.text_fit import shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_MOST_BARS: Final = 11
_FEWEST_ROWS: Final = 6
"""Room for at least so many bars, so that few of them are no blocks."""
_WORDS: Final = {  # what each feature is called in a figure, and how its value is written
    "snr": ("S/N", "{:.1f}"),
    "h_statistic": ("H statistic", "{:.0f}"),
    "width_phase": ("width", "{:.3f} turns"),
    "nturns": ("turns folded", "{:.0f}"),
    "npeaks": ("peaks of the profile", "{:.0f}"),
    "peaks_a_turn": ("equal pulses a turn", "{:.0f}"),
    "subint_persistence": ("seen over time", "{:.0%}"),
    "subint_modulation": ("varies over time", "{:.0%}"),
    "subint_phase_chi2": ("wander over time, chi²", "{:.1f}"),
    "subband_persistence": ("seen over the band", "{:.0%}"),
    "subband_modulation": ("varies over the band", "{:.0%}"),
    "subband_phase_chi2": ("wander over band, chi²", "{:.1f}"),
    "period_fit": ("fit of S/N against P", "{:.2f}"),
    "dm": ("DM", "{:.2f} pc/cm³"),
    "dm_err": ("error of DM", "{:.2g} pc/cm³"),
    "dm_significance": ("DM over its error", "{:.1f}"),
    "dm0_ratio": ("S/N left at DM 0", "{:.0%}"),
    "dm0_expected": ("expected at DM 0", "{:.0%}"),
    "dm0_excess": ("excess S/N at DM 0", "{:.0%}"),
    "dm_fit": ("fit of the DM curve", "{:.2f}"),
    "dispersed_snr": ("S/N by dispersion", "{:.1f}"),
    "dm_misfit": ("misfit of DM curve", "{:.2f}"),
    "dm0_excess_snr": ("S/N too much at DM 0", "{:.1f}"),
    "removed_fraction": ("taken out of the fold", "{:.1%}"),
    "unmasked_ratio": ("S/N without the mask", "{:.2f} times"),
    "birdie_distance_bins": ("nearest birdie", "{:.0f} bins"),
    "masked_fraction": ("masked of the pulse", "{:.0%}"),
}

_GROUPS: Final = {"profile_shape": "shape of the profile", "dm_curve_shape": "shape of the DM curve"}


def feature_text(name: str, value: float) -> str:
    """Write a feature as words and a value.

    Parameters
    ----------
    name
        Its name in `Fold.features`.
    value
        Its value; NaN where the recording cannot tell.

    Examples
    --------
    >>> feature_text("subint_persistence", 0.97), feature_text("subint_drift", math.nan)
    ('seen over time 97%', 'subint drift: unknown')
    """
    words, form = _WORDS.get(name, (name.replace("_", " "), "{:.3g}"))
    return f"{words} {form.format(value)}" if math.isfinite(value) else f"{words}: unknown"


def largest_contributions(contributions: Mapping[str, float], most: int) -> list[tuple[str, float]]:
    """Return what adds most to the odds, the largest first, and the rest as one.

    Parameters
    ----------
    contributions
        What each feature adds to the logarithm of the odds.
    most
        Largest number of entries to return.

    Returns
    -------
    list of tuple of str and float
        Names and contributions; the name of the rest is "n others".

    Examples
    --------
    >>> largest_contributions({"base": -2.0, "snr": 3.0, "dm": 0.5, "dm_fit": -0.25}, 3)
    [('snr', 3.0), ('base', -2.0), ('2 others', 0.25)]
    """
    entries = sorted(contributions.items(), key=lambda entry: (-abs(entry[1]), entry[0]))
    if len(entries) <= most:
        return entries
    rest = entries[most - 1 :]
    return [*entries[: most - 1], (f"{len(rest)} others", sum(value for _, value in rest))]


def draw_score(axes: "Axes", fold: Fold, score: float, labels_pt: float) -> None:
    """Draw what each feature adds to the odds of a pulsar.

    Parameters
    ----------
    axes
        Where to draw.
    fold
        Fold of the candidate.
    score
        Its score, 0 to 1.
    labels_pt
        Room for the names to the left of the axes in points.
    """
    title = f"What makes the score {score:.2f}" if math.isfinite(score) else "No score"
    # The names stand to the left of the axes, so the title begins there too.
    label = axes.annotate(title, (0, 1), (-labels_pt, 4), xycoords="axes fraction", textcoords="offset points")
    label.set(fontsize=TITLE_PT, fontweight="bold", va="bottom")
    if not fold.contributions:
        draw_absence(axes, "", "no contributions of features\nare stored with it")
        return
    entries = largest_contributions(group_contributions(fold.contributions), _MOST_BARS)
    places = range(len(entries), 0, -1)
    values = [value if math.isfinite(value) else 0.0 for _, value in entries]
    colours = [GREY if name == BASE else BLUE if value > 0 else VERMILION for name, value in entries]
    dress(axes, xlabel="against  \N{LEFTWARDS ARROW}  log odds  \N{RIGHTWARDS ARROW}  for a pulsar")
    axes.barh(list(places), values, color=colours, height=0.6)
    axes.axvline(0.0, color=BLACK, linewidth=0.8)
    names = [shorten(_label(name, fold.features), labels_pt, LETTERS_PT) for name, _ in entries]
    axes.set_yticks(list(places), names)
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(min(len(entries) - _FEWEST_ROWS, 0) + 0.3, len(entries) + 0.7)
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)


def _label(name: str, features: Mapping[str, float]) -> str:
    if name == BASE:
        return "before looking"
    if name in _GROUPS:
        return _GROUPS[name]
    return feature_text(name, features[name]) if name in features else name.replace("_", " ")
