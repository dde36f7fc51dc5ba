"""The figure and the report of interference."""

import dataclasses
from typing import Any

import numpy as np
import pytest
from matplotlib.figure import Figure

from fastpipe.data.header import Header
from fastpipe.data.recording import Chunk
from fastpipe.data.rfi_findings import RFIFindings
from fastpipe.data.rfi_mask import Reason
from fastpipe.plotting.map_blocks import block_starts, reduce_blocks, reduce_classes
from fastpipe.plotting.picture import Picture
from fastpipe.plotting.rfi import draw_rfi
from fastpipe.plotting.rfi_text import REASON_WORDS, rfi_report
from tests.fake_findings import fake_findings, fake_header
from tests.pipeline.recordings import MemoryRecording


def recording_of(header: Header, gaps: tuple[Chunk, ...] = ()) -> MemoryRecording:
    return MemoryRecording(header, np.empty((0, header.nchans)), gaps=gaps)


def axes_of(figure: Figure, title: str) -> Any:
    found = [
        axes for part in figure.subfigs for axes in part.axes if title in (axes.get_title(), axes.get_title(loc="left"))
    ]
    (axes,) = found
    return axes


def without_findings(findings: RFIFindings) -> RFIFindings:
    mask = dataclasses.replace(
        findings.mask, reasons=np.zeros_like(findings.mask.reasons), bad_samples=np.empty((0, 2), int)
    )
    return dataclasses.replace(findings, mask=mask, diode=None, has_broadband=False, remarks=())


@pytest.mark.parametrize(("nchans", "nintervals"), [(64, 12), (1, 1)])
def test_figure_of_any_shape(nchans: int, nintervals: int) -> None:
    header = fake_header(nchans, nintervals)
    figure = draw_rfi(header, fake_findings(header, nintervals))
    assert Picture(figure).png().startswith(b"\x89PNG")


def test_figure_of_a_clean_recording() -> None:
    header = fake_header(5, 1)
    figure = draw_rfi(header, without_findings(fake_findings(header, 1)))
    assert Picture(figure).png().startswith(b"\x89PNG")
    (legend,) = [axes.get_legend() for axes in figure.subfigs[1].axes if axes.get_legend()]
    assert [text.get_text() for text in legend.get_texts()] == ["good"]


def test_rows_of_the_maps_lie_at_their_frequencies() -> None:
    header = fake_header(64, 12)
    reasons = np.zeros((12, 64), np.uint16)
    reasons[3:5, 2] = Reason.SPREAD
    findings = fake_findings(header, 12)
    findings = dataclasses.replace(findings, mask=dataclasses.replace(findings.mask, reasons=reasons))
    for given in (header, dataclasses.replace(header, fch1=1053.125, foff=6.25)):
        image = axes_of(draw_rfi(given, findings), "What is masked, and why").images[0]
        left, right, low, high = image.get_extent()
        assert (left, right) == pytest.approx((0, 12))
        shown = np.argwhere(np.asarray(image.get_array()))
        freqs = low + (shown[:, 0] + 0.5) * (high - low) / 64
        assert freqs == pytest.approx(given.chan_freqs_mhz[2])
        assert shown[:, 1].tolist() == [3, 4]


def test_frequencies_of_one_channel_are_written_in_full() -> None:
    header = fake_header(1, 4)
    figure = draw_rfi(header, fake_findings(header, 4))
    Picture(figure).png()
    for title in ("Standard deviation (median 1)", "What is masked, and why"):
        assert axes_of(figure, title).yaxis.get_offset_text().get_text() == ""


def test_one_channel_of_thousands_is_seen() -> None:
    values = np.zeros((3000, 700))
    values[1234, 5] = -9.0
    values[77] = np.nan
    small = reduce_blocks(values, 200, 100)
    assert small.shape == (200, 100)
    assert np.count_nonzero(small) == 1
    assert not np.isnan(small).any()
    assert np.isnan(reduce_blocks(np.full((9, 9), np.nan), 3, 3)).all()
    assert reduce_classes((values < 0).astype(np.uint8), 200, 100).sum() == 1
    assert np.diff(np.append(block_starts(3000, 200), 3000)).tolist() == [15] * 200


def test_strong_spikes_leave_the_noise_in_sight() -> None:
    header = fake_header(8, 3)
    findings = fake_findings(header, 3)
    findings.intervals.zero_dm[40] = 5000.0
    figure = draw_rfi(header, findings)
    assert [axes.get_yscale() for axes in figure.subfigs[1].axes].count("symlog") == 1


def test_report_says_what_and_why() -> None:
    header = fake_header(128, 12)
    findings = fake_findings(header, 12)
    lines = rfi_report(recording_of(header, (Chunk(10, 17),)), findings)
    text = "\n".join(lines)
    assert lines[0] == f"masked     {100 * findings.mask.masked_fraction:.2f} % of the data"
    assert "gaps       1, of 7 samples in all" in text
    assert "diode      switched every 2 s, on for 50 % of the time" in text
    assert "dead        0.78 %                  1  its samples never change" in text
    assert "0:2                            1440.625   1450.000" in lines
    assert lines[-1] == "A noise diode is switched every 2 s."
    assert max(map(len, lines)) < 100


def test_report_of_a_clean_recording() -> None:
    header = fake_header(16, 4)
    lines = rfi_report(recording_of(header), without_findings(fake_findings(header, 4)))
    assert lines[-1] == "No channel is masked in any interval."
    assert "diode      none found" in lines


def test_many_ranges_are_cut_short() -> None:
    header = fake_header(200, 2)
    findings = fake_findings(header, 2)
    findings.mask.reasons[:, ::2] = Reason.SPREAD
    findings.mask.reasons[:, 1::2] = 0
    lines = rfi_report(recording_of(header), dataclasses.replace(findings, remarks=()))
    assert lines[-1] == "... and 60 more ranges; --json or --channels lists all"


def test_every_reason_has_words() -> None:
    assert set(REASON_WORDS) == set(Reason)
