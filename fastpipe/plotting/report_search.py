"""The search in a report: observations, plan, interference, rejected detections, cost and provenance."""

from html import escape

import numpy as np

from fastpipe.data.ledger import fate_counts, rejected_detections
from fastpipe.data.observation_header import observation_header
from fastpipe.data.report import Report, ReportedPlan
from fastpipe.data.tables import Fate
from fastpipe.plotting.candidate_text import frame_sentence
from fastpipe.plotting.candidate_words import text_of
from fastpipe.plotting.cost_text import cost_lines
from fastpipe.plotting.html_page import image, listing, section, table
from fastpipe.plotting.mask import draw_mask
from fastpipe.plotting.night_text import period_text
from fastpipe.plotting.picture import Picture
from fastpipe.plotting.plan import draw_plan
from fastpipe.plotting.report_text import FATE_MEANINGS, loss_sentences
from fastpipe.plotting.rfi_text import reason_fractions
from fastpipe.units import format_seconds

_OBSERVATIONS_SHOWN = 200
_PLANS_DRAWN = 3
_MASKS_DRAWN = 2
_BIRDIES_SHOWN = 30
_PLAN_HEADINGS = ("DM from", "to (pc/cm³)", "step", "trials", "smearing at its end (ms)", "S/N kept there (%) by 1 ms",
                  "by 5 ms", "time resolution (µs)")  # fmt: skip
_REJECTED_SHOWN = 10


def remarks_section(report: Report) -> str:
    """Return what a person should know of the search before believing a candidate; nothing for most searches."""
    remarks = report.tables.provenance.get("remarks", "").splitlines()
    return section("To know before believing a candidate", listing(remarks)) if remarks else ""


def observations_section(report: Report) -> str:
    """Return a table of the observations."""
    candidates = report.tables.candidates
    rows = [
        (
            "",
            (
                str(row["obs_id"]),
                text_of(row, "source") or "no name",
                text_of(row, "telescope") or "unknown",
                str(row["beam"] or "-"),
                f"{row['tstart_mjd']:.5f}",
                format_seconds(float(row["tobs_s"])),
                f"{1e6 * row['tsamp_s']:.6g}",
                _band(row),
                f"{100 * row['masked_fraction']:.1f}",
                str(np.count_nonzero(candidates["obs_id"] == row["obs_id"])),
                text_of(row, "files").replace(";", ", "),
            ),
        )
        for row in report.tables.observations[:_OBSERVATIONS_SHOWN]
    ]
    headings = ("", "source", "telescope", "beam", "begin (MJD)", "length", "sampling (µs)", "band (MHz)", "masked (%)",
                "cand.", "files")  # fmt: skip
    more = len(report.tables.observations) - _OBSERVATIONS_SHOWN
    end = f"<p>... and {more} more observations</p>" if more > 0 else ""
    title = "Observations" if len(rows) > 1 else "Observation"
    return section(title, f"{table(headings, rows, 3)}{end}<p class=small>{escape(frame_sentence(report.tables))}</p>")


def _band(row: np.void) -> str:
    if row["nchans"] == 1:
        return "dedispersed series"
    ends = sorted((float(row["fch1_mhz"]), float(row["fch1_mhz"] + row["foff_mhz"] * (row["nchans"] - 1))))
    return f"{ends[0]:.1f} to {ends[1]:.1f}, {row['nchans']} channels, {row['nbits']} bit"


def plan_section(report: Report) -> str:
    """Return the DM ranges, and what a pulse loses in them."""
    observations = report.tables.observations
    parts = [listing(loss_sentences(report))] if report.plans else []
    for plan in report.plans[:_PLANS_DRAWN]:
        header = observation_header(observations[observations["obs_id"].tolist().index(plan.obs_ids[0])])
        parts.append(table(_PLAN_HEADINGS, [("", cells) for cells in _plan_rows(plan, header.tsamp)], 0, is_narrow=True))
        drawn = Picture(draw_plan(header, plan.dispersion, plan.smearing)).png()
        parts.append(f"<figure>{image(drawn, 'smearing and S/N kept against DM')}</figure>")
    more = len(report.plans) - _PLANS_DRAWN
    if more > 0:
        parts.append(f"<p>... and {more} more plans, of other observations</p>")
    return section("Plan: what was tried, and what it loses", "\n".join(parts))


def _plan_rows(plan: ReportedPlan, tsamp: float) -> list[tuple[str, ...]]:
    ends = np.cumsum([part.ntrials for part in plan.dispersion.ranges]) - 1
    return [
        (
            f"{part.dm_min:.2f}",
            f"{part.dm_max:.2f}",
            f"{part.dm_step:g}",
            str(part.ntrials),
            f"{1e3 * plan.smearing.total_s[end]:.3f}",
            f"{100 * plan.smearing.snr_kept(1e-3)[end]:.0f}",
            f"{100 * plan.smearing.snr_kept(5e-3)[end]:.0f}",
            f"{1e6 * tsamp * part.downsample:.6g}{f', {part.downsample} samples in one' * (part.downsample > 1)}",
        )
        for part, end in zip(plan.dispersion.ranges, ends.tolist(), strict=True)
    ]


def interference_section(report: Report) -> str:
    """Return what was masked and why, with a picture, and the periodic interference that was removed."""
    masks = report.tables.masks
    if not masks and not any(len(birdies) for birdies in report.tables.birdies.values()):
        return ""
    # Of many observations, those with the most interference.
    worst = sorted(masks, key=lambda obs_id: (-masks[obs_id].masked_fraction, obs_id))[:_MASKS_DRAWN]
    parts = [_mask_part(report, obs_id) for obs_id in worst]
    if len(masks) > len(worst):
        parts.append(
            f"<p>{len(masks)} observations have a mask; those {len(worst)} with the most interference are shown.</p>"
        )
    return section("Interference", "\n".join([*parts, _birdies(report)]))


def _mask_part(report: Report, obs_id: int) -> str:
    mask, observations = report.tables.masks[obs_id], report.tables.observations
    header = observation_header(observations[observations["obs_id"].tolist().index(obs_id)])
    nspikes = int(np.diff(mask.bad_samples, axis=1).sum())
    where = f"Observation {obs_id}: " if len(observations) > 1 else ""
    sentence = (
        f"{where}{100 * mask.masked_fraction:.2f} % of the data is masked; {np.count_nonzero(mask.bad_channels)} of "
        f"{header.nchans} channels throughout, and {nspikes} samples in all channels."
    )
    rows = [("", (f"{100 * fraction:.2f}", words)) for words, fraction in reason_fractions(mask)]
    reasons = (
        table(("data (%)", "reason; several may hold"), rows, 0, is_narrow=True) if rows else "<p>No channel is masked.</p>"
    )
    drawn = image(Picture(draw_mask(header, mask)).png(), "what is masked over time and frequency, and why")
    return f"<p>{escape(sentence)}</p>{reasons}<figure>{drawn}</figure>"


def _birdies(report: Report) -> str:
    """Return the widest table of birdies that is worth reading: frequencies common to observations are said once."""
    tables = [table_ for table_ in report.tables.birdies.values() if len(table_)]
    if not tables:
        return "<p>No periodic interference was removed from the spectra.</p>"
    birdies = np.concatenate(tables)
    birdies = birdies[np.argsort(-np.nan_to_num(birdies["power_dm0"], nan=-1.0), kind="stable")]
    rows = [
        (
            "",
            (
                f"{row['freq_hz']:.6g}",
                period_text(1 / float(row["freq_hz"])) if row["freq_hz"] > 0 else "-",
                f"{1e3 * row['width_hz']:.3g}",
                f"{row['power_dm0']:.3g}" if np.isfinite(row["power_dm0"]) else "-",
                str(row["harmonic"] or "-"),
                text_of(row, "source"),
            ),
        )
        for row in birdies[:_BIRDIES_SHOWN]
    ]
    shown = f", the {_BIRDIES_SHOWN} strongest" if len(birdies) > _BIRDIES_SHOWN else ""
    title = f"<p>Removed from the spectra as periodic interference (birdies): {len(birdies)} ranges of frequency{shown}.</p>"
    return title + table(("Hz", "period", "width (mHz)", "power at DM 0", "harmonic", "why"), rows, 0, is_narrow=True)


def rejected_section(report: Report) -> str:
    """Return how many detections had which fate, what that means, and the strongest that were rejected."""
    detections = report.tables.detections
    if not len(detections):
        return section("What became of the detections", "<p>Nothing rose above the threshold of the search.</p>")
    counts = [(fate, count) for fate, count in fate_counts(detections).items() if count]
    rows = [("good" if fate == Fate.KEPT else "", _fate_cells(fate, count)) for fate, count in counts]
    rows.append(("", ("in all", str(len(detections)), "every detection has exactly one fate")))
    parts = [table(("fate", "detections", "meaning"), rows, 1, is_narrow=True)]
    followers = (Fate.KEPT, Fate.DUPLICATE, Fate.HARMONIC)
    rejected = rejected_detections(detections[~np.isin(detections["fate"], followers)])[:_REJECTED_SHOWN]
    if len(rejected):
        cells = [
            (
                "",
                (
                    str(row["det_id"]),
                    period_text(1 / float(row["freq_hz"])) if row["freq_hz"] > 0 else "-",
                    f"{row['dm']:.2f}",
                    f"{row['sigma']:.1f}",
                    FATE_MEANINGS[Fate(int(row["fate"]))][0],
                ),
            )
            for row in rejected
        ]
        parts.append("<p>The strongest that were rejected and belong to no candidate:</p>")
        parts.append(table(("detection", "period", "DM (pc/cm³)", "sigma", "why"), cells, 0, is_narrow=True))
    return section("What became of the detections", "\n".join(parts))


def _fate_cells(fate: Fate, count: int) -> tuple[str, str, str]:
    name, meaning = FATE_MEANINGS[fate]
    return name, str(count), meaning


def cost_section(report: Report) -> str:
    """Return what the searches took; nothing where that is not known."""
    lines = escape("\n".join(cost_lines(report.cost)))
    return "" if report.cost.is_empty else section("Cost", f"<div class=wide><pre>{lines}</pre></div>")


def provenance_section(report: Report) -> str:
    """Return how the catalogue was made: versions, digests of the files, and the whole configuration."""
    provenance = report.tables.provenance
    texts = {key: text for key, text in sorted(provenance.items()) if key != "remarks" and text}
    rows = [("", (key.replace("_", " "), text)) for key, text in texts.items() if "\n" not in text]
    rows += [
        ("", (f"SHA-256, observation {row['obs_id']}", text_of(row, "digest")))
        for row in report.tables.observations[:_OBSERVATIONS_SHOWN]
        if row["digest"]
    ]
    parts = [table(("", "value"), rows, 1, is_narrow=True) if rows else ""]
    parts += [
        f"<details><summary>{escape(key.replace('_', ' '))}</summary><pre>{escape(text)}</pre></details>"
        for key, text in texts.items()
        if "\n" in text
    ]
    return section("How it was made", "\n".join(filter(None, parts)))
