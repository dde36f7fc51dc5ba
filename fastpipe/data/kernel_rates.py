"""How fast this machine does each kind of work of a search."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class KernelRates:
    """Seconds that one thread takes for one unit of work, while as many threads work as the search will have."""

    digest: float
    """SHA-256, per byte; a search uses one thread."""
    statistics: float
    """Statistics of intervals, per value of the recording."""
    clean_input: float
    """Cleaning, per value read from the recording."""
    clean_output: float
    """Cleaning, per clean sample of a channel."""
    dedispersion: float
    """Dedispersion, per addition of the first two stages; those of the last one and the values of the series count more."""
    new_memory: float
    """Memory that the system hands out for the first time, per byte."""
    transform: float
    """Fourier transform of a lane block, per row and per logarithm to base 2 of the number of rows."""
    spectra: float
    """Mean, whitening, powers at half bins and their peaks, per row of a lane block."""
    harmonics: float
    """Sums of harmonics of a lane block, per row and harmonic added."""
    fold_input: float
    """Folding, per sample of a channel, whatever the number of candidates."""
    folding: float
    """Folding, per sample of a channel and candidate."""
    refinement: float
    """Finishing and refining a fold, per candidate."""
    acceleration: float | None = None
    """Search for drifts, per unit of `acceleration_work`; None where no search has asked for it yet."""
