"""Options of the folding of candidates."""

from fastpipe.config.stage import StageConfig

_NBINS_MIN = 8
_NBINS_LIMIT = 4096
_PARTS_LIMIT = 4096


class FoldingConfig(StageConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Into how many parts of time, band and turn a candidate is folded."""

    nsubints: int = 32
    """Number of stretches of time (sub-integrations) of a folded cube."""
    nsubbands: int = 32
    """Largest number of groups of channels (sub-bands) of a folded cube."""
    nbins_max: int = 128
    """Largest number of phase bins of a turn; fast pulsars get fewer, so that a bin is not shorter than a sample."""

    def __post_init__(self) -> None:
        for name in ("nsubints", "nsubbands"):
            self.require(1 <= getattr(self, name) <= _PARTS_LIMIT, name, f"1 to {_PARTS_LIMIT} parts")
        self.require(_NBINS_MIN <= self.nbins_max <= _NBINS_LIMIT, "nbins_max", f"{_NBINS_MIN} to {_NBINS_LIMIT} phase bins")
