"""Options of the search for periodic signals."""

from math import inf

from fastpipe.config.stage import StageConfig

_HARMONIC_SUMS = (1, 2, 4, 8, 16, 32)


class PeriodicityConfig(StageConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which spin frequencies are searched, and from which significance on a peak is a detection."""

    freq_min_hz: float = 0.3
    """Lowest spin frequency in Hz: of the fundamental, whatever the number of harmonics."""
    freq_max_hz: float = 1500.0
    """Highest spin frequency in Hz: of the fundamental, whatever the number of harmonics."""
    nharm_max: int = 32
    """Largest number of harmonics summed: 1, 2, 4, 8, 16 or 32; all smaller sums of this list are searched too."""
    sigma_min: float = 5.0
    """Significance in one trial, as a Gaussian equivalent, from which a peak is kept as a detection; more where noise would
    give more than 100,000 detections in a run."""

    def __post_init__(self) -> None:
        self.require(0 < self.freq_min_hz < inf, "freq_min_hz", "a positive frequency in Hz")
        self.require(
            self.freq_min_hz < self.freq_max_hz < inf,
            "freq_max_hz",
            f"a frequency above freq_min_hz = {self.freq_min_hz} Hz",
        )
        self.require(self.nharm_max in _HARMONIC_SUMS, "nharm_max", "one of 1, 2, 4, 8, 16, 32")
        self.require(1 <= self.sigma_min < inf, "sigma_min", "at least 1, because noise is full of lower peaks")
