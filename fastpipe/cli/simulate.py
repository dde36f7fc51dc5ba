"""``fastpipe simulate``: a fake recording with a known answer."""

import json
import math
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastpipe.cli.options import FILE, check_output_file, debug_option, json_option

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from fastpipe.execution.progress import Progress
    from fastpipe.simulation.interference import SimulatedInterference
    from fastpipe.simulation.pulsar import SimulatedPulsar
    from fastpipe.simulation.shape import FilterbankShape

# One channel in fifty is dead and another one in fifty disturbed: about what an L-band receiver sees on a fair day.
_BAD_CHANNEL_SPACING = 50
# S/N at DM 0: of the mains over the whole recording, and of one spark in one sample.
_MAINS_SNR = 15.0
_SPARK_SNR = 10.0
_SPARK_RATE_HZ = 0.2


@click.command("simulate", short_help="Write a fake recording with a known pulsar.")
@click.option("-o", "--output", required=True, type=FILE, help="Filterbank file to write; an older one is replaced.")
@click.option("--duration", default=60.0, show_default=True, help="Length in s.")
@click.option("--tsamp", default=49.152e-6, show_default=True, help="Sampling time in s.")
@click.option("--nchans", default=1024, show_default=True, help="Number of channels.")
@click.option("--top", default=1450.0, show_default=True, help="Upper edge of the band in MHz.")
@click.option("--bottom", default=1050.0, show_default=True, help="Lower edge of the band in MHz.")
@click.option("--nbits", default=8, show_default=True, help="Bits of a value: 1, 2, 4 or 8.")
@click.option(
    "--period", "period_s", default=0.1, show_default=True, help="Spin period in s at the middle of the recording."
)
@click.option("--dm", default=60.0, show_default=True, help="Dispersion measure in pc cm^-3.")
@click.option("--snr", default=30.0, show_default=True, help="Matched-filter S/N over the recording; 0 for noise alone.")
@click.option(
    "--duty", "duty_cycle", default=0.05, show_default=True, help="Width of the pulse at half its height, in turns."
)
@click.option("--accel", default=0.0, show_default=True, help="Acceleration in m s^-2, positive away from us.")
@click.option(
    "--rfi/--no-rfi", default=False, show_default=True, help="Add interference: dead and noisy channels, mains, sparks."
)
@click.option("--seed", default=0, show_default=True, help="Start of the random numbers; the same seed gives the same file.")
@json_option
@debug_option
def command(output: Path, rfi: bool, seed: int, as_json: bool, **options: Any) -> None:
    """Write a fake filterbank recording of Gaussian noise with one dispersed pulsar, and print the truth about it."""
    from fastpipe.execution.progress import TerminalProgress
    from fastpipe.io.sigproc import write_filterbank
    from fastpipe.simulation.filterbank import BLOCK_SAMPLES, simulate

    check_output_file(output)
    shape = _shape(options)
    pulsar = _pulsar(options)
    header, blocks = simulate(shape, pulsar, _interference(shape) if rfi else None, seed)
    progress = TerminalProgress()
    progress.stage("simulating", -(-header.nsamples // BLOCK_SAMPLES))
    try:
        write_filterbank(output, header, _counted(blocks, progress))
    finally:
        progress.close()
    truth = {
        "file": str(output),
        "nsamples": header.nsamples,
        "tobs_s": header.tobs_s,
        **(
            {name: options[name] for name in ("period_s", "dm", "snr", "duty_cycle", "accel")}
            if pulsar
            else {"pulsar": None}
        ),
        "interference": rfi,
        "seed": seed,
    }
    click.echo(json.dumps(truth, indent=2) if as_json else "\n".join(f"{name:<13} {value}" for name, value in truth.items()))


def _shape(options: dict[str, Any]) -> "FilterbankShape":
    from fastpipe.errors import ConfigError
    from fastpipe.simulation.shape import FilterbankShape

    if not (options["tsamp"] > 0 and 0 < options["duration"] < float("inf")):
        found = f"{options['duration']} s in samples of {options['tsamp']} s"
        raise ConfigError(f"found {found}, expected positive numbers; correct --duration or --tsamp")
    return FilterbankShape(
        nchans=options["nchans"],
        nsamples=round(options["duration"] / options["tsamp"]),
        tsamp=options["tsamp"],
        top_mhz=options["top"],
        bandwidth_mhz=options["top"] - options["bottom"],
        nbits=options["nbits"],
    )


def _pulsar(options: dict[str, Any]) -> "SimulatedPulsar | None":
    from fastpipe.simulation.pulsar import SimulatedPulsar

    if options["snr"] == 0:
        return None
    return SimulatedPulsar(**{name: options[name] for name in ("period_s", "dm", "snr", "duty_cycle", "accel")})


def _interference(shape: "FilterbankShape") -> "SimulatedInterference":
    from fastpipe.simulation.interference import SimulatedInterference

    return SimulatedInterference(
        dead_channels=tuple(range(_BAD_CHANNEL_SPACING // 3, shape.nchans, _BAD_CHANNEL_SPACING)),
        narrowband_channels=tuple(range(2 * _BAD_CHANNEL_SPACING // 3, shape.nchans, _BAD_CHANNEL_SPACING)),
        mains_amplitude=_MAINS_SNR * math.sqrt(2.0 / (shape.nchans * shape.nsamples)),
        spark_rate_hz=_SPARK_RATE_HZ,
        spark_amplitude=_SPARK_SNR / math.sqrt(shape.nchans),
    )


def _counted(blocks: "Iterable[NDArray[np.uint8]]", progress: "Progress") -> "Iterator[NDArray[np.uint8]]":
    for block in blocks:
        yield block
        progress.advance()
