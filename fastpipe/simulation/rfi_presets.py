"""Interference as a receiver like FAST's meets it, family by family and all together."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from fastpipe.errors import ConfigError
from fastpipe.simulation.interference import SimulatedInterference
from fastpipe.simulation.rfi_families import AviationPulses, Carrier, Mains, Radar, Satellite, Sparks, SwitchedDiode
from fastpipe.simulation.rfi_signals import RFIFamily
from fastpipe.simulation.shape import FilterbankShape

# S/N at DM 0: of the mains over the whole recording, and of a mean spark in one sample.
_MAINS_SNR = 300.0
_SPARK_SNR = 100.0


def _mhz(shape: FilterbankShape, position: float) -> float:
    """Frequency at a position in the band, from 0 at its bottom to 1 at its top."""
    return shape.top_mhz - (1.0 - position) * shape.bandwidth_mhz


def _carriers(shape: FilterbankShape) -> tuple[RFIFamily, ...]:
    return tuple(Carrier(freq_mhz=_mhz(shape, position), amplitude=10.0) for position in (0.23, 0.41, 0.52, 0.77, 0.9))


def _bursts(shape: FilterbankShape) -> tuple[RFIFamily, ...]:
    width_mhz = shape.bandwidth_mhz / 20.0
    return tuple(
        Carrier(freq_mhz=_mhz(shape, position), bandwidth_mhz=width_mhz, amplitude=4.0, on_fraction=0.3)
        for position in (0.35, 0.6)
    )


def _sparks(shape: FilterbankShape) -> tuple[RFIFamily, ...]:
    return (Sparks(rate_hz=10.0, amplitude=_SPARK_SNR / math.sqrt(shape.nchans), width_s=1e-3),)


def _mains(shape: FilterbankShape) -> tuple[RFIFamily, ...]:
    amplitude = _MAINS_SNR * math.sqrt(2.0 / (shape.nchans * shape.nsamples))
    part_mhz = shape.bandwidth_mhz / 25.0
    return (
        Mains(amplitude=amplitude),
        Mains(freq_hz=100.0, nharm=2, amplitude=0.5, centre_mhz=_mhz(shape, 0.32), bandwidth_mhz=part_mhz),
    )


def _radar(shape: FilterbankShape) -> tuple[RFIFamily, ...]:
    return (Radar(centre_mhz=_mhz(shape, 0.65), bandwidth_mhz=shape.bandwidth_mhz / 20.0, passage_s=0.3),)


def _satellite(shape: FilterbankShape) -> tuple[RFIFamily, ...]:
    way_mhz, tobs_s = 0.15 * shape.bandwidth_mhz, shape.nsamples * shape.tsamp
    width_mhz = shape.bandwidth_mhz / 25.0
    drift_mhz_s = way_mhz / tobs_s
    return (Satellite(start_mhz=_mhz(shape, 0.35), drift_mhz_s=drift_mhz_s, width_mhz=width_mhz, amplitude=10.0),)


def _diode(_: FilterbankShape) -> tuple[RFIFamily, ...]:
    return (SwitchedDiode(),)


def _aviation(shape: FilterbankShape) -> tuple[RFIFamily, ...]:
    return (AviationPulses(centre_mhz=_mhz(shape, 0.1), bandwidth_mhz=shape.bandwidth_mhz / 50.0),)


RFI_FAMILIES: Final[Mapping[str, Callable[[FilterbankShape], tuple[RFIFamily, ...]]]] = {
    "carriers": _carriers,
    "bursts": _bursts,
    "sparks": _sparks,
    "mains": _mains,
    "radar": _radar,
    "satellite": _satellite,
    "diode": _diode,
    "aviation": _aviation,
}
"""What makes the typical interference of each family for a recording; frequencies scale with its band."""


def typical_interference(shape: FilterbankShape, names: Iterable[str]) -> SimulatedInterference:
    """Return typical interference of some families.

    Parameters
    ----------
    shape
        The recording.
    names
        Keys of `RFI_FAMILIES`.

    Raises
    ------
    ConfigError
        If there is no family of a name.

    Examples
    --------
    >>> typical_interference(FilterbankShape(), ["aviation"]).families[0].centre_mhz
    1090.0
    """
    families: list[RFIFamily] = []
    for name in names:
        if name not in RFI_FAMILIES:
            raise ConfigError(
                f"found the family of interference {name}, expected one of {', '.join(RFI_FAMILIES)}; choose one of these"
            )
        families += RFI_FAMILIES[name](shape)
    return SimulatedInterference(families=tuple(families))


def fast_interference(shape: FilterbankShape) -> SimulatedInterference:
    """Return the interference of a fair day at FAST: all families but the noise diode, which observers switch on themselves.

    Parameters
    ----------
    shape
        The recording.
    """
    return typical_interference(shape, [name for name in RFI_FAMILIES if name != "diode"])
