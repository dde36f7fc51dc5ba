"""What the search for interference found in a recording."""

from dataclasses import dataclass

from fastpipe.data.channel_statistics import ChannelStatistics, IntervalStatistics
from fastpipe.data.noise_diode import NoiseDiode
from fastpipe.data.rfi_mask import RFIMask


@dataclass(frozen=True, slots=True)
class RFIFindings:
    """Statistics of a recording, and what follows from them for its cleaning."""

    intervals: IntervalStatistics
    """Every channel in every interval."""
    channels: ChannelStatistics
    """Every channel over the samples that are not masked."""
    mask: RFIMask
    """What is masked, and why."""
    has_broadband: bool
    """True where the channels share more than noise, so that the zero-DM filter is worth its price."""
    diode: NoiseDiode | None
    """Noise diode that is switched while the recording runs, or None."""
    remarks: tuple[str, ...]
    """Sentences for the reader: what was found that a person should know."""
