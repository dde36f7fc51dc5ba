"""Numbers as a person reads them beside a figure."""

import math
from typing import Final

_MOST_DECIMALS: Final = 12
_LARGE: Final = 1e6
"""From here on a number is written with a power of ten."""


def with_error(value: float, error: float) -> str:
    """Write a value with its uncertainty, to two digits of the latter.

    Parameters
    ----------
    value, error
        In the same unit; an `error` that is zero or no number is left out.

    Returns
    -------
    str
        Such as "163.72312 ± 0.00012"; with a power of ten where one of them is very large.

    Examples
    --------
    >>> with_error(163.723121, 0.000123), with_error(26.8, 0.0), with_error(-10567, 1421), with_error(2.5e7, 3e6)
    ('163.72312 ± 0.00012', '26.8', '-10600 ± 1400', '(2.50 ± 0.30)e7')
    """
    if not (math.isfinite(error) and error > 0):
        return f"{value:.9g}"
    if max(abs(value), error) >= _LARGE:
        return with_small_error(value, error)
    digits = min(1 - math.floor(math.log10(error)), _MOST_DECIMALS)
    decimals = max(digits, 0)
    # Adding zero turns the negative zero into the plain one.
    return f"{round(value, digits) + 0.0:.{decimals}f} ± {round(error, digits):.{decimals}f}"


def with_small_error(value: float, error: float) -> str:
    """Write a value of any size with its uncertainty and a power of ten, to two digits of the uncertainty.

    Parameters
    ----------
    value, error
        In the same unit; an `error` that is zero or no number is left out.

    Returns
    -------
    str
        Such as "(-3.68 ± 0.15)e-13".

    Examples
    --------
    >>> with_small_error(-3.679e-13, 1.5e-14), with_small_error(0.0, 2e-9), with_small_error(1e-15, math.inf)
    ('(-3.68 ± 0.15)e-13', '(0.0 ± 2.0)e-9', '1e-15')
    """
    if not (math.isfinite(error) and error > 0):
        return f"{value + 0.0:.4g}"
    exponent = math.floor(math.log10(max(abs(value), error)))
    scaled, scaled_error = value / 10.0**exponent, error / 10.0**exponent
    digits = min(max(1 - math.floor(math.log10(scaled_error)), 0), _MOST_DECIMALS)
    return f"({scaled + 0.0:.{digits}f} ± {scaled_error:.{digits}f})e{exponent}"


def false_alarms_text(log10_fap: float) -> str:
    """Say in words how often noise gives what was found.

    Parameters
    ----------
    log10_fap
        Decimal logarithm of the number of such detections expected from noise in the whole run.

    Returns
    -------
    str
        Such as "once in 10^15 such searches".

    Examples
    --------
    >>> [false_alarms_text(value) for value in (-98.24, -2.19, 0.0, 2.1)]
    ['once in 10^98 such searches', 'once in 150 such searches', '1 time in such a search', '126 times in such a search']
    """
    if log10_fap <= -3.0:
        return f"once in 10^{-log10_fap:.0f} such searches"
    if log10_fap < -0.1:
        return f"once in {float(f'{10**-log10_fap:.2g}'):g} such searches"
    times = f"{10**log10_fap:.3g}"
    return f"{times} time{'s' * (times != '1')} in such a search"


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
