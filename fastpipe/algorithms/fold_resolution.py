"""The resolution of a fold: phase bins, sub-bands, sub-integrations, and samples that are added before."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from fastpipe.algorithms.fold_geometry import FoldGeometry
from fastpipe.dispersion import channel_smearing_s
from fastpipe.errors import ConfigError

MAX_SUBBAND_CHANNELS: Final = 256
"""Channels of 8 bit whose sum is sure to fit 16 bit."""
_USEFUL_BINS: Final = 16
_MIN_BINS: Final = 4
_MAX_DOWNSAMPLE: Final = 16
"""Samples that are added at most before they are folded: beyond that, reading and rows cost more than channels."""
_SAMPLES_A_BIN: Final = 4
"""Samples of which the fold is made that a bin, or the smearing inside a channel, must hold: see `choose_downsample`."""
_TURNS_A_SUBINT: Final = 2
"""Turns a sub-integration must hold, so that it sees all of the profile."""
_MOST_PHASES: Final = 2**14
"""Samples of a sub-integration whose phases are looked at for empty bins: many times the bins."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoldSpec:
    """One candidate to fold, and the resolution of its cube."""

    freq_hz: float
    """Spin frequency in the middle of the recording in Hz, in the frame of the search."""
    fdot_hz_s: float
    """Its derivative in Hz s^-1."""
    dm: float
    """DM in pc cm^-3."""
    nbins: int
    """Phase bins of a turn."""
    nsubbands: int
    """Sub-bands of equal numbers of channels."""
    nsubints: int
    """Sub-integrations of equal length."""
    fddot_hz_s2: float = 0.0
    """Second derivative of the spin frequency in Hz s^-2."""
    downsample: int = 1
    """Samples of the recording that are added before they are folded: a power of 4."""


def make_fold_spec(
    freq_hz: float,
    fdot_hz_s: float,
    dm: float,
    geometry: FoldGeometry,
    *,
    nbins_max: int = 128,
    nsubbands_max: int = 32,
    nsubints_max: int = 32,
) -> FoldSpec:
    """Choose the resolution of a fold: no finer than the data are, no coarser than the plots and scores need.

    Bins are a power of two, as few as are no wider than a sample, or than half of the smearing inside a channel in the
    middle of the band (but 16 at least); fewer, and even, where some would get no samples. A sub-integration holds at least
    two turns.
    A sub-band holds at most 256 channels. Samples are added before they are folded where a bin, or the smearing inside a
    channel, holds 16 of them or more.

    Parameters
    ----------
    freq_hz, fdot_hz_s
        Spin frequency in the middle of the recording in Hz, and its derivative in Hz s^-1.
    dm
        DM in pc cm^-3.
    geometry
        The recording.
    nbins_max, nsubbands_max, nsubints_max
        Largest numbers of phase bins, sub-bands and sub-integrations.

    Returns
    -------
    FoldSpec
        The candidate with its resolution.

    Raises
    ------
    ConfigError
        If the period is shorter than two samples.

    Examples
    --------
    >>> geometry = FoldGeometry(2**20, 64e-6, np.linspace(1450.0, 1050.0, 1024), np.ones(1024, bool))
    >>> make_fold_spec(10.0, 0.0, 30.0, geometry)
    FoldSpec(freq_hz=10.0, fdot_hz_s=0.0, dm=30.0, nbins=128, nsubbands=32, nsubints=32, fddot_hz_s2=0.0, downsample=1)
    """
    samples = 1.0 / (freq_hz * geometry.tsamp)
    if not samples >= 2.0:
        raise ConfigError(
            f"found a period of {samples:.3g} samples to fold, expected at least 2; "
            f"fold at a lower frequency than {freq_hz} Hz"
        )
    nchans = len(geometry.chan_freqs_mhz)
    smearing_s = _smearing_s(dm, geometry, float(geometry.chan_freqs_mhz.mean()))
    useful = max(2.0 / (freq_hz * smearing_s) if smearing_s > 0 else np.inf, _USEFUL_BINS)
    turns = geometry.tobs_s * freq_hz
    nsubints = int(np.clip(turns / _TURNS_A_SUBINT, 1, nsubints_max))
    nbins = 2 ** min(math.ceil(math.log2(min(samples, useful, nbins_max))), int(math.log2(nbins_max)))
    if nbins > samples:
        nbins = min(nbins, _filled_bins(1.0 / samples, geometry.nsamples // nsubints))
    nbins = max(nbins, _MIN_BINS)
    return FoldSpec(
        freq_hz=freq_hz,
        fdot_hz_s=fdot_hz_s,
        dm=dm,
        nbins=nbins,
        nsubbands=min(max(nsubbands_max, -(-nchans // MAX_SUBBAND_CHANNELS)), nchans),
        nsubints=nsubints,
        downsample=choose_downsample(1.0 / (freq_hz * nbins), dm, geometry),
    )


def _filled_bins(turns_a_sample: float, nsamples: int) -> int:
    """Return the largest even number of phase bins of which none stays empty: the samples come no further apart."""
    phases = np.sort(np.arange(min(nsamples, _MOST_PHASES)) * turns_a_sample % 1.0)
    gap = np.diff(phases, append=phases[0] + 1.0).max()
    return int(1.0 / gap + 1e-6) // 2 * 2


def _smearing_s(dm: float, geometry: FoldGeometry, freq_mhz: float) -> float:
    """Return the dispersion inside a channel at one frequency in s; 0 for a series."""
    if len(geometry.chan_freqs_mhz) == 1:
        return 0.0
    width_mhz = float(np.abs(np.diff(geometry.chan_freqs_mhz)).mean())
    return float(channel_smearing_s(dm, freq_mhz, width_mhz))


def choose_downsample(bin_s: float, dm: float, geometry: FoldGeometry) -> int:
    """Return how many samples to add before folding: 1, 4 or 16.

    A quarter of a bin, or of the least smearing inside a channel, is as long as a sample may get; with the rounding of the
    delays to samples, that takes 0.4 % of the S/N of a pulse two bins wide, and less of wider ones.

    Parameters
    ----------
    bin_s
        Length of a phase bin in s.
    dm
        DM in pc cm^-3.
    geometry
        The recording.

    Returns
    -------
    int
        1 for a series.
    """
    if geometry.is_series:
        return 1
    smearing_s = _smearing_s(dm, geometry, geometry.reference_mhz)
    longest_s = min(max(bin_s, smearing_s) / _SAMPLES_A_BIN, bin_s)
    downsample = 1
    while 4 * downsample <= _MAX_DOWNSAMPLE and 4 * downsample * geometry.tsamp <= longest_s:
        downsample *= 4
    return downsample
