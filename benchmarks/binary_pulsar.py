"""A pulsar in a binary system of which a recording shows a part of an orbit: found with acceleration and jerk, not without.

``python -m benchmarks.binary_pulsar`` writes two series of 2^22 samples (275 s) and searches them as ``fastpipe search``
does: the first one without drift and with acceleration, the second one, near its frequency, with acceleration and with jerk.

A pulsar on a circular orbit is late by x sin(Phi), with x the size of the orbit in light seconds and Phi the orbital phase
from the ascending node. Its frequency and derivatives follow, so that the series hold more than the constant acceleration
or jerk that is searched for.
"""

import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.pulse_trains import Series, Train, pulse_train, pulses
from fastpipe.config import SearchConfig, override
from fastpipe.constants import SPEED_OF_LIGHT_M_S
from fastpipe.data.catalogue import CatalogueTables
from fastpipe.execution.search import run_search
from fastpipe.io.sigproc_header import Value, format_header

SERIES = Series(1 << 22, 65.536e-6)


@dataclass(frozen=True)
class BinaryPulsar:
    """A pulsar on a circular orbit, and how strong it is."""

    spin_hz: float
    """Frequency of the spin."""
    orbit_s: float
    """Orbital period."""
    size_light_s: float
    """Projected radius of the orbit over the velocity of light."""
    turns_at_middle: float
    """Orbital phase from the ascending node in the middle of the series."""
    duty_cycle: float = 0.1
    """Full width of the Gaussian pulse at half its height, in turns."""
    sigma: float = 16.0
    """Sigma of theory without any drift."""

    def late_s(self, times_s: NDArray[np.float64], derivative: int = 0) -> NDArray[np.float64]:
        """Return by how much pulses are late, or one of its derivatives, at times from the middle of the series."""
        rate = 2.0 * np.pi / self.orbit_s
        phase = 2.0 * np.pi * self.turns_at_middle + rate * times_s + 0.5 * np.pi * derivative
        return np.asarray(self.size_light_s * rate**derivative * np.sin(phase))

    def spin(self, order: int) -> float:
        """Return the frequency seen in the middle of the series, or its first or second derivative, in Hz s^-order."""
        return self.spin_hz * (float(order == 0) - float(self.late_s(np.zeros(1), order + 1)[0]))

    @property
    def jerk_m_s3(self) -> float:
        """Derivative of the acceleration away from us, in the middle of the series, in m s^-3."""
        return -SPEED_OF_LIGHT_M_S * self.spin(2) / self.spin(0)

    def snr(self, series: Series) -> float:
        """Return the matched-filter S/N of all harmonics."""
        return float(np.sqrt(2.0 * self._train(series).powers.sum()))

    def _train(self, series: Series) -> Train:
        return pulse_train(series, self.spin(0) * series.tobs_s, self.duty_cycle, self.sigma)

    def series(self, series: Series, seed: int) -> NDArray[np.float32]:
        """Return the pulses in white noise of variance 1, shape [nsamples]."""
        times_s = (np.arange(series.nsamples) + 0.5) * series.tsamp - 0.5 * series.tobs_s
        noise = np.random.default_rng(seed).standard_normal(series.nsamples)
        return (pulses(self._train(series), self.spin_hz * (times_s - self.late_s(times_s))) + noise).astype(np.float32)


ACCELERATED = BinaryPulsar(spin_hz=500.0, orbit_s=8000.0, size_light_s=3.43, turns_at_middle=0.25)
"""At conjunction, where the acceleration is largest and the jerk zero: z = 80."""
JERKED = BinaryPulsar(spin_hz=300.0, orbit_s=1500.0, size_light_s=0.25, turns_at_middle=0.1, duty_cycle=0.3)
"""The series shows 0.18 of the orbit: z = 58 and w = 93."""

ACCELERATION: dict[str, Any] = {"accel_max": 700.0}
CONSTANT: dict[str, Any] = {"accel_max": 1400.0, "accel_nharm_max": 1}
JERK: dict[str, Any] = CONSTANT | {"jerk_max": 5.0}
"""Options of searches: for the first pulsar; for the second one without jerk and with it."""


def write_series(path: Path, series: Series, samples: NDArray[np.float32]) -> None:
    """Write a SIGPROC time series of 32-bit numbers."""
    values: dict[str, Value] = {
        "source_name": "binary",
        "data_type": 2,
        "nchans": 1,
        "nbits": 32,
        "nifs": 1,
        "tsamp": series.tsamp,
    }
    values |= {"tstart": 60000.0, "fch1": 1400.0, "foff": -100.0, "refdm": 50.0}
    path.write_bytes(format_header(values) + samples.tobytes())


def print_best(name: str, pulsar: BinaryPulsar, tables: CatalogueTables, seconds: float) -> None:
    """Print the first candidate beside the truth."""
    print(f"{name}: {seconds:.0f} s, {len(tables.candidates)} candidates")
    for best in tables.candidates[:1]:
        freq_err_hz = best["period_err_s"] * best["freq_hz"] ** 2
        print(f"    {best['search'].decode()}, sigma {best['sigma']:.1f}, {best['nharm']} harmonics, S/N {best['snr']:.1f}")
        print(f"    frequency {best['freq_hz']:.6f} +- {freq_err_hz:.6f}, true {pulsar.spin(0):.6f} Hz")
        print(f"    its derivative {1e6 * best['fdot_hz_s']:.2f} +- {1e6 * best['fdot_err_hz_s']:.2f} ", end="")
        print(f"true {1e6 * pulsar.spin(1):.2f} uHz/s; jerk {best['jerk_m_s3']:.4f}, true {pulsar.jerk_m_s3:.4f} m/s^3")


def search(path: Path, **options: Any) -> CatalogueTables:
    """Search a series as ``fastpipe search`` does with some options."""
    return run_search([path], override(SearchConfig(), **options))


def main() -> None:
    """Search both pulsars and print what is found."""
    near = {"freq_min_hz": 0.98 * JERKED.spin_hz, "freq_max_hz": 1.02 * JERKED.spin_hz}
    searches = {ACCELERATED: ({}, ACCELERATION), JERKED: (CONSTANT | near, JERK | near)}
    with tempfile.TemporaryDirectory() as folder:
        for pulsar, all_options in searches.items():
            drifts = [pulsar.spin(order) * SERIES.tobs_s ** (order + 1) for order in (1, 2)]
            print("orbit of {:.0f} s, z = {:.1f}, w = {:.1f}, ".format(pulsar.orbit_s, *drifts), end="")
            print(f"sigma {pulsar.sigma:g}, S/N {pulsar.snr(SERIES):.1f}")
            path = Path(folder) / "binary.tim"
            write_series(path, SERIES, pulsar.series(SERIES, 1))
            for options in all_options:
                start = time.perf_counter()
                tables = search(path, **options)
                print_best(str(options), pulsar, tables, time.perf_counter() - start)


if __name__ == "__main__":
    main()
