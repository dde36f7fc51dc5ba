"""What an observer says of observations besides what their files say."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class ManifestEntry:
    """One line of a manifest: some files, and what to use in the place of header, name and configuration."""

    files: tuple[str, ...]
    """Names or patterns such as ``J1900*-M05_*.fits``, relative to the folder of the manifest or of the night."""
    name: str = ""
    """Name of the observation, which becomes that of its folder; empty for the one that its files give."""
    position: str = ""
    """Position (J2000) as ``fastpipe search --position`` takes it; empty for the one in the header."""
    dm_min: float | None = None
    """Lowest DM in pc cm^-3; None for that of the configuration."""
    dm_max: float | None = None
    """Highest DM in pc cm^-3; None for that of the configuration."""
