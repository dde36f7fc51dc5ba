"""A dedispersed series that shows itself."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fastpipe.config import SearchConfig
from fastpipe.data.trial_series import TrialSeries
from fastpipe.explore.facts import facts_html, facts_text
from fastpipe.explore.spectrum import Spectrum
from fastpipe.plotting.picture import Picture
from fastpipe.plotting.series import draw_series
from fastpipe.units import format_seconds


class TimeSeries:
    """A recording dedispersed at one DM, cleaned as in a search.

    Parameters
    ----------
    trial
        The series.
    paths
        Files of the recording.
    config
        Options of all stages.
    """

    def __init__(self, trial: TrialSeries, paths: Sequence[Path], config: SearchConfig) -> None:
        self.trial = trial
        self._paths = tuple(paths)
        self._config = config

    @property
    def values(self) -> NDArray[np.float32]:
        """The series in units of the cleaned data, shape [nsamples]."""
        return self.trial.values

    @property
    def times_s(self) -> NDArray[np.float64]:
        """Middle of each sample in s after the begin of the recording, shape [nsamples]."""
        return self.trial.times_s

    @property
    def dm(self) -> float:
        """DM in pc cm^-3."""
        return self.trial.dm

    @property
    def tsamp(self) -> float:
        """Sampling time in s."""
        return self.trial.tsamp

    def spectrum(self) -> Spectrum:
        """Transform the series and whiten its spectrum: noise gets mean 1 at all frequencies.

        Raises
        ------
        FastpipeError
            If the frame that the configuration asks for cannot be had, or memory is too small.
        """
        from fastpipe.execution.one_trial import run_spectrum

        return Spectrum(run_spectrum(self._paths, self.trial, self._config))

    def plot(self) -> Picture:
        """Draw the whole series, and its first samples one by one."""
        return Picture(draw_series(self.trial))

    def __len__(self) -> int:
        return len(self.values)

    def _facts(self) -> list[tuple[str, str]]:
        length_s = len(self) * self.tsamp
        return [
            ("DM", f"{self.dm:g} pc cm^-3"),
            ("length", f"{format_seconds(length_s)}, {len(self)} samples of {self.tsamp * 1e6:.6g} us"),
        ]

    def __repr__(self) -> str:
        return facts_text("TimeSeries", self._facts())

    def _repr_html_(self) -> str:
        return facts_html("TimeSeries", self._facts())
