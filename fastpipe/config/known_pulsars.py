"""Options of the comparison with known pulsars."""

from math import inf

from fastpipe.config.stage import StageConfig


class KnownPulsarsConfig(StageConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which pulsars candidates are compared with; candidates that are known pulsars get their names, and stay."""

    catalogue: str = ""
    """A psrcat.db, a table as PRESTO has it, or TOML, in addition to fastpipe's own table. For every search: the line
    catalogue = "FILE" in ~/.config/fastpipe/known_pulsars.toml, which also takes pulsars of your own."""
    radius_arcmin: float = 0.0
    """Distance in arcmin from the middle of the beam at which pulsars are looked for, bright ones farther out in side
    lobes; 0 for the width of the beam of the telescope."""

    def __post_init__(self) -> None:
        self.require(0 <= self.radius_arcmin < inf, "radius_arcmin", "a distance of at least 0 arcmin")
