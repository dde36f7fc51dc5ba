"""What the folds of a recording with known pulsars are of."""

from dataclasses import dataclass
from math import gcd
from typing import Final

import numpy as np

from fastpipe.dispersion import dm_delay_s
from training.draw_recordings import DrawnRecording
from training.draw_sources import DrawnPulsar

_MAX_HARMONIC: Final = 16
_RATIOS: Final = np.array(
    [up / down for up in range(1, _MAX_HARMONIC + 1) for down in range(1, _MAX_HARMONIC + 1) if gcd(up, down) == 1]
)
_SAME_BINS: Final = 1.5
"""Distance in Fourier bins within which a fold is of a pulsar's frequency."""
_SAME_WIDTHS: Final = 1.5
"""Distance in DM, as delay over the band in pulse widths, within which it is at a pulsar's DM."""


@dataclass(frozen=True, slots=True)
class Truth:
    """The pulsars in a recording, injected or its own."""

    drawn: DrawnRecording

    @property
    def tobs_s(self) -> float:
        """Length of the recording in s."""
        return self.drawn.recording.header.tobs_s

    @property
    def other_kind(self) -> str:
        """Kind of a fold that no pulsar explains."""
        return "interference" if self.drawn.has_interference else "noise"

    def dm_width(self, pulsar: DrawnPulsar) -> float:
        """Return the DM in pc cm^-3 that delays a pulse over the band by its width; infinite for a series."""
        header = self.drawn.recording.header
        if header.is_series:
            return float("inf")
        freqs = header.chan_freqs_mhz
        width_s = max(pulsar.pulsar.duty_cycle * pulsar.pulsar.period_s, header.tsamp)
        return width_s / float(dm_delay_s(1.0, freqs.min(), freqs.max()))

    def pulsar_at(self, freq_hz: float, dm: float) -> DrawnPulsar | None:
        """Return the injected pulsar of which a fold at a topocentric frequency in Hz and a DM in pc cm^-3 is."""
        for pulsar in self.drawn.pulsars:
            is_freq = abs(freq_hz - pulsar.pulsar.freq_hz) * self.tobs_s < _SAME_BINS
            if is_freq and not abs(dm - pulsar.pulsar.dm) > _SAME_WIDTHS * self.dm_width(pulsar):
                return pulsar
        return None

    def is_empty_at(self, freq_hz: float) -> bool:
        """Tell whether what is seen at a frequency in Hz is surely no pulsar.

        Bright pulsars are seen at other periods and DMs too, and such folds are neither good nor bad: so nothing is sure in
        recordings with injected pulsars, nor at ratios of small numbers to the period of a recording's own pulsar.
        """
        if self.drawn.pulsars:
            return False
        for period_s in self.drawn.own_periods_s:
            distance_bins = np.abs(freq_hz - _RATIOS / period_s) * self.tobs_s
            if (distance_bins < _SAME_BINS * np.maximum(_RATIOS, 1.0)).any():
                return False
        return True
