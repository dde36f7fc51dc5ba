"""The spectrum of a dedispersed series, and sums of its harmonics, as figures."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.trial_series import TrialPowers
from fastpipe.plotting.colours import BLACK, BLUE, GREY, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE_INCH: Final = (10.0, 6.4)
_WIDE_INCH: Final = (10.0, 4.0)
_POINTS: Final = 4000
_LEAST_HZ: Final = 0.1
_ZOOMED: Final = 8
_ZOOM_BINS: Final = 6.0
_MARKED: Final = 32


def draw_spectrum(trial: TrialPowers, freq_hz: float | None = None) -> "Figure":
    """Draw a whitened spectrum, with the harmonics of a signal.

    Parameters
    ----------
    trial
        The powers.
    freq_hz
        Frequency of the signal in Hz, in the frame of the spectrum; None for none.

    Returns
    -------
    Figure
        Matplotlib figure of 1000 x 640 pixels at 100 dots an inch, or of 1000 x 400 without a signal. Each of 4000 stretches
        of frequency, from 0.1 Hz on, shows its largest power. Below, the first eight harmonics of the signal and what is
        beside them.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=_WIDE_INCH if freq_hz is None else _SIZE_INCH, layout="constrained")
    title = f"Whitened spectrum at DM {trial.dm:g} pc/cm³: noise has the mean 1"
    if freq_hz is None:
        _draw_all(figure.subplots(), trial.freqs_hz, trial.powers, title)
        return figure
    halves: Any = figure.subfigures(2, 1, height_ratios=(1.3, 1.0))
    upper, lower = halves
    axes = upper.subplots()
    _draw_all(axes, trial.freqs_hz, trial.powers, title)
    harmonics_hz = freq_hz * np.arange(1, _MARKED + 1)
    harmonics_hz = harmonics_hz[harmonics_hz < trial.freqs_hz[-1]]
    _mark(axes, harmonics_hz, f"harmonics of {freq_hz:.6g} Hz")
    panels = lower.subplots(1, _ZOOMED, sharey=True)
    for number, panel in enumerate(panels, start=1):
        _draw_harmonic(panel, trial, number, freq_hz)
    panels[0].set_ylabel("power")
    lower.supxlabel("distance from the harmonic (Fourier bins)", fontsize=10)
    return figure


def draw_sums(
    freqs_hz: NDArray[np.float64], sums: NDArray[np.float32], nharm: int, threshold: float, freq_hz: float | None = None
) -> "Figure":
    """Draw sums of harmonics against the frequency of the fundamental.

    Parameters
    ----------
    freqs_hz
        Frequencies of the fundamental in Hz, shape [n].
    sums
        Summed powers, shape [n].
    nharm
        Number of harmonics summed.
    threshold
        Summed power that noise exceeds as rarely as a normal variable exceeds 5 sigma.
    freq_hz
        Frequency of a signal to mark in Hz; None for none.

    Returns
    -------
    Figure
        Matplotlib figure of 1000 x 400 pixels at 100 dots an inch.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=_WIDE_INCH, layout="constrained")
    axes = figure.subplots()
    _draw_all(axes, freqs_hz, sums, f"Sums of {nharm} harmonic{'s' * (nharm > 1)}: noise has the mean {nharm}")
    axes.set(xlabel="frequency of the fundamental (Hz)", ylabel="summed power")
    axes.axhline(threshold, color=GREY, linestyle="--", linewidth=1.0, label="5 sigma in one trial")
    if freq_hz is not None:
        _mark(axes, np.array([freq_hz]), f"{freq_hz:.6g} Hz")
    axes.legend(loc="upper left", frameon=False, fontsize=9)
    return figure


def _draw_all(axes: "Axes", freqs_hz: NDArray[np.float64], powers: NDArray[np.float32], title: str) -> None:
    # The first rows are the mean of the series and its trend, and no search looks at frequencies so low.
    first = min(max(int(np.searchsorted(freqs_hz, _LEAST_HZ)), 2), len(freqs_hz) - 1)
    freqs_hz, powers = freqs_hz[first:], powers[first:]
    # Stretches of equal width on the logarithmic axis.
    starts = np.unique(np.geomspace(first, first + len(powers) - 1, _POINTS).astype(np.intp)) - first
    axes.plot(freqs_hz[starts], np.maximum.reduceat(powers, starts), color=BLUE, linewidth=0.8)
    axes.set_xscale("log")
    axes.set(xlabel="frequency (Hz)", ylabel="power", xlim=(freqs_hz[0], freqs_hz[-1]), ylim=(0.0, None))
    axes.set_title(title, loc="left", fontsize=11)
    axes.grid(alpha=0.25)


def _mark(axes: "Axes", freqs_hz: NDArray[np.float64], label: str) -> None:
    """Mark frequencies by triangles at the top of a panel, where they cover nothing."""
    heights = np.full(len(freqs_hz), 1.0)
    place = axes.get_xaxis_transform()
    axes.plot(
        freqs_hz, heights, "v", color=VERMILION, markersize=6, transform=place, clip_on=False, label=label, linestyle="none"
    )
    axes.legend(loc="upper left", frameon=False, fontsize=9)


def _draw_harmonic(panel: "Axes", trial: TrialPowers, number: int, freq_hz: float) -> None:
    row = 2 * number * freq_hz / trial.bin_hz
    first, last = int(row - 2 * _ZOOM_BINS), int(row + 2 * _ZOOM_BINS) + 1
    panel.set_title(f"{number} x", fontsize=9)
    panel.tick_params(labelsize=8)
    panel.set(xlim=(-_ZOOM_BINS, _ZOOM_BINS), xticks=(-5, 0, 5))
    panel.axvline(0.0, color=VERMILION, linewidth=1.0)
    if first < 0 or last > len(trial.powers):
        return
    rows = np.arange(first, last)
    panel.plot((rows - row) / 2, trial.powers[rows], color=BLACK, linewidth=1.0, drawstyle="steps-mid")
