"""Random small recordings with several pulsars each: simulated, or a real recording with pulsars injected."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from fastpipe.data.header import Header
from fastpipe.dispersion import dm_delay_s
from fastpipe.io.recordings import open_recording
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.shape import FilterbankShape
from tests.pipeline.recordings import MemoryRecording
from training.draw_sources import DrawnPulsar, add_pulsar, draw_interference, draw_pulsar, log_uniform

REAL_RECORDINGS: Final[dict[str, tuple[float, ...]]] = {
    "recordings/tutorial_2bit.fil": (0.250014,),
    "recordings/b0329_portrait_611mhz.fil": (0.714536,),
    "recordings/parkes_8bit_1.fil": (0.0337,),
    "recordings/frb180417_askap.fil": (),
    "series/J1807-0847_gbt.dat": (0.163723,),
    "series/B1929+10_lovell.dat": (0.226542,),
    "series/B0329+54_lovell.dat": (0.714567,),
}
"""Real recordings whose noise is used, with the periods in s of the pulsars in them, which are left out."""
_SERIES_SHARE: Final = 0.15
_BAND_SHARES: Final = (0.7, 0.12, 0.18)
"""Of recordings with a band: like FAST's, narrow, at low frequencies."""
_SERIES_BAND_MHZ: Final = (1050.0, 1450.0)
"""Band from which a series was dedispersed: interference in it is smeared by the sweep."""
_INTERFERENCE_SHARE: Final = 0.6
_VALUES: Final = 2**23
"""Largest number of samples times channels, so that a recording takes about a second."""


@dataclass(frozen=True, slots=True)
class DrawnRecording:
    """A recording and the truth about it."""

    recording: MemoryRecording
    pulsars: tuple[DrawnPulsar, ...]
    has_interference: bool
    population: str
    """One of `fold_set.POPULATIONS`."""
    own_periods_s: tuple[float, ...] = ()
    """Periods in s of pulsars that were in a real recording before."""


def draw_recording(rng: np.random.Generator, npulsars: int) -> DrawnRecording:
    """Draw a simulated recording with some pulsars, in three of five cases with interference."""
    population, shape = draw_shape(rng)
    header = _header(shape, rng)
    has_interference = bool(rng.random() < _INTERFERENCE_SHARE)
    interference = draw_interference(rng, shape) if has_interference else SimulatedInterference()
    pulsars = tuple(draw_pulsar(rng, header) for _ in range(npulsars))
    values = np.zeros((shape.nsamples, shape.nchans), np.float32)
    for family in interference.families:
        family.make_signal(header, rng).add(0, values, rng)
    values += interference.broadband(header, rng)[:, None]
    if header.dm is not None:
        values = _smeared(values, header)
    values += rng.standard_normal(values.shape, np.float32)
    for pulsar in pulsars:
        add_pulsar(pulsar, header, values)
    return DrawnRecording(MemoryRecording(header, _recorded(values, shape)), pulsars, has_interference, population)


def draw_shape(rng: np.random.Generator) -> tuple[str, FilterbankShape]:
    """Draw population, size and band: like FAST's, narrow, at low frequencies, or one channel for a series; 10 to 120 s."""
    if rng.random() < _SERIES_SHARE:
        nsamples, tsamp = int(2 ** rng.uniform(15, 19)), log_uniform(rng, 2e-4, 1e-2)
        shape = FilterbankShape(nchans=1, nsamples=nsamples, tsamp=tsamp, bandwidth_mhz=0.1, nbits=32, bandpass_depth=0.0)
        return "series", shape
    band = int(rng.choice(3, p=_BAND_SHARES))
    top_mhz, bandwidth_mhz, nchans = (
        (1450.0, 400.0, int(2 ** rng.integers(5, 9))),
        (log_uniform(rng, 300.0, 1600.0), log_uniform(rng, 10.0, 60.0), int(2 ** rng.integers(4, 7))),
        (log_uniform(rng, 200.0, 400.0), log_uniform(rng, 50.0, 120.0), int(2 ** rng.integers(6, 9))),
    )[band]
    tobs_s, tsamp = log_uniform(rng, 10.0, 120.0), log_uniform(rng, 1e-4, 1e-3)
    nsamples = int(min(tobs_s / tsamp, _VALUES / nchans))
    nbits = int(rng.choice((1, 2, 8), p=(0.15, 0.2, 0.65)))
    shape = FilterbankShape(
        nchans=nchans,
        nsamples=nsamples,
        tsamp=tobs_s / nsamples,
        top_mhz=top_mhz,
        bandwidth_mhz=bandwidth_mhz,
        nbits=nbits,
        bandpass_depth=rng.uniform(0.0, 0.5),
    )
    return ("fast", "narrow", "low")[band], shape


def _smeared(values: NDArray[np.float32], header: Header) -> NDArray[np.float32]:
    """Return interference as dedispersion leaves it: averaged over the sweep of the band."""
    sweep_s = float(dm_delay_s(header.dm or 0.0, *_SERIES_BAND_MHZ))
    return np.asarray(uniform_filter1d(values, max(round(sweep_s / header.tsamp), 1), axis=0))


def _header(shape: FilterbankShape, rng: np.random.Generator) -> Header:
    header = shape.header()
    return replace(header, dm=rng.uniform(5.0, 300.0)) if shape.nchans == 1 else header


def _recorded(values: NDArray[np.float32], shape: FilterbankShape) -> NDArray[Any]:
    """Turn spectra in units of the noise into what a recorder writes."""
    mean, std = shape.noise_counts()
    if shape.nbits == 32:
        return mean + std * values
    return np.clip(np.rint(mean + std * values), 0, 2**shape.nbits - 1).astype(np.uint8)


def draw_real(rng: np.random.Generator, npulsars: int, path: Path) -> DrawnRecording:
    """Inject some pulsars into a real recording, the name of which is a key of `REAL_RECORDINGS`."""
    recording = open_recording([path])
    header = recording.header
    recorded = recording.read(0, header.nsamples)
    pulsars = tuple(draw_pulsar(rng, header) for _ in range(npulsars))
    values = np.zeros(recorded.shape, np.float32)
    for pulsar in pulsars:
        add_pulsar(pulsar, header, values)
    # The spread of differences is that of the noise whatever the level does.
    spread = np.median(np.abs(np.diff(recorded[: 2**15].astype(np.float32), axis=0)), axis=0) / (0.6745 * np.sqrt(2.0))
    changed = recorded + values * np.maximum(spread, 0.5 if header.is_bytes else 0.0)
    if header.is_bytes:
        # Rounding at random keeps what is weaker than a step of the recorder.
        highest = 2**header.nbits - 1
        changed = np.clip(np.floor(changed + rng.random(changed.shape, np.float32)), 0, highest).astype(np.uint8)
    made = MemoryRecording(header, changed.astype(recorded.dtype))
    return DrawnRecording(made, pulsars, True, "real", REAL_RECORDINGS["/".join(path.parts[-2:])])
