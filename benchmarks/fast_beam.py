"""One of the 19 beams of FAST: what a scan of it is like, and how fast this machine reads and searches such files."""

from pathlib import Path
from tempfile import TemporaryDirectory

from fastpipe.data.header import Header
from fastpipe.data.kernel_rates import KernelRates
from fastpipe.execution.executors import ThreadedExecutor
from fastpipe.execution.machine import available_cores
from fastpipe.execution.progress import SilentProgress
from fastpipe.execution.stage_ledger import StageLedger
from fastpipe.io.psrfits_writer import write_psrfits
from fastpipe.io.recordings import open_recording
from fastpipe.pipeline.machine_rates import recording_rates
from fastpipe.simulation.polarisations import simulate_polarisations
from fastpipe.simulation.shape import FilterbankShape

NCHANS, TSAMP, TOP_MHZ, BANDWIDTH_MHZ = 4096, 49.152e-6, 1500.0, 500.0
NBEAMS, SCAN_S = 19, 300.0
_PROBE_SAMPLES = 2**14


def beam_header(nifs: int) -> Header:
    """Return the header of one beam of FAST: 4096 channels, 49.152 us, 8 bits, 300 s."""
    foff = -BANDWIDTH_MHZ / NCHANS
    return Header(
        nchans=NCHANS,
        nsamples=round(SCAN_S / TSAMP),
        tsamp=TSAMP,
        fch1=TOP_MHZ + foff / 2.0,
        foff=foff,
        nbits=8,
        nifs=nifs,
        tstart=60000.0,
        telescope="FAST",
    )


def measured_rates(nifs: int, *, with_drifts: bool) -> tuple[KernelRates, float]:
    """Return the rates of this machine with all its cores, and that of reading PSRFITS with so many polarisations."""
    shape = FilterbankShape(
        nchans=NCHANS, nsamples=_PROBE_SAMPLES, tsamp=TSAMP, top_mhz=TOP_MHZ, bandwidth_mhz=BANDWIDTH_MHZ
    )
    executor = ThreadedExecutor(available_cores(), SilentProgress(), StageLedger())
    with TemporaryDirectory() as folder:
        paths = write_psrfits(Path(folder) / "probe.fits", *simulate_polarisations(shape, nifs, seed=1))
        return recording_rates(open_recording(paths), executor, with_drifts=with_drifts)
