"""How the time of a recording runs at the barycentre of the Solar System."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, kw_only=True, slots=True, eq=False)
class BarycentricModel:
    """Barycentric time of every instant of one recording, for one point of the sky and infinite frequency.

    Between nodes, which are equally far apart, time runs linearly. Times are seconds after the first sample, so that they
    keep more digits than an MJD has: topocentric ones count from the sample, barycentric ones (TDB) from when its wave
    front passes the barycentre.
    """

    start_mjd_tdb: float
    """Barycentric time of the first sample as MJD, TDB."""
    mid_mjd_tdb: float
    """Barycentric time of the middle of the recording as MJD, TDB: the epoch of barycentric periods."""
    topocentric_s: NDArray[np.float64]
    """Topocentric times of an even number of nodes in s, from before the first sample to after the last, shape [nnodes]."""
    barycentric_s: NDArray[np.float64]
    """Barycentric times of the nodes in s, shape [nnodes]."""

    @property
    def velocity_over_c(self) -> float:
        """Velocity of the telescope away from the source over that of light, in the middle of the recording.

        It is 1 less the barycentric time that passes in a second of the telescope, so a topocentric frequency is the
        barycentric one times ``1 - velocity_over_c``, and a topocentric period the barycentric one divided by it.
        """
        # The middle of a stretch between nodes is where its chord is as steep as the curve.
        i = len(self.topocentric_s) // 2 - 1
        barycentric, topocentric = (float(times[i + 1] - times[i]) for times in (self.barycentric_s, self.topocentric_s))
        return 1.0 - barycentric / topocentric

    @property
    def velocity_range(self) -> tuple[float, float]:
        """Least and largest velocity of the telescope away from the source over that of light, between any two nodes."""
        velocities = 1.0 - np.diff(self.barycentric_s) / np.diff(self.topocentric_s)
        return float(velocities.min()), float(velocities.max())

    def to_barycentric_s(self, topocentric_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn topocentric times in s after the first sample into barycentric ones, of the same shape."""
        return np.interp(topocentric_s, self.topocentric_s, self.barycentric_s)

    def to_topocentric_s(self, barycentric_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Turn barycentric times in s after that of the first sample into topocentric ones, of the same shape."""
        return np.interp(barycentric_s, self.barycentric_s, self.topocentric_s)
