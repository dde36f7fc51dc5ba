"""What a plan of DM trials loses: the terms of the smearing, and the S/N that pulses keep, against DM."""

from typing import TYPE_CHECKING

import numpy as np

from fastpipe.data.dispersion_plan import DispersionPlan, DMRange
from fastpipe.data.header import Header
from fastpipe.data.planned_search import PULSE_WIDTHS_S
from fastpipe.data.smearing import Smearing
from fastpipe.plotting.colours import BLACK, BLUE, GREEN, GREY, ORANGE, PURPLE, VERMILION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SIZE_INCH = (10.0, 8.0)
_PULSE_STYLES = ((VERMILION, "-"), (BLUE, "--"), (GREEN, ":"))
_HALF_DECADE = 3.0


def draw_plan(header: Header, dispersion: DispersionPlan, smearing: Smearing) -> "Figure":
    """Draw the plan of a search.

    Parameters
    ----------
    header
        Of the recording.
    dispersion
        The DM trials.
    smearing
        What widens a pulse at each of them.

    Returns
    -------
    Figure
        Matplotlib figure of 1000 x 800 pixels at 100 dots an inch. Above, each term and all together, with a line where a
        range of the plan begins and its downsampling; below, the S/N that Gaussian pulses of three widths keep.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=_SIZE_INCH, layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True, height_ratios=(1.4, 1.0))
    ranges = dispersion.ranges
    name = header.source_name or "Recording"
    figure.suptitle(
        f"{name}: {dispersion.ntrials} DM trials in {len(ranges)} range{'s' * (len(ranges) != 1)}, "
        f"{header.nchans} channels, {1e6 * header.tsamp:.6g} us",
        x=0.01,
        ha="left",
    )
    _draw_terms(upper, smearing)
    _mark_downsampling(upper, ranges)
    _draw_kept(lower, smearing)
    dms = smearing.dms
    lower.set(xlabel="DM (pc cm$^{-3}$)", xlim=(float(dms[0]), max(float(dms[-1]), float(dms[0]) + 1e-3)))
    return figure


def _draw_terms(axes: "Axes", smearing: Smearing) -> None:
    for values, colour, style, label in (
        (smearing.total_s, BLACK, "-", "all together"),
        (smearing.channel_s, BLUE, "--", "dispersion in a channel"),
        (smearing.step_s, VERMILION, "-.", "half-way between DM trials"),
        (smearing.rounding_s, PURPLE, ":", "delays rounded to samples"),
        (smearing.sampling_s, ORANGE, "-", "sampling"),
    ):
        width = 2.2 if label == "all together" else 1.5
        axes.plot(smearing.dms, 1e3 * values, color=colour, linestyle=style, linewidth=width, label=label)
    # Terms that begin at zero would take the whole of a logarithmic axis.
    total = 1e3 * smearing.total_s
    axes.set_yscale("log")
    axes.set_ylim(1e3 * float(smearing.sampling_s.min()) / _HALF_DECADE, _HALF_DECADE * float(total.max()))
    axes.set_ylabel("smearing, full width (ms)")
    axes.grid(color=GREY, alpha=0.3)
    axes.legend(framealpha=1.0, edgecolor="none", loc="upper left", ncols=3, fontsize=9)


def _mark_downsampling(axes: "Axes", ranges: tuple[DMRange, ...]) -> None:
    """Mark where the time resolution changes, and write how many samples are added into one."""
    changes = [
        (dm_range.dm_min, dm_range.downsample)
        for index, dm_range in enumerate(ranges)
        if index == 0 or dm_range.downsample != ranges[index - 1].downsample
    ]
    for dm, downsample in changes:
        axes.axvline(dm, color=GREY, linewidth=0.8)
        axes.annotate(
            f" x{downsample}",
            (dm, 0.02),
            xycoords=("data", "axes fraction"),
            fontsize=8,
            color="#444444",
            annotation_clip=True,
        )
    axes.set_title("x: samples added into one", loc="right", fontsize=8, color="#444444")


def _draw_kept(axes: "Axes", smearing: Smearing) -> None:
    for width_s, (colour, style) in zip(PULSE_WIDTHS_S, _PULSE_STYLES, strict=True):
        label = f"pulse of {1e3 * width_s:g} ms"
        axes.plot(smearing.dms, 100 * smearing.snr_kept(width_s), color=colour, linestyle=style, linewidth=2.0, label=label)
    axes.set(ylim=(0, 105), ylabel="S/N kept (%)", yticks=np.arange(0, 101, 20))
    axes.grid(color=GREY, alpha=0.3)
    axes.legend(frameon=False, loc="lower left", fontsize=9)
