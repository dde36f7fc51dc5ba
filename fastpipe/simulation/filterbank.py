"""Fake filterbank recordings with a known answer."""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.header import Header
from fastpipe.data.recording import cut_into_chunks
from fastpipe.errors import ConfigError
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import PulseTemplates, SimulatedPulsar, make_pulse_templates
from fastpipe.simulation.shape import FilterbankShape
from fastpipe_kernels.simulation import quantise

BLOCK_SAMPLES: Final = 4096
"""Spectra that are made at a time. Part of the definition of the noise: every block has its own random numbers."""

# Independent streams of random numbers of one seed.
_NOISE_STREAM, _BROADBAND_STREAM, _TIMES_STREAM, _FAMILY_STREAM = 0, 1, 2, 3


def simulate(
    shape: FilterbankShape,
    pulsar: SimulatedPulsar | None = None,
    interference: SimulatedInterference | None = None,
    seed: int = 0,
    barycentre: BarycentricModel | None = None,
) -> tuple[Header, Iterator[NDArray[Any]]]:
    """Simulate a filterbank recording: Gaussian noise, a dispersed pulsar, interference.

    Parameters
    ----------
    shape
        Size, band and noise of the recording.
    pulsar
        The pulsar, or None for noise alone.
    interference
        What disturbs the recording, or None for nothing.
    seed
        Start of the random numbers, not negative. The same arguments give the same recording.
    barycentre
        How time runs at the barycentre, if the spin of the pulsar is that seen there; None for that at the telescope.

    Returns
    -------
    header : Header
        Header of the recording.
    blocks : iterator of ndarray
        Consecutive spectra, each of shape [n, nchans], made as they are asked for: counts as uint8 up to 8 bits, as uint16
        for 16; for 32 bits float32 that is neither rounded nor cut.

    Raises
    ------
    ConfigError
        If arguments make no sense together.

    Examples
    --------
    >>> shape = FilterbankShape(nchans=8, nsamples=5000)
    >>> header, blocks = simulate(shape, SimulatedPulsar(period_s=0.01, dm=20.0, snr=30.0))
    >>> [block.shape for block in blocks]
    [(4096, 8), (904, 8)]
    """
    if seed < 0:
        raise ConfigError(f"found seed = {seed}, expected no negative number; choose another")
    interference = interference or SimulatedInterference()
    interference.check_channels(shape.nchans)
    header = shape.header()
    is_alive = np.ones(shape.nchans, np.bool_)
    is_alive[list(interference.dead_channels)] = False
    templates = make_pulse_templates(pulsar, header, is_alive, barycentre) if pulsar else None
    return header, _blocks(shape, templates, interference, is_alive, seed)


def _random(seed: int, *stream: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=stream))


def _blocks(
    shape: FilterbankShape,
    templates: PulseTemplates | None,
    interference: SimulatedInterference,
    is_alive: NDArray[np.bool_],
    seed: int,
) -> Iterator[NDArray[Any]]:
    mean, std = (np.where(is_alive, counts, np.float32(0.0)) for counts in shape.noise_counts())
    header = shape.header()
    broadband = interference.broadband(header, _random(seed, _BROADBAND_STREAM))
    signals = [
        family.make_signal(header, _random(seed, _TIMES_STREAM, index)) for index, family in enumerate(interference.families)
    ]
    values = np.empty((BLOCK_SAMPLES, shape.nchans), np.float32)
    for number, chunk in enumerate(cut_into_chunks(shape.nsamples, BLOCK_SAMPLES)):
        block = values[: len(chunk)]
        _random(seed, _NOISE_STREAM, number).standard_normal(dtype=np.float32, out=block)
        interference.add_narrowband(block)
        for index, signal in enumerate(signals):
            signal.add(chunk.start, block, _random(seed, _FAMILY_STREAM, index, number))
        if templates is not None:
            templates.add(chunk.start, block)
        added = broadband[chunk.start : chunk.stop]
        if shape.nbits == 32:
            yield mean + std * (block + added[:, None])
            continue
        counts = np.empty(block.shape, np.uint16 if shape.nbits == 16 else np.uint8)
        quantise(block, added, mean, std, np.float32(2**shape.nbits - 1), counts)
        yield counts
