"""Which frame a search has: what is known decides, and what is missing is said."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fastpipe.config import BarycentreConfig
from fastpipe.data.header import Header
from fastpipe.data.lane_blocks import LaneBlocks
from fastpipe.data.recording import Chunk
from fastpipe.data.tables import BIRDIE_COLUMNS, empty_table
from fastpipe.errors import ConfigError, HeaderError
from fastpipe.pipeline.frame import SearchFrame, at_position, choose_frame
from tests.pipeline.recordings import MemoryRecording

KNOWN = Header(
    nchans=1,
    nsamples=60_000,
    tsamp=1e-3,
    fch1=1250.0,
    foff=-1.0,
    nbits=8,
    telescope="FAST",
    machine="ROACH2",
    ra_deg=0.0,
    dec_deg=0.5,
    tstart=59_000.0,
)
NOWHERE = replace(KNOWN, ra_deg=None, dec_deg=None)
AUTO = BarycentreConfig()
WANTED = BarycentreConfig(frame="barycentric")


def test_what_is_known_is_barycentric() -> None:
    for config in (AUTO, WANTED):
        frame = choose_frame(KNOWN, config)
        assert (frame.name, frame.remarks) == ("barycentric", ())
        assert frame.model is not None
        # The Earth moves towards this point in June.
        assert frame.topocentric_freq_hz(100.0) == pytest.approx(100 * (1 + 9.07e-5), rel=1e-6)
        assert abs(frame.epoch_mjd(KNOWN) - KNOWN.mid_mjd) * 86_400 < 600


def test_the_telescope_is_the_frame_if_wanted() -> None:
    frame = choose_frame(KNOWN, BarycentreConfig(frame="topocentric"))
    assert frame == SearchFrame("topocentric")
    assert frame.topocentric_freq_hz(100.0) == 100.0
    assert frame.epoch_mjd(KNOWN) == KNOWN.mid_mjd
    birdies = empty_table(BIRDIE_COLUMNS, 1)
    assert frame.birdies(birdies) is birdies
    assert frame.grid(LaneBlocks(np.zeros((1, 4, 16), np.float32), np.zeros(1), 4, 1e-3)) is None


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        (NOWHERE, "found no position of the source in the header, .*; give a position"),
        (replace(KNOWN, telescope="Backyard"), "found telescope 'Backyard', whose place on the Earth is not known"),
        (replace(KNOWN, tstart=0.0), "found MJD 0"),
        (replace(KNOWN, nsamples=10**9), "found a recording of 1e\\+06 s, expected at most 172800 s"),
    ],
)
def test_what_is_missing_is_said(header: Header, missing: str) -> None:
    (remark,) = choose_frame(header, AUTO).remarks
    assert remark.startswith("Periods and epochs are those at the telescope, not at the barycentre: found ")
    assert remark.endswith(".")
    with pytest.raises((ConfigError, HeaderError), match=missing):
        choose_frame(header, WANTED)


def test_simulations_without_a_position_are_topocentric_without_a_remark() -> None:
    for fake in (replace(NOWHERE, machine="FAKE"), replace(NOWHERE, telescope="Fake")):
        assert choose_frame(fake, AUTO) == SearchFrame("topocentric")
    fake = replace(KNOWN, telescope="Fake")
    assert choose_frame(fake, BarycentreConfig(position="0 0.5")).remarks


def test_barycentric_recordings_stay_as_they_are() -> None:
    header = replace(NOWHERE, is_barycentric=True)
    for config in (AUTO, WANTED):
        frame = choose_frame(header, config)
        assert frame == SearchFrame("barycentric")
        assert np.isnan(frame.topocentric_freq_hz(100.0))
    with pytest.raises(ConfigError, match=r"found barycentric times, expected those of the telescope .*; change frame"):
        choose_frame(header, BarycentreConfig(frame="topocentric"))


def test_a_position_takes_the_place_of_that_in_the_header() -> None:
    data = np.arange(10, dtype=np.uint8)[:, None]
    recording = MemoryRecording(NOWHERE, data, (Path("a.fil"),), (Chunk(2, 3),), ("odd",))
    assert at_position(recording, "") is recording
    corrected = at_position(recording, "12:00:00 -30:30:00")
    assert corrected.header == replace(NOWHERE, ra_deg=180.0, dec_deg=-30.5)
    assert (corrected.paths, corrected.gaps, corrected.oddities) == (recording.paths, recording.gaps, recording.oddities)
    np.testing.assert_array_equal(corrected.read(3, 6), data[3:6])
    with pytest.raises(ConfigError, match="found position 'here', expected right ascension"):
        at_position(recording, "here")
