"""A point of the sky as people write it."""

import math
import re

from fastpipe.errors import ConfigError
from fastpipe.io.angles import degrees_of_text

_SEXAGESIMAL = re.compile(r"[+-]?\d{1,3}:[0-5]?\d(:[0-5]?\d(\.\d*)?)?")


def parse_position(text: str) -> tuple[float, float]:
    """Turn a position such as ``05:34:31.97 +22:00:52.1`` into degrees.

    Parameters
    ----------
    text
        Right ascension and declination (J2000), separated by a blank or a comma: hours and degrees with colons, or
        both in degrees.

    Returns
    -------
    ra_deg : float
        Right ascension in degrees, from 0 to below 360.
    dec_deg : float
        Declination in degrees, from -90 to 90.

    Raises
    ------
    ConfigError
        If the text is no point of the sky.

    Examples
    --------
    >>> parse_position("12:00:00 -30:30:00"), parse_position("180.0, -30.5")
    ((180.0, -30.5), (180.0, -30.5))
    """
    parts = [part for part in re.split(r"[\s,]+", text.strip()) if part]
    has_colons = [":" in part for part in parts]
    if len(parts) == 2 and has_colons[0] == has_colons[1]:
        if not all(has_colons):
            ra_deg, dec_deg = (degrees_of_text(part, 1.0) for part in parts)
        elif all(_SEXAGESIMAL.fullmatch(part) for part in parts):
            ra_deg, dec_deg = degrees_of_text(parts[0], 15.0), degrees_of_text(parts[1], 1.0)
        else:
            ra_deg = dec_deg = math.nan
        if 0.0 <= ra_deg < 360.0 and abs(dec_deg) <= 90.0:
            return ra_deg, dec_deg
    raise ConfigError(
        f"found position {text!r}, expected right ascension from 0 to 24 h and declination from -90 to 90 deg; "
        "write it like '05:34:31.97 +22:00:52.1' or, in degrees, '83.633 22.014'"
    )
