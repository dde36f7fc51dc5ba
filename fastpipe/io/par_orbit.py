"""The orbit of a pulsar from its .par file."""

import math
from dataclasses import replace
from typing import Final, Literal

from fastpipe.constants import DAYS_PER_YEAR, SECONDS_PER_DAY, SUN_MASS_S
from fastpipe.data.pulsar_ephemeris import BinaryOrbit
from fastpipe.errors import FileFormatError
from fastpipe.io.par_text import ParText

_RADIANS_A_YEAR: Final = math.radians(1.0) / (DAYS_PER_YEAR * SECONDS_PER_DAY)
"""A degree a year in radians s^-1."""
_MODELS: Final[dict[str, Literal["BT", "DD", "ELL1"]]] = {
    "BT": "BT",
    "DD": "DD",
    "DDS": "DD",
    "DDH": "DD",
    "DDK": "DD",
    "ELL1": "ELL1",
    "ELL1H": "ELL1",
}
_LARGEST_MASS: Final = 1e3
_LEFT_OUT: Final = ("DR", "DTH", "A0", "B0", "KOM", "KIN", "H3", "H4", "STIGMA")


def read_orbit(par: ParText) -> tuple[BinaryOrbit | None, tuple[str, ...]]:
    """Turn the lines of a .par file into an orbit.

    Parameters
    ----------
    par
        The lines.

    Returns
    -------
    orbit : BinaryOrbit or None
        The orbit; None where the file names no model.
    remarks : tuple of str
        Sentences on what is left out.

    Raises
    ------
    FileFormatError
        If the model is not known, or a number missing or impossible.
    """
    if "BINARY" not in par:
        if {"PB", "FB0", "A1"} & par.values.keys():
            raise FileFormatError(f"found an orbit without a model in {par.path}, expected BINARY; complete the file")
        return None, ()
    second = [name for name in ("PB_2", "A1_2", "T0_2", "TASC_2") if name in par]
    if second:
        raise FileFormatError(
            f"found {second[0]} in {par.path}, expected one companion; give a .par file without the second"
        )
    orbit = _orbit(par, _model(par))
    left_out = [name for name in _LEFT_OUT if name in par]
    remark = (
        f"{', '.join(left_out)} of {par.path.name} {'are' if len(left_out) > 1 else 'is'} left out: they shift the phase by "
        "some microseconds of time at most."
    )
    return orbit, (remark,) if left_out else ()


def _model(par: ParText) -> Literal["BT", "DD", "ELL1"]:
    name = par.values["BINARY"].upper()
    if name == "T2":
        return "ELL1" if "TASC" in par else "DD"
    if name not in _MODELS:
        raise FileFormatError(
            f"found binary model {name} in {par.path}, expected one of {', '.join(_MODELS)}, T2; convert the file with PINT"
        )
    return _MODELS[name]


def _orbit(par: ParText, model: Literal["BT", "DD", "ELL1"]) -> BinaryOrbit:
    """Return the orbit; what its model does not have stays 0."""
    shapiro_range_s, shapiro_shape = _shapiro(par)
    orbit = BinaryOrbit(
        model=model,
        epoch_mjd=par.number("TASC" if model == "ELL1" else "T0"),
        orbit_freqs_hz=_orbit_freqs_hz(par),
        x_s=par.number("A1"),
        xdot=par.number("XDOT", 0.0),
    )
    if model == "ELL1":
        laplace, laplace_dot = (
            (par.number(sine, 0.0), par.number(cosine, 0.0)) for sine, cosine in (("EPS1", "EPS2"), ("EPS1DOT", "EPS2DOT"))
        )
        orbit = replace(orbit, laplace=laplace, laplace_dot=laplace_dot)
    else:
        orbit = replace(
            orbit,
            eccentricity=_eccentricity(par),
            eccentricity_dot=par.number("EDOT", 0.0),
            omega_rad=math.radians(par.number("OM", 0.0)),
            omega_dot=par.number("OMDOT", 0.0) * _RADIANS_A_YEAR,
            gamma_s=par.number("GAMMA", 0.0),
        )
    return orbit if model == "BT" else replace(orbit, shapiro_range_s=shapiro_range_s, shapiro_shape=shapiro_shape)


def _eccentricity(par: ParText) -> float:
    eccentricity = par.number("ECC", 0.0)
    if not 0.0 <= eccentricity < 1.0:
        raise FileFormatError(f"found ECC {eccentricity} in {par.path}, expected 0 to below 1; correct the line")
    return eccentricity


def _shapiro(par: ParText) -> tuple[float, float]:
    """Return the mass of the companion as a time in s, and the sine of the inclination."""
    has_sine = par.values.get("SINI", "KIN").upper() != "KIN"
    shape = par.number("SINI") if has_sine else 0.0
    if "SHAPMAX" in par:
        shape = 1.0 - math.exp(-par.number("SHAPMAX"))
    if not 0.0 <= shape <= 1.0:
        raise FileFormatError(f"found SINI {shape} in {par.path}, expected 0 to 1; correct the line")
    companion_mass = par.number("M2", 0.0)
    if not 0.0 <= companion_mass < _LARGEST_MASS:
        raise FileFormatError(
            f"found M2 {companion_mass} in {par.path}, expected 0 to {_LARGEST_MASS:g} solar masses; correct the line"
        )
    return companion_mass * SUN_MASS_S, shape


def _orbit_freqs_hz(par: ParText) -> tuple[float, ...]:
    """Return the orbital frequency and its derivatives; a period that grows is one of them."""
    if "FB0" in par:
        freqs = par.series("FB")
    else:
        period_s = par.number("PB") * SECONDS_PER_DAY
        if period_s <= 0.0:
            raise FileFormatError(f"found PB {par.values['PB']} in {par.path}, expected a positive number; correct the line")
        freqs = (1.0 / period_s, -(par.number("PBDOT", 0.0) + par.number("XPBDOT", 0.0)) / period_s**2)
    if freqs[0] <= 0.0:
        raise FileFormatError(f"found FB0 {freqs[0]} in {par.path}, expected a positive number; correct the line")
    return freqs
