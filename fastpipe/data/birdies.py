"""Birdies: periodic interference that keeps its frequency, as lists, as combs, and as ranges of Fourier bins."""

from dataclasses import dataclass

import numpy as np

from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.sample_stretches import Stretches, merge_stretches
from fastpipe.data.tables import Table


@dataclass(frozen=True, slots=True)
class Comb:
    """A frequency with its harmonics at which interference is expected."""

    freq_hz: float
    """The fundamental in Hz."""
    nharm: int | None
    """Harmonics looked at; None for all up to the Nyquist frequency."""
    tolerance: float
    """Relative error of the frequency."""
    source: str
    """What is written into the table of birdies: mains or diode."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ListedBirdie:
    """One line of a list of birdies."""

    freq_hz: float
    """The fundamental in Hz."""
    width_hz: float
    """Full width in Hz."""
    nharm: int = 1
    """Number of harmonics, the fundamental included."""
    is_growing: bool = False
    """True where the h-th harmonic is h times as wide as the fundamental."""
    is_barycentric: bool = False
    """True where the frequency is that at the barycentre of the Solar System."""


@dataclass(frozen=True, slots=True)
class Birdies:
    """The birdies of one recording."""

    table: Table
    """Columns BIRDIE_COLUMNS, ascending in frequency; ranges may overlap."""
    remarks: tuple[str, ...] = ()
    """Sentences for the reader: what was found that a person should know."""


def birdie_bins(birdies: Table, duration_s: float, nbins: int) -> Stretches:
    """Return the Fourier bins that birdies take.

    Parameters
    ----------
    birdies
        Columns BIRDIE_COLUMNS, any order.
    duration_s
        Length of the transform in s: one over the width of a bin.
    nbins
        Number of bins of the spectrum; bin 0 belongs to no birdie.

    Returns
    -------
    ndarray
        First bin and bin after the last of ranges that do not touch, ascending, shape [nranges, 2]. A birdie takes at least
        one bin.

    Examples
    --------
    >>> from fastpipe.data.tables import BIRDIE_COLUMNS, empty_table
    >>> table = empty_table(BIRDIE_COLUMNS, 2)
    >>> table["freq_hz"], table["width_hz"] = (5.0, 5.3), (0.4, 0.6)
    >>> birdie_bins(table, 10.0, 100).tolist()
    [[48, 57]]
    """
    half = birdies["width_hz"] / 2.0
    first = np.ceil((birdies["freq_hz"] - half) * duration_s - 0.5)
    stop = np.maximum(np.floor((birdies["freq_hz"] + half) * duration_s + 0.5), first) + 1
    ranges = np.clip(np.stack([first, stop], axis=1), 1, max(nbins, 1)).astype(np.int64)
    return merge_stretches(ranges)


def to_barycentric(birdies: Table, model: BarycentricModel) -> Table:
    """Turn birdies as the telescope sees them into what they are in a series on barycentric time.

    Interference that keeps its frequency on the ground drifts there, as the velocity of the telescope changes.

    Parameters
    ----------
    birdies
        Columns BIRDIE_COLUMNS, topocentric.
    model
        How time runs at the barycentre.

    Returns
    -------
    Table
        The same birdies; each takes all frequencies that its range drifts over.
    """
    slowest, fastest = model.velocity_range
    half = birdies["width_hz"] / 2.0
    low, high = (birdies["freq_hz"] - half) / (1.0 - slowest), (birdies["freq_hz"] + half) / (1.0 - fastest)
    moved = birdies.copy()
    moved["freq_hz"], moved["width_hz"] = (low + high) / 2.0, high - low
    return moved
