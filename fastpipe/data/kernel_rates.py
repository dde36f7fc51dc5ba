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
    first_stage: float
    """Dedispersion from 8 to 16 bits, per addition."""
    middle_stage: float
    """Dedispersion from 16 to 16 bits, per addition."""
    last_stage: float
    """Dedispersion from 16 bits to lane blocks, per addition."""
    new_memory: float
    """Memory that the system hands out for the first time, per byte."""
    transform: float
    """Fourier transform of a lane block, per row and per logarithm to base 2 of the number of rows."""
    spectra: float
    """Mean, whitening, powers at half bins and their peaks, per row of a lane block."""
    harmonics: float
    """Sums of harmonics of a lane block, per row and harmonic added."""
    folding: float
    """Folding, per sample of a channel and candidate."""
    refinement: float
    """Finishing and refining a fold, per candidate."""
