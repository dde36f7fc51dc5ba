"""Options of the search for birdies: periodic interference that keeps its frequency."""

from math import inf

from fastpipe.config.stage import StageConfig


class BirdiesConfig(StageConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which frequencies are removed from the spectra before they are searched."""

    find_birdies: bool = True
    """Look for lines that are stronger at DM 0 than at any DM of a distant source."""
    birdie_sigma: float = 5.0
    """Significance, after all trials, beyond which a line at DM 0 is taken for interference."""
    mains_hz: tuple[float, ...] = (50.0, 60.0)
    """Frequencies of the mains, removed with those of their harmonics that stand out at DM 0."""
    birdie_file: str = ""
    """Text with one birdie a line: frequency in Hz, width in Hz, number of harmonics, and optionally the word bary."""
    max_zapped: float = 0.05
    """Largest fraction of the spectrum that may be removed, the strongest birdies first; listed ones always are."""

    def __post_init__(self) -> None:
        self.require(0 < self.birdie_sigma < inf, "birdie_sigma", "a positive number of standard deviations")
        self.require(all(0 < freq < inf for freq in self.mains_hz), "mains_hz", "positive frequencies in Hz")
        self.require(0 <= self.max_zapped <= 1, "max_zapped", "a fraction between 0 and 1")
