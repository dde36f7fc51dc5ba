"""Fake recordings with the polarisations apart."""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.header import Header
from fastpipe.errors import ConfigError
from fastpipe.simulation.filterbank import simulate
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.pulsar import SimulatedPulsar
from fastpipe.simulation.shape import FilterbankShape

NPOLS: Final = (1, 2, 4)
"""Numbers of polarisations that can be simulated."""


def simulate_polarisations(
    shape: FilterbankShape,
    npol: int,
    pulsar: SimulatedPulsar | None = None,
    interference: SimulatedInterference | None = None,
    seed: int = 0,
    barycentre: BarycentricModel | None = None,
) -> tuple[Header, Iterator[NDArray[Any]]]:
    """Simulate a recording of one, two or four polarisations.

    The pulsar is not polarised: it is in both feeds, in each with 1/sqrt(2) of the S/N, so that their sum has the S/N
    asked for. The cross products of the feeds, polarisations 3 and 4, hold noise alone. Noise and times of sparks are
    those of each feed.

    Parameters
    ----------
    shape
        Size, band and noise of the recording.
    npol
        Number of polarisations: 1 (their sum), 2 (the feeds) or 4 (the feeds and their cross products).
    pulsar
        The pulsar, or None for noise alone.
    interference
        What disturbs the feeds, or None for nothing.
    seed
        Start of the random numbers, not negative. The same arguments give the same recording.
    barycentre
        How time runs at the barycentre, if the spin of the pulsar is that seen there; None for that at the telescope.

    Returns
    -------
    header : Header
        Header of the recording, with `nifs` = `npol`.
    blocks : iterator of ndarray
        Consecutive spectra, each of shape [n, nchans] for one polarisation, or [n, npol, nchans].

    Raises
    ------
    ConfigError
        If arguments make no sense together.

    Examples
    --------
    >>> header, blocks = simulate_polarisations(FilterbankShape(nchans=8, nsamples=100), 2)
    >>> header.nifs, next(blocks).shape
    (2, (100, 2, 8))
    """
    if npol not in NPOLS:
        raise ConfigError(f"found {npol} polarisations, expected 1, 2 or 4; choose one of these")
    in_one_feed = _in_one_feed(pulsar, npol)
    header, first = simulate(shape, in_one_feed, interference, seed, barycentre)
    if npol == 1:
        return header, first
    _, second = simulate(shape, in_one_feed, interference, _seed_of(seed, 1), barycentre)
    crosses = [simulate(shape, seed=_seed_of(seed, number))[1] for number in range(2, npol)]
    blocks = (np.stack(parts, axis=1) for parts in zip(first, second, *crosses, strict=True))
    return replace(header, nifs=npol), blocks


def _in_one_feed(pulsar: SimulatedPulsar | None, npol: int) -> SimulatedPulsar | None:
    return pulsar if pulsar is None or npol == 1 else replace(pulsar, snr=pulsar.snr / math.sqrt(2.0))


def _seed_of(seed: int, number: int) -> int:
    return int(np.random.SeedSequence(seed, spawn_key=(number,)).generate_state(1, np.uint64)[0])
