"""What is known of a radio telescope."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Telescope:
    """A radio telescope: its names, its numbers in file formats, and where it stands."""

    name: str
    """Name as fastpipe writes it."""
    aliases: tuple[str, ...] = ()
    """Other names that occur in files."""
    sigproc_id: int | None = None
    """`telescope_id` in SIGPROC headers; None where there is none."""
    tempo_code: str = ""
    """One-letter code in TEMPO files; empty where there is none."""
    itrf_xyz_m: tuple[float, float, float] | None = None
    """Geocentric ITRF coordinates in m; None for what stands nowhere, such as simulations."""
    mask_mhz: tuple[tuple[float, float], ...] = ()
    """Ranges of frequency in MHz that are never free of interference there."""
    dish_m: float | None = None
    """Diameter in m of the dish, or of the part of it that is lit, which sets the width of the beam; None for arrays."""
