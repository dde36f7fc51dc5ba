"""Numbers as a person reads them beside a figure."""

import math


def with_error(value: float, error: float) -> str:
    """Write a value with its uncertainty, to two digits of the latter.

    Parameters
    ----------
    value, error
        In the same unit; an `error` that is zero or no number is left out.

    Returns
    -------
    str
        Such as "163.72312 ± 0.00012".

    Examples
    --------
    >>> with_error(163.723121, 0.000123), with_error(26.8, 0.0)
    ('163.72312 ± 0.00012', '26.8')
    """
    if not (math.isfinite(error) and error > 0):
        return f"{value:.9g}"
    digits = min(max(1 - math.floor(math.log10(error)), 0), 12)
    return f"{value:.{digits}f} ± {error:.{digits}f}"


def offset_unit(largest_s: float) -> tuple[str, float]:
    """Choose the unit in which times up to a largest one read best.

    Parameters
    ----------
    largest_s
        Largest time in s.

    Returns
    -------
    tuple of str and float
        Unit, and how many of it a second has.

    Examples
    --------
    >>> offset_unit(2e-6)
    ('us', 1000000.0)
    """
    for unit, scale in (("s", 1.0), ("ms", 1e3), ("us", 1e6), ("ns", 1e9)):
        if largest_s * scale >= 1:
            return unit, scale
    return "ps", 1e12
