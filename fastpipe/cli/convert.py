"""``fastpipe convert``: cut a recording, and change its bits, resolution or format."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastpipe.cli.options import FILE, check_output_file, debug_option, json_option

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fastpipe.execution.progress import Progress


def _frequencies(_ctx: click.Context, _parameter: click.Parameter, value: str | None) -> tuple[float, float] | None:
    """Turn ``1100:1400`` into two frequencies in MHz."""
    from fastpipe.errors import ConfigError

    if value is None:
        return None
    try:
        low, high = (float(part) for part in value.split(":"))
    except ValueError:
        low, high = 1.0, 0.0
    if not low <= high:
        raise ConfigError(f"found the channels {value!r}, expected two frequencies in MHz; write --channels 1100:1400")
    return low, high


@click.command("convert", short_help="Cut a recording, change its bits, resolution or format.")
@click.argument("files", nargs=-1, required=True, type=FILE)
@click.option("-o", "--output", required=True, type=FILE, help="File to write; its ending chooses the format.")
@click.option("--start", "start_s", default=0.0, show_default=True, help="First time to keep, in s after the start.")
@click.option("--stop", "stop_s", type=float, help="Time at which to end, in s after the start; the end by default.")
@click.option(
    "--channels",
    "channels_mhz",
    metavar="LOW:HIGH",
    callback=_frequencies,
    help="Frequencies to keep in MHz, such as 1100:1400; all by default.",
)
@click.option("--nbits", type=int, help="Bits of a sample: 1, 2, 4, 8, 16, or 32 for float32; unchanged by default.")
@click.option("--downsample", default=1, show_default=True, help="Spectra to average into one.")
@json_option
@debug_option
def command(files: tuple[Path, ...], output: Path, as_json: bool, **options: Any) -> None:
    """Cut FILES in time or frequency, change bits or time resolution, and write them as one file.

    Several files are taken as one recording. Polarisations are summed. Where the new bits do not hold the old values, every
    channel is brought to one mean and spread.
    """
    from fastpipe.execution.progress import TerminalProgress
    from fastpipe.io.recording_writer import check_suffix, write_recording
    from fastpipe.io.recordings import log_oddities, open_recording
    from fastpipe.pipeline.convert import Conversion, convert, plan_conversion

    recording = open_recording(files)
    log_oddities(recording)
    check_output_file(output, recording.paths)
    plan = plan_conversion(recording.header, Conversion(**options))
    check_suffix(output, plan.header)
    progress = TerminalProgress()
    progress.stage("converting", plan.nblocks)
    try:
        write_recording(output, plan.header, _counted(convert(recording, plan), progress))
    finally:
        progress.close()
    header = plan.header
    result = {"file": str(output), "nsamples": header.nsamples, "nchans": header.nchans, "nbits": header.nbits}
    result |= {"tsamp": header.tsamp, "tstart": header.tstart, "fch1": header.fch1, "foff": header.foff}
    click.echo(
        json.dumps(result, indent=2) if as_json else "\n".join(f"{name:<9} {value}" for name, value in result.items())
    )


def _counted(blocks: "Iterable[NDArray[Any]]", progress: "Progress") -> "Iterator[NDArray[Any]]":
    for block in blocks:
        yield block
        progress.advance()
