"""What the name of a FAST file says: source, mode, beam, pointing, serial number."""

import re
from dataclasses import dataclass
from pathlib import PurePath

# <source>_<mode>[-M<beam>][-P<pointing>][-c<nchans>b<n>][_<serial>][_<n>bit], then the endings. The mode may carry an
# angle (arcdrift+23.4) and a repeat number (tracking_6); a mode word F, W or N is a band of the spectral backend.
_SEARCH_NAME = re.compile(
    r"(?P<source>.+?)"
    r"_(?P<mode>(?![FWN]_)[A-Za-z]{2,}\d*(?:[+-]\d+(?:\.\d+)?)?(?:_\d{1,3})?)"
    r"(?:-M(?P<beam>\d{2}))?"
    r"(?:-P(?P<pointing>[1-4]))?"
    r"(?:-c(?P<nchans>\d+)b\d+)?"
    r"(?:_(?P<serial>\d{4}))?"
    r"(?:_(?P<nbits>[124])bit)?"
    r"\.(?:fits|fil)(?:\.fz)?",
    re.ASCII,
)
_SPECTRAL_NAME = re.compile(r".+-M\d{2}_(?:[FWN](?:_\d+)?|[FWN]-specs.*)(?:\.\w+)+", re.ASCII)


@dataclass(frozen=True, kw_only=True, slots=True)
class FastName:
    """Parts of the name of a FAST search-mode file; None where the name does not say."""

    source: str
    """Source, sky strip or Galactic pointing, with the date where it is in the name."""
    mode: str
    """Mode of observing, such as ``tracking``, ``arcdrift+23.4``, ``snapshot``, with its repeat number."""
    beam: int | None = None
    """Number of the beam, 1 to 19."""
    pointing: int | None = None
    """Pointing of a snapshot, 1 to 4."""
    nchans: int | None = None
    """Channels left after averaging."""
    serial: int | None = None
    """Number of the file in its scan, from 1."""
    quantised_nbits: int | None = None
    """Bits of a sample of a copy with fewer bits than recorded."""


def parse_fast_name(path: str | PurePath) -> FastName | None:
    """Take the name of a FAST search-mode file apart.

    Parameters
    ----------
    path
        Name or path of a file.

    Returns
    -------
    FastName or None
        The parts; None for names of other telescopes, and for files of FAST's spectral backend.

    Examples
    --------
    >>> name = parse_fast_name("Dec+1554_arcdrift+23.4-M12_0194.fil")
    >>> name.source, name.mode, name.beam, name.serial
    ('Dec+1554', 'arcdrift+23.4', 12, 194)
    """
    name = PurePath(path).name
    match = None if is_spectral_name(name) else _SEARCH_NAME.fullmatch(name)
    if match is None:
        return None
    beam, pointing, nchans, serial, nbits = (
        int(match[part]) if match[part] else None for part in ("beam", "pointing", "nchans", "serial", "nbits")
    )
    # Two words without beam or serial number may be any file.
    if (beam is None and serial is None) or (beam is not None and not 1 <= beam <= 19):
        return None
    return FastName(
        source=match["source"],
        mode=match["mode"],
        beam=beam,
        pointing=pointing,
        nchans=nchans,
        serial=serial,
        quantised_nbits=nbits,
    )


def is_spectral_name(path: str | PurePath) -> bool:
    """Tell whether a name is that of a file of FAST's spectral backend, which shares folders with search-mode files.

    Examples
    --------
    >>> is_spectral_name("M33_arcdrift-M02_W_0007.fits"), is_spectral_name("M33_arcdrift-M02_0007.fits")
    (True, False)
    """
    return _SPECTRAL_NAME.fullmatch(PurePath(path).name) is not None
