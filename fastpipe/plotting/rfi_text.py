"""What was found of interference, in words and as a table of text."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.channel_ranges import channel_ranges
from fastpipe.data.header import Header
from fastpipe.data.recording import Recording
from fastpipe.data.rfi_findings import RFIFindings
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.units import format_seconds

REASON_WORDS: Final = {
    Reason.DEAD: "its samples never change",
    Reason.GIVEN: "given: a range, a list or a file",
    Reason.EDGE: "edge of the band",
    Reason.SPREAD: "noisier than its neighbours",
    Reason.LEVEL: "level or noise jumps in time",
    Reason.SHAPE: "skewness or kurtosis not of noise",
    Reason.PERIODIC: "periodic signal in this channel",
    Reason.CLIPPED: "clipped values",
    Reason.CHANNEL: "bad in too many intervals",
    Reason.INTERVAL: "interval bad in too many channels",
}
"""Each reason as a person reads it."""

_SHOWN_RANGES = 40


def rfi_report(recording: Recording, findings: RFIFindings) -> list[str]:
    """Write what was found as lines of text.

    Parameters
    ----------
    recording
        The recording.
    findings
        What the search for interference found in it.

    Returns
    -------
    list of str
        What is masked in all, a table of the reasons, the channels that are masked throughout, and remarks.
    """
    rows = [f"{name:<10} {value}" for name, value in _summary(recording, findings)]
    lines = [*rows, "", *_reason_table(findings)]
    if findings.mask.mask.any():
        lines += ["", *_channel_table(recording.header, findings.mask.bad_channels)]
    return [*lines, "", *findings.remarks] if findings.remarks else lines


def reason_fractions(mask: RFIMask) -> list[tuple[str, float]]:
    """Return the reasons that were found, in words, each with the fraction of the data for which it was.

    Several may hold for the same sample, so they add up to more than what is masked.
    """
    fractions = [(words, mask.fraction_of(reason)) for reason, words in REASON_WORDS.items()]
    return [(words, fraction) for words, fraction in fractions if fraction > 0]


def _summary(recording: Recording, findings: RFIFindings) -> list[tuple[str, str]]:
    header, mask, diode = recording.header, findings.mask, findings.diode
    nbad = int(np.diff(mask.bad_samples, axis=1).sum())
    ngap = sum(len(gap) for gap in recording.gaps)
    nbad_channels = np.count_nonzero(mask.bad_channels)
    found = "none found"
    if diode is not None:
        period = format_seconds(diode.period_samples * header.tsamp)
        found = f"switched every {period}, on for {100 * diode.duty_cycle:.3g} % of the time"
    return [
        ("masked", f"{_percent(mask.masked_fraction)} of the data"),
        ("channels", f"{nbad_channels} of {header.nchans} masked throughout"),
        ("intervals", f"{len(mask.reasons)} of {format_seconds(mask.interval_samples * header.tsamp)}"),
        ("spikes", f"{nbad} samples ({_percent(nbad / mask.nsamples)}) masked in all channels, gaps included"),
        ("gaps", f"{len(recording.gaps)}, of {ngap} samples in all" if ngap else "none"),
        ("broadband", "channels share fast noise" if findings.has_broadband else "channels share no fast noise"),
        ("diode", found),
    ]


def _reason_table(findings: RFIFindings) -> list[str]:
    mask = findings.mask
    rows = []
    for reason, words in REASON_WORDS.items():
        is_found = (mask.reasons & np.uint16(reason)) != 0
        if is_found.any():
            nchannels = np.count_nonzero(is_found.all(axis=0))
            name = str(reason.name).lower()
            rows.append(f"{name:<9} {_percent(mask.fraction_of(reason)):>8}  {nchannels:>17}  {words}")
    if not rows:
        return ["No channel is masked in any interval."]
    return [f"{'reason':<9} {'data':>8}  {'channels, always':>17}  meaning; several may hold", *rows]


def _channel_table(header: Header, is_bad: NDArray[np.bool_]) -> list[str]:
    ranges, freqs, half = channel_ranges(is_bad), header.chan_freqs_mhz, abs(header.foff) / 2
    if not ranges:
        return ["No channel is masked throughout."]
    lines = [f"{'channels masked throughout':<28} from (MHz)   to (MHz)"]
    for first, last in ranges[:_SHOWN_RANGES]:
        low, high = sorted((freqs[first], freqs[last]))
        name = f"{first}:{last}" if last > first else f"{first}"
        lines.append(f"{name:<28} {low - half:>10.3f} {high + half:>10.3f}")
    if len(ranges) > _SHOWN_RANGES:
        lines.append(f"... and {len(ranges) - _SHOWN_RANGES} more ranges; --json or --channels lists all")
    return lines


def _percent(fraction: float) -> str:
    return f"{100 * fraction:.2f} %"
