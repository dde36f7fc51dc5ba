"""Cutting and converting a recording: time range, channel range, bits, downsampling."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fastpipe.algorithms.requantisation import (
    Quantisation,
    average_spectra,
    fit_quantisation,
    plain_quantisation,
    requantise,
)
from fastpipe.constants import SECONDS_PER_DAY
from fastpipe.data.header import Header
from fastpipe.data.recording import Chunk, Recording
from fastpipe.data.sample_levels import SAMPLE_LEVELS
from fastpipe.errors import ConfigError

_BLOCK_VALUES = 2**23
_NSTRETCHES = 16
_LOOK_VALUES = 2**22


@dataclass(frozen=True, kw_only=True, slots=True)
class Conversion:
    """What to keep of a recording, and how to store it."""

    start_s: float = 0.0
    """First time to keep, in s after the start of the recording."""
    stop_s: float | None = None
    """Time at which to end, in s after the start of the recording; None for its end."""
    channels_mhz: tuple[float, float] | None = None
    """Lowest and highest frequency to keep in MHz: channels whose centre lies between; None for all."""
    nbits: int | None = None
    """Bits of a sample: 1, 2, 4, 8, 16, or 32 for float32; None for those of the recording."""
    downsample: int = 1
    """Spectra that are averaged into one."""


@dataclass(frozen=True, slots=True)
class ConversionPlan:
    """Which samples and channels of a recording are kept, and the header of the result."""

    header: Header
    """Header of the result."""
    samples: Chunk
    """Samples of the recording that are kept, a whole number of groups of `downsample`."""
    channels: slice
    """Channels that are kept, in file order."""
    downsample: int
    """Spectra that are averaged into one."""
    block_samples: int
    """Samples of the recording that are read at a time, a whole number of groups."""

    @property
    def nblocks(self) -> int:
        """Number of blocks that `convert` gives."""
        return -(-len(self.samples) // self.block_samples)


def plan_conversion(header: Header, conversion: Conversion) -> ConversionPlan:
    """Check a conversion against the header of a recording.

    Parameters
    ----------
    header
        Of the recording.
    conversion
        What to keep.

    Returns
    -------
    ConversionPlan
        Its header starts at the first sample that is kept, and has one polarisation, since readers add them.

    Raises
    ------
    ConfigError
        If nothing would be left, or the numbers make no sense.
    """
    nbits = header.nbits if conversion.nbits is None else conversion.nbits
    if nbits not in SAMPLE_LEVELS:
        raise ConfigError(f"found {nbits} bits, expected 1, 2, 4, 8, 16 or 32; choose one of these")
    samples = _cut_time(header, conversion)
    channels = _cut_channels(header, conversion)
    nchans = channels.stop - channels.start
    if nchans * nbits % 8:
        raise ConfigError(
            f"found {nchans} channels of {nbits} bits, expected whole bytes a spectrum; "
            f"keep a multiple of {8 // nbits} channels"
        )
    result = replace(
        header,
        nchans=nchans,
        nsamples=len(samples) // conversion.downsample,
        tsamp=header.tsamp * conversion.downsample,
        fch1=header.fch1 + channels.start * header.foff,
        nbits=nbits,
        nifs=1,
        tstart=header.tstart + samples.start * header.tsamp / SECONDS_PER_DAY,
        extra={},
    )
    block_groups = max(_BLOCK_VALUES // (header.nchans * conversion.downsample), 1)
    return ConversionPlan(result, samples, channels, conversion.downsample, block_groups * conversion.downsample)


def _cut_time(header: Header, conversion: Conversion) -> Chunk:
    if conversion.downsample < 1:
        raise ConfigError(f"found downsample = {conversion.downsample}, expected at least 1; correct it")
    stop_s = header.tobs_s if conversion.stop_s is None else min(conversion.stop_s, header.tobs_s)
    if not 0.0 <= conversion.start_s < stop_s:
        raise ConfigError(
            f"found the time range {conversion.start_s} to {stop_s:.6g} s, expected one within the {header.tobs_s:.6g} s of "
            "the recording; correct --start or --stop"
        )
    start, stop = round(conversion.start_s / header.tsamp), round(stop_s / header.tsamp)
    ngroups = (min(stop, header.nsamples) - start) // conversion.downsample
    if ngroups < 1:
        raise ConfigError(
            f"found {stop - start} samples to average by {conversion.downsample}, expected at least as many; "
            "keep more of them"
        )
    return Chunk(start, start + ngroups * conversion.downsample)


def _cut_channels(header: Header, conversion: Conversion) -> slice:
    if conversion.channels_mhz is None:
        return slice(0, header.nchans)
    low_mhz, high_mhz = conversion.channels_mhz
    freqs = header.chan_freqs_mhz
    kept = np.flatnonzero((freqs >= low_mhz) & (freqs <= high_mhz))
    if not len(kept):
        raise ConfigError(
            f"found no channel from {low_mhz} to {high_mhz} MHz, expected some within {freqs.min():.6g} to "
            f"{freqs.max():.6g} MHz; correct --channels"
        )
    return slice(int(kept[0]), int(kept[-1]) + 1)


def convert(recording: Recording, plan: ConversionPlan) -> Iterator[NDArray[Any]]:
    """Give the spectra of the result, block by block.

    Whole numbers that fit the new number of bits stay as they are. Otherwise every channel is brought to one mean and
    spread, the same over the whole recording, from its quartiles in 16 evenly spaced stretches: the shape of the band is
    given up for the least loss of signal.

    Parameters
    ----------
    recording
        The recording the plan was made for.
    plan
        What to keep.

    Yields
    ------
    ndarray
        Consecutive spectra, shape [n, nchans]: uint8 up to 8 bits, uint16 for 16, float32 for 32.
    """
    quantisation = None if plan.header.nbits == 32 else _choose_quantisation(recording, plan)
    for start in range(plan.samples.start, plan.samples.stop, plan.block_samples):
        spectra = _read(recording, plan, start, min(start + plan.block_samples, plan.samples.stop))
        yield spectra.astype(np.float32) if quantisation is None else requantise(spectra, quantisation)


def _read(recording: Recording, plan: ConversionPlan, start: int, stop: int) -> NDArray[Any]:
    return average_spectra(recording.read(start, stop)[:, plan.channels], plan.downsample)


def _choose_quantisation(recording: Recording, plan: ConversionPlan) -> Quantisation:
    source, header = recording.header, plan.header
    ngroups = len(plan.samples) // plan.downsample
    length = max(min(ngroups, _LOOK_VALUES // (source.nchans * plan.downsample)) // _NSTRETCHES, 1)
    firsts = np.unique(np.linspace(0, ngroups - length, _NSTRETCHES).astype(np.int64)).tolist()
    starts = [plan.samples.start + first * plan.downsample for first in firsts]
    look = np.concatenate([_read(recording, plan, start, start + length * plan.downsample) for start in starts])
    # Readers add at most two polarisations; what they give as bytes holds no more than bytes do.
    largest = min((2.0**source.nbits - 1) * min(source.nifs, 2), 255.0 if look.dtype == np.uint8 else np.inf)
    limit = 2.0**header.nbits - 1
    # Scales may have taken the values beyond what their bits hold.
    if plan.downsample == 1 and largest <= limit and bool(((look == np.floor(look)) & (look >= 0) & (look <= limit)).all()):
        return plain_quantisation(header.nchans, header.nbits)
    return fit_quantisation(look, header.nbits)
