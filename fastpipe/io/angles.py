"""Right ascension and declination as file headers write them: digits in a row, or separated by colons."""

import math


def degrees_of_packed(packed: float, degrees_a_unit: float) -> float:
    """Turn an angle packed as ``ddmmss.s`` (or ``hhmmss.s``) into degrees.

    Parameters
    ----------
    packed
        The packed number, with its sign.
    degrees_a_unit
        1 for degrees, 15 for hours.

    Returns
    -------
    float
        Angle in degrees; NaN if the number is not finite.

    Examples
    --------
    >>> degrees_of_packed(-113000.0, 1.0)
    -11.5
    """
    if not math.isfinite(packed):
        return math.nan
    units, rest = divmod(abs(packed), 10_000.0)
    minutes, seconds = divmod(rest, 100.0)
    return math.copysign((units + minutes / 60.0 + seconds / 3600.0) * degrees_a_unit, packed)


def packed_of_degrees(degrees: float, degrees_a_unit: float) -> float:
    """Pack an angle in degrees as ``ddmmss.s`` (or ``hhmmss.s``): the inverse of `degrees_of_packed`.

    Examples
    --------
    >>> packed_of_degrees(82.5, 15.0)
    53000.0
    """
    units, rest = divmod(abs(degrees) / degrees_a_unit, 1.0)
    minutes, rest = divmod(rest * 60.0, 1.0)
    return math.copysign(units * 10_000.0 + minutes * 100.0 + rest * 60.0, degrees)


def degrees_of_text(text: str, degrees_a_unit: float) -> float:
    """Turn an angle written as ``dd:mm:ss.s`` (or ``hh:mm:ss.s``) into degrees.

    Parameters
    ----------
    text
        One to three numbers separated by colons; the first may have a sign.
    degrees_a_unit
        1 for degrees, 15 for hours.

    Returns
    -------
    float
        Angle in degrees; NaN if the text is no angle.

    Examples
    --------
    >>> degrees_of_text("-00:30:00", 1.0)
    -0.5
    """
    try:
        parts = [abs(float(part)) for part in text.split(":")]
    except ValueError:
        return math.nan
    if len(parts) > 3 or not all(map(math.isfinite, parts)):
        return math.nan
    total = sum(part / 60.0**i for i, part in enumerate(parts)) * degrees_a_unit
    return -total if text.lstrip().startswith("-") else total


def position_or_none(ra_deg: float, dec_deg: float) -> tuple[float | None, float | None]:
    """Return a position, or two None where the header gives none.

    Programs that do not know the position write zeros, so exactly (0, 0) counts as unknown, and so does what is no point
    of the sky.
    """
    is_known = 0.0 <= ra_deg < 360.0 and abs(dec_deg) <= 90.0 and (ra_deg, dec_deg) != (0.0, 0.0)
    return (ra_deg, dec_deg) if is_known else (None, None)


def text_of_degrees(degrees: float, degrees_a_unit: float) -> str:
    """Write an angle as ``+dd:mm:ss.ssss``, or for hours as ``hh:mm:ss.ssss``: the inverse of `degrees_of_text`.

    Parameters
    ----------
    degrees
        The angle in degrees.
    degrees_a_unit
        1 for degrees, which get a sign, 15 for hours.

    Returns
    -------
    str
        The angle to a ten-thousandth of a second.

    Examples
    --------
    >>> text_of_degrees(83.63320833333333, 15.0), text_of_degrees(-0.5, 1.0)
    ('05:34:31.9700', '-00:30:00.0000')
    """
    # Rounded first, so that there are never 60 seconds.
    tenthousandths = round(abs(degrees) / degrees_a_unit * 36_000_000)
    seconds, fraction = divmod(tenthousandths, 10_000)
    units, rest = divmod(seconds, 3600)
    if degrees_a_unit == 15.0:
        units %= 24
    sign = ("-" if degrees < 0 else "+") if degrees_a_unit == 1.0 else ""
    return f"{sign}{units:02d}:{rest // 60:02d}:{rest % 60:02d}.{fraction:04d}"
