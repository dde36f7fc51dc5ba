"""Options of the search for interference and of the cleaning of the recording."""

from math import inf
from typing import Literal

from fastpipe.config.stage import StageConfig


class CleaningConfig(StageConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How interference is found and removed, and the bandpass is flattened."""

    find_rfi: bool = True
    """Look for interference. Without, only channels that never change and what is given below are masked."""
    interval_s: float = 1.0
    """Length of the intervals whose statistics are tested, in s; 64 samples at least."""
    spread_sigma: float = 3.0
    """Robust standard deviations by which the noise of a channel must exceed that of its neighbours to be masked (IQRM)."""
    interval_sigma: float = 10.0
    """Robust standard deviations by which mean or noise of a channel may differ from those in its other intervals."""
    shape_sigma: float = 6.0
    """Robust standard deviations by which skewness and kurtosis may differ from those of neighbouring channels."""
    fourier_sigma: float = 5.0
    """Significance, after all trials, beyond which a periodic signal in one channel is masked."""
    max_bad_intervals: float = 0.3
    """Fraction of bad intervals beyond which a channel is masked as a whole."""
    max_bad_channels: float = 0.7
    """Fraction of bad channels beyond which an interval is masked as a whole."""
    edge_level: float = 0.1
    """Channels at the ends of the band are masked while their level is below this fraction of the median level."""
    mask_mhz: tuple[tuple[float, float], ...] | None = None
    """Ranges of frequency in MHz to mask, such as [[1083.0, 1099.0]]; those of the telescope's table if not given."""
    mask_channels: str = ""
    """Channels to mask, counted from 0 in the order of the file, such as "0:12,100,510:515" with both ends included."""
    mask_file: str = ""
    """Mask to add to what is found: of fastpipe (HDF5), of PRESTO's rfifind (.mask), or a list of channels (text)."""
    spike_sigma: float = 6.0
    """Standard deviations of the sum over the band beyond which a sample is masked in all channels; 0 masks none."""
    zero_dm: Literal["auto", "off", "on"] = "auto"
    """Remove from every channel what all channels share: "on", "off", or "auto": only where that is fast noise."""
    zero_dm_method: Literal["regression", "mean"] = "regression"
    """How: "regression", a weight for each channel (z-dot; Men et al. 2019), or "mean" (Eatough, Keane & Lyne 2009)."""
    noise_diode: Literal["auto", "off", "blank"] = "auto"
    """Noise diode: "auto" looks for one and subtracts it, "blank" masks the samples in which it is on, "off" is blind."""

    def __post_init__(self) -> None:
        self.require(0 < self.interval_s < inf, "interval_s", "a positive time in s")
        for name in ("spread_sigma", "interval_sigma", "shape_sigma", "fourier_sigma"):
            self.require(0 < getattr(self, name) < inf, name, "a positive number of standard deviations")
        for name in ("max_bad_intervals", "max_bad_channels", "edge_level"):
            self.require(0 <= getattr(self, name) <= 1, name, "a fraction between 0 and 1")
        self.require(0 <= self.spike_sigma < inf, "spike_sigma", "a number of standard deviations, or 0")
        ranges = self.mask_mhz or ()
        self.require(all(0 <= low < high < inf for low, high in ranges), "mask_mhz", "ranges of ascending MHz")
