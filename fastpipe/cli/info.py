"""``fastpipe info``: header, length, bandpass, and what is odd about a recording."""

import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from fastpipe.cli.options import FILE, debug_option, json_option, position_option
from fastpipe.data.corrected_recording import CorrectedRecording
from fastpipe.errors import ConfigError, HeaderError

if TYPE_CHECKING:
    from fastpipe.data.barycentric_model import BarycentricModel
    from fastpipe.data.header import Header
    from fastpipe.data.recording import Recording
    from fastpipe.pipeline.quick_look import QuickLook


_SHOWN_GAPS = 5


@click.command("info", short_help="Show header, length, bandpass, and what is odd.")
@click.argument("files", nargs=-1, required=True, type=FILE)
@position_option("Position (J2000) instead of that in the header: hours and degrees with colons, or both in degrees.")
@json_option
@debug_option
def command(files: tuple[Path, ...], position: tuple[float, float] | None, as_json: bool) -> None:
    """Show what FILES hold: header, length, bandpass, and what is odd about them.

    Several files are taken as one recording, in the order of time.
    """
    from fastpipe.io.recordings import open_recording
    from fastpipe.pipeline.quick_look import look_at

    recording: Recording = open_recording(files)
    if position is not None:
        recording = CorrectedRecording(recording, replace(recording.header, ra_deg=position[0], dec_deg=position[1]))
    model = _barycentric_model(recording.header, is_wanted=position is not None)
    look = look_at(recording)
    click.echo(_as_json(recording, model, look) if as_json else _as_text(recording, model, look))


def _barycentric_model(header: "Header", is_wanted: bool) -> "BarycentricModel | str":
    """Return how time runs at the barycentre, or why that cannot be known, unless the user asked for it."""
    from fastpipe.io.barycentre import barycentric_model

    try:
        return barycentric_model(header)
    except (ConfigError, HeaderError) as error:
        if is_wanted:
            raise
        return str(error)


def _as_json(recording: "Recording", model: "BarycentricModel | str", look: "QuickLook") -> str:
    from fastpipe.units import format_mjd

    header = recording.header
    known = None if isinstance(model, str) else model
    content = asdict(header) | {
        "extra": dict(header.extra),
        "tobs_s": header.tobs_s,
        "utc": format_mjd(header.tstart),
        "velocity_over_c": known.velocity_over_c if known else None,
        "tstart_barycentric_mjd": known.start_mjd_tdb if known else None,
        "bandwidth_mhz": header.bandwidth_mhz,
        "fcenter_mhz": header.fcenter_mhz,
        "files": [str(path) for path in recording.paths],
        "gaps": [[gap.start, gap.stop] for gap in recording.gaps],
        "channel_mean": look.statistics.mean.tolist(),
        "channel_std": look.statistics.std.tolist(),
        "dead_channels": look.is_dead.nonzero()[0].tolist(),
        "smallest": look.smallest,
        "largest": look.largest,
        "low_fraction": look.low_fraction,
        "high_fraction": look.high_fraction,
        "bad_fraction": look.bad_fraction,
        "oddities": list(look.oddities),
    }
    # JSON has no word for what is not a number.
    plain = {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in content.items()}
    return json.dumps(plain, indent=2)


def _as_text(recording: "Recording", model: "BarycentricModel | str", look: "QuickLook") -> str:
    from fastpipe.plotting.bandpass_text import draw_bandpass

    header = recording.header
    rows = [*_header_rows(recording), *_barycentre_rows(header, model), *_data_rows(recording, look)]
    lines = [f"{name:<10} {value}" for name, value in rows]
    if header.nchans > 1:
        lines += ["", *draw_bandpass(header.chan_freqs_mhz, look.statistics.mean)]
    lines += ["", *(f"odd: {sentence}" for sentence in look.oddities)] if look.oddities else ["", "nothing odd found"]
    return "\n".join(lines)


def _header_rows(recording: "Recording") -> list[tuple[str, str]]:
    from fastpipe.units import format_angle, format_mjd, format_seconds

    header = recording.header
    freqs = header.chan_freqs_mhz
    position = "unknown"
    if header.ra_deg is not None and header.dec_deg is not None:
        texts = f"{format_angle(header.ra_deg, 15.0)} {format_angle(header.dec_deg, 1.0)}"
        position = f"{texts} (RA {header.ra_deg:.5f} deg, Dec {header.dec_deg:.5f} deg, J2000)"
    utc = format_mjd(header.tstart)
    frame = "barycentric" if header.is_barycentric else "topocentric"
    order = "ascending" if header.foff > 0 else "descending"
    rows = [
        ("files", ", ".join(str(path) for path in recording.paths)),
        ("source", header.source_name or "not named"),
        ("telescope", f"{header.telescope}, backend {header.machine}, beam {header.ibeam}"),
        ("position", position),
        ("start", f"MJD {header.tstart:.8f} UTC{f', {utc}' if utc else ''}, {frame}"),
        ("length", f"{format_seconds(header.tobs_s)}: {header.nsamples} samples of {header.tsamp * 1e6:.6g} us"),
    ]
    if header.nchans > 1:
        channels = f"{header.nchans} channels of {abs(header.foff):.6g} MHz, {order}"
        rows.append(("band", f"{freqs.min():.3f} to {freqs.max():.3f} MHz: {channels}"))
    else:
        rows.append(("band", f"one channel at {header.fch1:.3f} MHz"))
    if header.is_series:
        rows.append(("series", f"dedispersed before at DM {header.dm} pc cm^-3"))
    return rows


def _barycentre_rows(header: "Header", model: "BarycentricModel | str") -> list[tuple[str, str]]:
    if isinstance(model, str):
        # A missing position is among what is odd.
        has_position = header.ra_deg is not None and header.dec_deg is not None
        return [("barycentre", f"not known: {model}")] if has_position and not header.is_barycentric else []
    return [("barycentre", f"v/c = {model.velocity_over_c:+.6e} at mid-time, start at MJD {model.start_mjd_tdb:.8f} TDB")]


def _data_rows(recording: "Recording", look: "QuickLook") -> list[tuple[str, str]]:
    from fastpipe.units import format_bytes, format_seconds

    header, mean, std = recording.header, look.statistics.mean, look.statistics.std
    size = header.nsamples * header.nchans * header.nifs * header.nbits / 8
    values = f"{look.smallest:.6g} to {look.largest:.6g}, mean {mean.mean():.5g}, standard deviation {std.mean():.4g}"
    if not math.isnan(look.high_fraction):
        values += f"; {100 * look.low_fraction:.2g} % at 0, {100 * look.high_fraction:.2g} % at {2**header.nbits - 1}"
    rows = [
        ("data", f"{header.nbits} bit, {header.nifs} polarisation(s), {format_bytes(size)}"),
        ("values", values),
    ]
    if recording.gaps:
        gaps = [f"{len(gap)} samples at {format_seconds(gap.start * header.tsamp)}" for gap in recording.gaps[:_SHOWN_GAPS]]
        more = len(recording.gaps) - len(gaps)
        rows.append(("gaps", ", ".join(gaps) + (f" and {more} more" if more else "")))
    return rows
