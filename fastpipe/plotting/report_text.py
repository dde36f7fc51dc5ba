"""A catalogue in sentences: what a supervisor reads first."""

import math
from typing import Final

import numpy as np

from fastpipe.data.catalogue import CatalogueTables
from fastpipe.data.report import Report
from fastpipe.data.tables import Fate
from fastpipe.plotting.candidate_words import known_text, text_of
from fastpipe.plotting.night_text import period_text
from fastpipe.units import format_seconds

PROMISING: Final = 0.5
"""Score from which on a candidate is said to look like a pulsar."""
FATE_MEANINGS: Final = {
    Fate.KEPT: ("candidates", "the best detection of a signal: it was folded and is listed above"),
    Fate.DUPLICATE: ("duplicates", "the same signal at another DM, drift or number of harmonics"),
    Fate.HARMONIC: ("harmonics", "a multiple or a fraction of the frequency of a stronger signal"),
    Fate.LOW_DM: ("strongest at DM 0", "not dispersed, so it comes from the ground"),
    Fate.FEW_DMS: ("in too few DM trials", "a dispersed signal is seen in more of the neighbouring trials"),
    Fate.FAINT: ("too faint", "noise gives this often enough in a search of this size"),
    Fate.NOT_FOLDED: ("not folded", "good enough, but beyond the largest number of candidates that were to be folded"),
    Fate.BIRDIE: ("of birdies", "left behind by a known periodic interference, such as the mains"),
    Fate.MULTI_BEAM: ("in too many beams", "seen in beams that no point of the sky reaches together"),
}
"""What a number of detections with a fate is called, and why they have it."""


def is_promising(candidate: np.void) -> bool:
    """Tell whether a candidate looks like a pulsar: by its score, and more significant than noise in a whole search."""
    return bool(candidate["score"] >= PROMISING and not candidate["log10_fap"] >= 0)


def headline(report: Report) -> str:
    """Say in one sentence what was found."""
    candidates = report.tables.candidates
    if not len(candidates):
        return "No candidate was found."
    count = f"{len(candidates)} candidate{'s' * (len(candidates) != 1)}"
    promising = [row for row in candidates if is_promising(row)]
    nnew = sum(not known_text(row) for row in promising)
    if not promising:
        return f"{count}: {'none looks' if len(candidates) > 1 else 'it does not look'} like a pulsar."
    if len(promising) == 1:
        which = "one" if len(candidates) > 1 else "it"
        return f"{count}: {which} looks like a pulsar, which is {'not in the list of known ones' if nnew else 'known'}."
    which = "none of them" if nnew == len(promising) else f"{nnew} not"
    new = f"{which} in the list of known ones" if nnew else "all of them known"
    return f"{count}: {len(promising)} look like a pulsar, {new}."


def best_sentence(report: Report) -> str:
    """Say in one sentence which candidate is the best one; nothing where there is none."""
    if not report.best:
        return ""
    row = report.best[0].row
    known = known_text(row)
    score = f", score {row['score']:.2f}" if math.isfinite(row["score"]) else ""
    return (
        f"The best one{f' is {known}' if known else ''}, number {row['cand_id']}: "
        f"period {period_text(float(row['period_s']))}, DM {row['dm']:.2f} pc/cm³, S/N {row['snr']:.1f}{score}."
    )


def source_text(observation: np.void) -> str:
    """Name the source and telescope of an observation."""
    source, telescope = text_of(observation, "source"), text_of(observation, "telescope")
    return f"{source or 'a source without a name'}, {telescope or 'unknown telescope'}"


def subject(tables: CatalogueTables) -> str:
    """Say in a few words what was observed."""
    observations = tables.observations
    if not len(observations):
        return "No observation"
    first = observations[0]
    begin = f"MJD {observations['tstart_mjd'].min():.5f}"
    if len(observations) == 1:
        return f"{source_text(first)}, {format_seconds(float(first['tobs_s']))} from {begin}"
    names = sorted({text_of(row, "source") or "no name" for row in observations})
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"{len(observations)} observations from {begin}: {', '.join(names[:3])}{more}"


def totals(report: Report) -> list[tuple[str, str]]:
    """Return the catalogue in numbers: names and values."""
    tables, cost = report.tables, report.cost
    ntrials = sum(int(plan["ntrials"].sum()) for plan in tables.plans.values())
    masked = tables.observations["masked_fraction"]
    values = [
        ("observations", str(len(tables.observations))),
        ("observed", format_seconds(float(tables.observations["tobs_s"].sum()))),
        ("DM trials", str(ntrials) if ntrials else "-"),
        ("masked", f"{100 * float(masked.mean()):.1f} %" if len(masked) else "-"),
        ("detections", str(len(tables.detections))),
        ("candidates", str(len(tables.candidates))),
    ]
    return values if cost.is_empty else [*values, ("took", format_seconds(cost.total.wall_s))]


def loss_sentences(report: Report) -> list[str]:
    """Say how much of its S/N a pulse keeps through the plan, on average and where it is worst."""
    sentences = []
    for plan in report.plans:
        where = f"In observation{'s' * (len(plan.obs_ids) > 1)} {_numbers(plan.obs_ids)}" if len(report.plans) > 1 else ""
        kept = [
            f"{100 * plan.smearing.mean_snr_kept(width_s):.0f} % if it is {1e3 * width_s:g} ms wide "
            f"({100 * float(plan.smearing.snr_kept(width_s).min()):.0f} % at the worst DM)"
            for width_s in (1e-3, 5e-3)
        ]
        start = f"{where} a" if where else "A"
        sentences.append(f"{start} pulse keeps on average {kept[0]} and {kept[1]}.")
    return sentences


def _numbers(numbers: tuple[int, ...]) -> str:
    return ", ".join(map(str, numbers)) if len(numbers) <= 6 else f"{numbers[0]} and {len(numbers) - 1} more"
