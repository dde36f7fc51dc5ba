"""``fastpipe simulate``: a fake recording with a known answer."""

import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fastpipe.cli.options import FILE, check_output_file, debug_option, json_option, position_option

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from fastpipe.data.barycentric_model import BarycentricModel
    from fastpipe.data.header import Header
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
@click.option(
    "-o",
    "--output",
    required=True,
    type=FILE,
    help="File to write: PSRFITS where it ends in .fits or .sf, else SIGPROC; an older one is replaced.",
)
@click.option("--duration", default=60.0, show_default=True, help="Length in s.")
@click.option("--tsamp", default=49.152e-6, show_default=True, help="Sampling time in s.")
@click.option("--nchans", default=1024, show_default=True, help="Number of channels.")
@click.option("--top", default=1450.0, show_default=True, help="Upper edge of the band in MHz.")
@click.option("--bottom", default=1050.0, show_default=True, help="Lower edge of the band in MHz.")
@click.option("--nbits", default=8, show_default=True, help="Bits of a value: 1, 2, 4, 8, 16, or 32 for float32.")
@click.option(
    "--npol", default=1, show_default=True, help="Polarisations of PSRFITS: 1, 2 (two feeds) or 4 (with cross products)."
)
@click.option("--files", "nfiles", default=1, show_default=True, help="Files of PSRFITS to spread the rows over.")
@click.option(
    "--period",
    "period_s",
    default=0.1,
    show_default=True,
    help="Spin period in s at the middle of the recording: at the barycentre with --position, else at the telescope.",
)
@click.option("--dm", default=60.0, show_default=True, help="Dispersion measure in pc cm^-3.")
@click.option("--snr", default=30.0, show_default=True, help="Matched-filter S/N over the recording; 0 for noise alone.")
@click.option(
    "--duty", "duty_cycle", default=0.05, show_default=True, help="Width of the pulse at half its height, in turns."
)
@click.option("--accel", default=0.0, show_default=True, help="Acceleration in m s^-2, positive away from us.")
@position_option("Position (J2000) of the source, for FAST on MJD 60000: hours and degrees with colons, or both in degrees.")
@click.option(
    "--rfi/--no-rfi", default=False, show_default=True, help="Add interference: dead and noisy channels, mains, sparks."
)
@click.option(
    "--rfi-family",
    "families",
    multiple=True,
    metavar="NAME",
    help="Add typical interference of a family: carriers, bursts, sparks, mains, radar, satellite, diode or aviation; give "
    "the option again for another one. all adds every family but the diode.",
)
@click.option("--seed", default=0, show_default=True, help="Start of the random numbers; the same seed gives the same file.")
@json_option
@debug_option
def command(output: Path, rfi: bool, families: tuple[str, ...], seed: int, as_json: bool, **options: Any) -> None:
    """Write a fake recording of Gaussian noise with one dispersed pulsar, and print the truth about it."""
    from fastpipe.execution.progress import TerminalProgress
    from fastpipe.simulation.filterbank import BLOCK_SAMPLES
    from fastpipe.simulation.polarisations import simulate_polarisations

    check_output_file(output)
    npol, nfiles = options["npol"], options["nfiles"]
    _check_format(output, npol, nfiles)
    shape = _shape(options)
    pulsar = _pulsar(options)
    model = _barycentre(shape) if options["position"] else None
    header, blocks = simulate_polarisations(shape, npol, pulsar, _interference(shape, rfi, families), seed, model)
    progress = TerminalProgress()
    progress.stage("simulating", -(-header.nsamples // BLOCK_SAMPLES))
    try:
        paths = _write(output, header, _counted(blocks, progress), nfiles)
    finally:
        progress.close()
    truth = {
        "file": " ".join(map(str, paths)),
        "nsamples": header.nsamples,
        "tobs_s": header.tobs_s,
        **(
            {name: options[name] for name in ("period_s", "dm", "snr", "duty_cycle", "accel")}
            if pulsar
            else {"pulsar": None}
        ),
        "frame": "barycentric" if model else "topocentric",
        "interference": rfi or bool(families),
        **({"rfi_families": " ".join(families)} if families else {}),
        "seed": seed,
    }
    click.echo(json.dumps(truth, indent=2) if as_json else "\n".join(f"{name:<13} {value}" for name, value in truth.items()))


def _check_format(output: Path, npol: int, nfiles: int) -> None:
    from fastpipe.errors import ConfigError
    from fastpipe.io.recording_writer import FITS_SUFFIXES

    if nfiles < 1:
        raise ConfigError(f"found --files {nfiles}, expected at least 1; choose another number")
    if (npol != 1 or nfiles != 1) and output.suffix.lower() not in FITS_SUFFIXES:
        raise ConfigError(
            f"found --npol {npol} and --files {nfiles} for {output}, expected a name that ends in .fits or .sf, or 1 of "
            "both; change -o"
        )


def _write(output: Path, header: "Header", blocks: "Iterable[NDArray[Any]]", nfiles: int) -> tuple[Path, ...]:
    from fastpipe.io.psrfits_writer import ROW_SPECTRA, write_psrfits
    from fastpipe.io.recording_writer import FITS_SUFFIXES
    from fastpipe.io.sigproc import write_filterbank

    if output.suffix.lower() in FITS_SUFFIXES:
        nrows = -(-header.nsamples // ROW_SPECTRA)
        # Channels ascend in FAST's files.
        ascending = replace(header, fch1=header.fch1 + (header.nchans - 1) * header.foff, foff=-header.foff)
        flipped = (block[..., ::-1] for block in blocks)
        return write_psrfits(output, ascending, flipped, rows_per_file=-(-nrows // nfiles) if nfiles > 1 else None)
    write_filterbank(output, header, blocks)
    return (output,)


def _shape(options: dict[str, Any]) -> "FilterbankShape":
    from fastpipe.errors import ConfigError
    from fastpipe.simulation.shape import FilterbankShape

    if not (options["tsamp"] > 0 and 0 < options["duration"] < float("inf")):
        found = f"{options['duration']} s in samples of {options['tsamp']} s"
        raise ConfigError(f"found {found}, expected positive numbers; correct --duration or --tsamp")
    ra_deg, dec_deg = options["position"] or (None, None)
    return FilterbankShape(
        nchans=options["nchans"],
        nsamples=round(options["duration"] / options["tsamp"]),
        tsamp=options["tsamp"],
        top_mhz=options["top"],
        bandwidth_mhz=options["top"] - options["bottom"],
        nbits=options["nbits"],
        ra_deg=ra_deg,
        dec_deg=dec_deg,
    )


def _barycentre(shape: "FilterbankShape") -> "BarycentricModel":
    from fastpipe.io.barycentre import barycentric_model

    return barycentric_model(shape.header())


def _pulsar(options: dict[str, Any]) -> "SimulatedPulsar | None":
    from fastpipe.simulation.pulsar import SimulatedPulsar

    if options["snr"] == 0:
        return None
    return SimulatedPulsar(**{name: options[name] for name in ("period_s", "dm", "snr", "duty_cycle", "accel")})


def _interference(shape: "FilterbankShape", rfi: bool, names: tuple[str, ...]) -> "SimulatedInterference":
    from fastpipe.simulation.interference import SimulatedInterference
    from fastpipe.simulation.rfi_presets import fast_interference, typical_interference

    families = fast_interference(shape).families if "all" in names else ()
    families += typical_interference(shape, [name for name in names if name != "all"]).families
    if not rfi:
        return SimulatedInterference(families=families)
    return SimulatedInterference(
        dead_channels=tuple(range(_BAD_CHANNEL_SPACING // 3, shape.nchans, _BAD_CHANNEL_SPACING)),
        narrowband_channels=tuple(range(2 * _BAD_CHANNEL_SPACING // 3, shape.nchans, _BAD_CHANNEL_SPACING)),
        mains_amplitude=_MAINS_SNR * math.sqrt(2.0 / (shape.nchans * shape.nsamples)),
        spark_rate_hz=_SPARK_RATE_HZ,
        spark_amplitude=_SPARK_SNR / math.sqrt(shape.nchans),
        families=families,
    )


def _counted(blocks: "Iterable[NDArray[Any]]", progress: "Progress") -> "Iterator[NDArray[Any]]":
    for block in blocks:
        yield block
        progress.advance()
