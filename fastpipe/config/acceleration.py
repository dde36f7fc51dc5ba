"""Options of the search for pulsars whose frequency drifts: those in binary systems."""

from math import inf

from fastpipe.config.stage import StageConfig
from fastpipe.data.drift_range import DriftRange
from fastpipe.errors import ConfigError

_HARMONIC_SUMS = (1, 2, 4, 8, 16)
_ZMAX = 200.0
_WMAX = 300.0
_LARGEST_DRIFT = 2000.0


class AccelerationConfig(StageConfig, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which accelerations and jerks are searched; none by default."""

    accel_max: float | None = None
    """Largest acceleration along the line of sight in m s^-2, of either sign; nothing outside is searched. Left out: no
    acceleration, or only `zmax` counts if it is given."""
    zmax: float | None = None
    """Largest drift of any harmonic in Fourier bins, which bounds time and memory; left out: 200 where `accel_max` is given.
    Where a high harmonic drifts further, sums of fewer harmonics are still searched."""
    accel_nharm_max: int = 8
    """Largest number of harmonics summed with acceleration: 1, 2, 4, 8 or 16, and no more than `nharm_max`."""
    jerk_max: float | None = None
    """Largest jerk (derivative of the acceleration) in m s^-3, of either sign. The search takes some tens of times longer:
    meant for single targets. Left out: no jerk, or only `wmax` counts if it is given."""
    wmax: float | None = None
    """Largest change of the drift of any harmonic in Fourier bins; left out: 300 where `jerk_max` is given."""

    def __post_init__(self) -> None:
        for name in ("accel_max", "jerk_max"):
            value = getattr(self, name)
            self.require(value is None or value >= 0, name, "a number from 0 on")
        for name in ("zmax", "wmax"):
            value = getattr(self, name)
            self.require(value is None or 0 <= value <= _LARGEST_DRIFT, name, f"0 to {_LARGEST_DRIFT:.0f} bins")
        self.require(self.accel_nharm_max in _HARMONIC_SUMS, "accel_nharm_max", "one of 1, 2, 4, 8, 16")
        for name in ("jerk_max", "wmax"):
            value = getattr(self, name)
            if value and self.drifts is None:
                raise ConfigError(
                    f"found {name} = {value} alone, expected accel_max or zmax above 0 with it; give accel_max too"
                )

    @property
    def drifts(self) -> DriftRange | None:
        """What is searched beside constant frequencies; None for nothing."""
        accel_max, zmax = _limits(self.accel_max, self.zmax, _ZMAX)
        return DriftRange(accel_max, zmax, *_limits(self.jerk_max, self.wmax, _WMAX)) if zmax > 0 else None


def _limits(physical: float | None, bins: float | None, usual_bins: float) -> tuple[float, float]:
    """Return the largest value in physical units and in bins, of which one, both or none was given; 0 for nothing."""
    if physical == 0 or bins == 0 or (physical is None and bins is None):
        return 0.0, 0.0
    return inf if physical is None else physical, usual_bins if bins is None else bins
