"""Options of the frame in which a recording is searched."""

from typing import Literal

from fastpipe.config.stage import StageConfig


class BarycentreConfig(StageConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether periods are those at the barycentre of the Solar System or those seen at the telescope."""

    frame: Literal["auto", "barycentric", "topocentric"] = "auto"
    """Frame of periods and epochs: "auto" for the barycentre where telescope, position and time are known."""
    position: str = ""
    """Position (J2000) instead of that in the header, such as "05:34:31.97 +22:00:52.1" or, in degrees, "83.633 22.014"."""
