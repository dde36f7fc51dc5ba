"""``fastpipe info``: header, length, bandpass, and what is odd about a recording."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fastpipe.cli.options import FILE, debug_option, json_option

if TYPE_CHECKING:
    from fastpipe.data.recording import Recording
    from fastpipe.pipeline.quick_look import QuickLook


@click.command("info", short_help="Show header, length, bandpass, and what is odd.")
@click.argument("files", nargs=-1, required=True, type=FILE)
@json_option
@debug_option
def command(files: tuple[Path, ...], as_json: bool) -> None:
    """Show what FILES hold: header, length, bandpass, and what is odd about them.

    Several files are taken as one recording, in the order of time.
    """
    from fastpipe.io.recordings import open_recording
    from fastpipe.pipeline.quick_look import look_at

    recording = open_recording(files)
    look = look_at(recording)
    click.echo(_as_json(recording, look) if as_json else _as_text(recording, look))


def _as_json(recording: "Recording", look: "QuickLook") -> str:
    header = recording.header
    content = asdict(header) | {
        "extra": dict(header.extra),
        "tobs_s": header.tobs_s,
        "bandwidth_mhz": header.bandwidth_mhz,
        "fcenter_mhz": header.fcenter_mhz,
        "files": [str(path) for path in recording.paths],
        "channel_mean": look.statistics.mean.tolist(),
        "channel_std": look.statistics.std.tolist(),
        "dead_channels": look.is_dead.nonzero()[0].tolist(),
        "oddities": list(look.oddities),
    }
    return json.dumps(content, indent=2)


def _as_text(recording: "Recording", look: "QuickLook") -> str:
    from fastpipe.plotting.bandpass_text import draw_bandpass
    from fastpipe.units import format_bytes, format_seconds

    header = recording.header
    freqs = header.chan_freqs_mhz
    size = header.nsamples * header.nchans * header.nifs * header.nbits / 8
    has_position = header.ra_deg is not None and header.dec_deg is not None
    rows = [
        ("files", ", ".join(str(path) for path in recording.paths)),
        ("source", header.source_name or "not named"),
        ("telescope", f"{header.telescope}, backend {header.machine}, beam {header.ibeam}"),
        ("position", f"RA {header.ra_deg:.5f} deg, Dec {header.dec_deg:.5f} deg (J2000)" if has_position else "unknown"),
        ("start", f"MJD {header.tstart:.8f} UTC, {'barycentric' if header.is_barycentric else 'topocentric'}"),
        ("length", f"{format_seconds(header.tobs_s)}: {header.nsamples} samples of {header.tsamp * 1e6:.6g} us"),
        ("band", f"{freqs.min():.3f} to {freqs.max():.3f} MHz: {header.nchans} channels of {abs(header.foff):.6g} MHz"),
        ("data", f"{header.nbits} bit, {header.nifs} polarisation(s), {format_bytes(size)}"),
    ]
    if header.is_series:
        rows.append(("series", f"dedispersed before at DM {header.dm} pc cm^-3"))
    lines = [f"{name:<10} {value}" for name, value in rows]
    if header.nchans > 1:
        lines += ["", *draw_bandpass(freqs, look.statistics.mean)]
    lines += ["", *(f"odd: {sentence}" for sentence in look.oddities)] if look.oddities else ["", "nothing odd found"]
    return "\n".join(lines)
