"""``fastpipe rfi``: find interference, report it, and write masks."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastpipe.cli.options import FILE, check_output_file, debug_option, json_option, read_configuration

if TYPE_CHECKING:
    from fastpipe.data.recording import Recording
    from fastpipe.data.rfi_findings import RFIFindings


@click.command("rfi", short_help="Find interference; write a mask, a report, a plot.")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("-o", "--output", type=FILE, help="Mask and statistics to write (HDF5).")
@click.option("--plot", type=FILE, help="Figure to write (PNG).")
@click.option("--presto", type=FILE, help="Mask to write for PRESTO (.mask).")
@click.option("--channels", type=FILE, help="List of the channels masked throughout to write (text).")
@click.option("-c", "--config", "config_path", type=FILE, help='Configuration (TOML); "fastpipe config" prints one.')
@click.option("--threads", type=int, help="Number of threads; 0 for all cores.")
@click.option("--serial", is_flag=True, help="One task after the other; the results are the same.")
@click.option("--quiet", is_flag=True, help="No progress and no table.")
@json_option
@debug_option
def command(
    files: tuple[Path, ...],
    config_path: Path | None,
    threads: int | None,
    serial: bool,
    quiet: bool,
    as_json: bool,
    **outputs: Path | None,
) -> None:
    """Find the interference in FILES and say what a search would mask, and why.

    Several files are taken as one recording, in the order of time. A search finds the same mask by itself; give it another
    with mask_file in its configuration.
    """
    from fastpipe.execution.progress import SilentProgress, TerminalProgress
    from fastpipe.execution.rfi import run_rfi
    from fastpipe.plotting.rfi_text import rfi_report

    config = read_configuration(config_path, {"threads": threads, "scheduler": "serial" if serial else None})
    _check_outputs(outputs, (*files, *config.given_files, *filter(None, [config_path])))
    progress = SilentProgress() if quiet else TerminalProgress()
    try:
        recording, findings = run_rfi(files, config, progress=progress)
    finally:
        progress.close()
    written = _write(recording, findings, outputs)
    if as_json:
        click.echo(json.dumps(_content(recording, findings), indent=2))
    elif not quiet:
        click.echo("\n".join([*rfi_report(recording, findings), *([""] if written else []), *written]))


def _check_outputs(outputs: dict[str, Path | None], inputs: tuple[Path, ...]) -> None:
    from fastpipe.errors import ConfigError

    paths = [path for path in outputs.values() if path is not None]
    for path in paths:
        check_output_file(path, inputs)
    names = [path.resolve() for path in paths]
    for name in names:
        if names.count(name) > 1:
            raise ConfigError(f"found {name} as the name of two outputs, expected one for each; change one of them")
    # A name that promises another format would not be believed later.
    if (plot := outputs["plot"]) is not None and plot.suffix.lower() != ".png":
        raise ConfigError(f"found {plot} as the name of a figure, expected one that ends in .png; change --plot")


def _write(recording: "Recording", findings: "RFIFindings", outputs: dict[str, Path | None]) -> list[str]:
    """Write what was asked for; return a line for each file."""
    from fastpipe.cli.figures import save_picture
    from fastpipe.io.channel_list import write_channel_list
    from fastpipe.io.presto_mask import of_rfi_mask, write_presto_mask
    from fastpipe.io.rfi_mask_file import write_rfi_mask
    from fastpipe.plotting.picture import Picture
    from fastpipe.plotting.rfi import draw_rfi

    header, mask, lines = recording.header, findings.mask, []
    if (path := outputs["output"]) is not None:
        write_rfi_mask(path, header, findings)
        lines.append(f"Mask: {path}")
    if (path := outputs["presto"]) is not None:
        write_presto_mask(path, of_rfi_mask(mask, header))
        lines.append(f"Mask for PRESTO, without the spikes: {path}")
    if (path := outputs["channels"]) is not None:
        write_channel_list(path, mask.bad_channels, header.chan_freqs_mhz)
        lines.append(f"Channels: {path}")
    if (path := outputs["plot"]) is not None:
        save_picture(Picture(draw_rfi(header, findings)), path)
        lines.append(f"Figure: {path}")
    return lines


def _content(recording: "Recording", findings: "RFIFindings") -> dict[str, Any]:
    from fastpipe.data.channel_ranges import channel_ranges
    from fastpipe.data.rfi_mask import Reason

    header, mask, diode = recording.header, findings.mask, findings.diode
    in_seconds = {"period_s": "period_samples", "on_s": "on_samples", "first_on_s": "first_on"}
    return {
        "files": [str(path) for path in recording.paths],
        "nchans": header.nchans,
        "tobs_s": header.tobs_s,
        "nintervals": len(mask.reasons),
        "interval_s": mask.interval_samples * header.tsamp,
        "masked_fraction": mask.masked_fraction,
        "fraction_by_reason": {str(reason.name).lower(): mask.fraction_of(reason) for reason in Reason},
        "masked_channels": [list(limits) for limits in channel_ranges(mask.bad_channels)],
        "bad_samples": mask.bad_samples.tolist(),
        "gaps": [[gap.start, gap.stop] for gap in recording.gaps],
        "has_broadband": findings.has_broadband,
        "noise_diode": diode and {name: getattr(diode, field) * header.tsamp for name, field in in_seconds.items()},
        "remarks": list(findings.remarks),
    }
