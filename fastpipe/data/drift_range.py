"""How far the frequency of a signal may drift during a recording."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DriftRange:
    """Ranges of acceleration and jerk, and of the drifts in Fourier bins that they may cause; of either sign."""

    accel_max: float
    """Largest acceleration along the line of sight in m s^-2; infinity leaves `zmax` alone to count."""
    zmax: float
    """Largest drift of any harmonic in Fourier bins."""
    jerk_max: float = 0.0
    """Largest jerk along the line of sight in m s^-3; infinity leaves `wmax` alone to count, 0 is a search without jerk."""
    wmax: float = 0.0
    """Largest change of the drift of any harmonic in Fourier bins."""
