"""Options of the cleaning of the recording."""

from math import inf

from fastpipe.config.stage import StageConfig


class CleaningConfig(StageConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How bad channels are found and the bandpass is flattened."""

    channel_sigma: float = 6.0
    """Robust standard deviations beyond which a channel counts as wild and is masked."""
    zero_dm: bool = False
    """Subtract the mean over the band from every spectrum: removes broad-band interference, and pulsars of low DM."""

    def __post_init__(self) -> None:
        self.require(0 < self.channel_sigma < inf, "channel_sigma", "a positive number of standard deviations")
