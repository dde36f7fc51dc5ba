"""What interference costs, and what the default cleaning brings back.

``python -m benchmarks.rfi_recovery`` puts three pulsars into a minute of simulated data, adds one family of interference
after the other, and searches each three times: cleaned by default, not cleaned, and without the interference but with the
mask of the first. Then it searches the real recordings, where they are at hand, with and without cleaning. Names of
families as arguments choose some of them; ``real`` stands for the real recordings.
"""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from fastpipe.config import SearchConfig, override
from fastpipe.data.recording import Recording
from fastpipe.execution.executors import SerialExecutor
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.recordings import open_recording
from fastpipe.pipeline.fold_candidates import FoldTarget, fold_candidates, fold_source
from fastpipe.pipeline.preparation import prepare
from fastpipe.pipeline.rfi import find_rfi
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.rfi_presets import RFI_FAMILIES, fast_interference, typical_interference
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.rfi_searches import NO_CLEANING, look_for, recover, search_with

SHAPE = FilterbankShape(nchans=256, nsamples=2**17, tsamp=4e-4)
PULSARS = (
    SimulatedPulsar(period_s=0.0057, dm=50.0, snr=30.0, duty_cycle=0.15),
    SimulatedPulsar(period_s=0.0713, dm=50.0, snr=30.0),
    SimulatedPulsar(period_s=0.9, dm=50.0, snr=30.0),
)
FAIR_DAY, REAL = "fair-day", "real"
# Files, period in s and DM of the pulsar; no period where none can be found by a search.
REAL_RECORDINGS: dict[str, tuple[tuple[str, ...], float | None, float | None]] = {
    "fake pulsar, 2 bit": (("tutorial_2bit.fil",), 0.250014, None),
    "B0329+54 portrait": (("b0329_portrait_611mhz.fil",), 0.714536, 26.8),
    "Crab field, Parkes": (("parkes_8bit_1.fil", "parkes_8bit_2.fil"), None, None),
}
CRAB_PERIOD_S, CRAB_DM = 0.0337, 56.77


def simulated_rows(names: list[str]) -> Iterator[str]:
    """Search every pulsar in every family and yield one line of the table for each."""
    yield "family     period s  clean cleaned  ratio    raw  rank false   raw  masked"
    for name in names:
        for pulsar in PULSARS:
            with tempfile.TemporaryDirectory() as folder:
                found = recover(SHAPE, pulsar, _interference(name), SearchConfig(), Path(folder))
            yield (
                f"{name:<10} {pulsar.period_s:8.4f} {found.reference.snr:6.1f} {found.cleaned.snr:7.1f} {found.ratio:6.3f} "
                f"{found.uncleaned.snr:6.1f} {found.cleaned.rank:5d} {found.cleaned.nfalse:5d} {found.uncleaned.nfalse:5d} "
                f"{100 * found.cleaned.masked_fraction:6.1f}%"
            )


def _interference(name: str) -> SimulatedInterference:
    return fast_interference(SHAPE) if name == FAIR_DAY else typical_interference(SHAPE, [name])


def real_rows(folder: Path) -> Iterator[str]:
    """Search the real recordings with and without cleaning and yield one line of the table for each."""
    yield "recording            cleaned    raw  rank   raw false   raw  masked"
    for name, (files, period_s, dm) in REAL_RECORDINGS.items():
        recording = open_recording([folder / file for file in files])
        freq_hz = 1.0 / period_s if period_s else 0.0
        found, raw = (
            look_for(search_with(recording, config), freq_hz, dm)
            for config in (SearchConfig(), override(SearchConfig(), **NO_CLEANING))
        )
        yield (
            f"{name:<20} {found.snr:7.1f} {raw.snr:6.1f} {found.rank:5d} {raw.rank:5d} {found.nfalse:5d} {raw.nfalse:5d} "
            f"{100 * found.masked_fraction:6.1f}%"
        )
    recording = open_recording([folder / file for file in REAL_RECORDINGS["Crab field, Parkes"][0]])
    snrs = [folded_snr(recording, config) for config in (SearchConfig(), override(SearchConfig(), **NO_CLEANING))]
    yield f"the Crab pulsar folded in it: S/N {snrs[0]:.1f} cleaned, {snrs[1]:.1f} not cleaned"


def folded_snr(recording: Recording, config: SearchConfig) -> float:
    """Fold the Crab pulsar without a search and return its S/N."""
    executor = SerialExecutor(SilentProgress(), StageLedger())
    clean = prepare(recording, find_rfi(recording, config.cleaning, executor), config.cleaning, executor)
    source = fold_source(recording.header, clean)
    return fold_candidates(source, [FoldTarget(1.0 / CRAB_PERIOD_S, CRAB_DM)], config.folding, executor)[0].snr


def main(names: list[str]) -> None:
    """Print the tables of the families named, of all without a name."""
    every = [*RFI_FAMILIES, FAIR_DAY]
    chosen = [name for name in names if name != REAL] if names else every
    if chosen:
        print(f"{SHAPE.nchans} channels, {SHAPE.nsamples * SHAPE.tsamp:.0f} s, DM 50, S/N 30 injected")
        for row in simulated_rows(chosen):
            print(row, flush=True)
    folder = Path(os.environ.get("FASTPIPE_TEST_DATA", "../shared/data")) / "recordings"
    if (not names or REAL in names) and folder.is_dir():
        for row in real_rows(folder):
            print(row, flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
