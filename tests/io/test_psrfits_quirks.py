"""What recorders and copying scripts do to PSRFITS files: dropped rows, lost keywords, wrong times, weights."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from fastpipe.data.recording import Chunk
from fastpipe.errors import FileFormatError, HeaderError
from fastpipe.io.psrfits import PsrfitsRecording
from tests.io.psrfits_files import NSBLK, edit, patch_card, write_scan

ROW_S = NSBLK * 1e-3
MIDDLES_S = (np.arange(6) + 0.5) * ROW_S


def read_all(recording: PsrfitsRecording) -> NDArray[Any]:
    return recording.read(0, recording.header.nsamples)


def rows_of(samples: NDArray[Any], *rows: int) -> NDArray[Any]:
    return samples.reshape(-1, NSBLK, 8)[list(rows)].reshape(-1, 8)


def test_dropped_rows_are_filled(tmp_path: Path) -> None:
    (path,), samples = write_scan(tmp_path)
    edit(path, columns={"OFFS_SUB": MIDDLES_S + np.array([0, 0, 0, 2, 2, 2]) * ROW_S})
    recording = PsrfitsRecording.open([path])
    assert recording.gaps == (Chunk(48, 80),)
    found = read_all(recording)
    assert len(found) == 96 + 32
    np.testing.assert_array_equal(found[:48], rows_of(samples, 0, 1, 2))
    np.testing.assert_array_equal(found[80:], rows_of(samples, 3, 4, 5))
    mean = np.rint(rows_of(samples, 2).mean(axis=0))
    np.testing.assert_array_equal(found[48:80], np.broadcast_to(mean, (32, 8)))
    for start in range(0, 128, 5):
        np.testing.assert_array_equal(recording.read(start, 128), found[start:])
        np.testing.assert_array_equal(recording.read(0, start), found[:start])


def test_a_gap_need_not_be_whole_rows(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    edit(path, columns={"OFFS_SUB": MIDDLES_S + np.array([0, 5, 5, 5, 5, 5]) * 1e-3})
    assert PsrfitsRecording.open([path]).gaps == (Chunk(16, 21),)


def test_rounded_times_make_no_gaps(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    edit(path, columns={"OFFS_SUB": MIDDLES_S + np.array([0, 2, -2, 1, 2, 0]) * 1e-4})
    assert PsrfitsRecording.open([path]).gaps == ()


def test_rows_out_of_order_are_refused(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    edit(path, columns={"OFFS_SUB": MIDDLES_S[[0, 1, 3, 2, 4, 5]]})
    with pytest.raises(FileFormatError, match=r"found row 3 of .*x.fits to start 32 samples before the end"):
        PsrfitsRecording.open([path])


@pytest.mark.parametrize(("values", "sentence"), [(0.0, "no OFFS_SUB"), (np.arange(6) * 1.0, "steps of 62.5 rows")])
def test_unusable_offs_sub(tmp_path: Path, values: Any, sentence: str) -> None:
    (path,), samples = write_scan(tmp_path)
    edit(path, columns={"OFFS_SUB": values})
    recording = PsrfitsRecording.open([path])
    np.testing.assert_array_equal(read_all(recording), samples[:, 0])
    assert sentence in recording.oddities[0]


def test_tbin_too_small_by_four(tmp_path: Path) -> None:
    (path,), samples = write_scan(tmp_path)
    edit(path, subint={"TBIN": 2.5e-4}, columns={"OFFS_SUB": MIDDLES_S / 4 + np.array([0, 0, 0, 0, 1, 1]) * ROW_S / 4})
    recording = PsrfitsRecording.open([path])
    assert recording.header.tsamp == 1e-3
    assert recording.gaps == (Chunk(64, 80),)
    np.testing.assert_array_equal(recording.read(0, 64), rows_of(samples, 0, 1, 2, 3))
    assert "found TBIN = 0.00025 s, but TSUBINT says 0.001 s, which is used" in recording.oddities[0]


def test_tsubint_that_disagrees(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    edit(path, columns={"TSUBINT": 3.0})
    recording = PsrfitsRecording.open([path])
    assert recording.header.tsamp == 1e-3
    assert "found rows of 3 s by TSUBINT and of 0.016 s by TBIN" in recording.oddities[0]


def test_files_with_their_own_start(tmp_path: Path) -> None:
    paths, samples = write_scan(tmp_path, rows_per_file=2)
    for number, path in enumerate(paths):
        offset_s = number * 2 * ROW_S
        edit(path, primary={"STT_OFFS": offset_s}, subint={"NSUBOFFS": 0}, columns={"OFFS_SUB": MIDDLES_S[:2]})
    recording = PsrfitsRecording.open([paths[1], paths[2], paths[0]])
    assert recording.paths == tuple(paths)
    assert not recording.oddities
    np.testing.assert_array_equal(read_all(recording), samples[:, 0])


def test_files_with_their_own_start_and_old_counts(tmp_path: Path) -> None:
    paths, samples = write_scan(tmp_path, rows_per_file=2)
    for number, path in enumerate(paths):
        edit(path, primary={"STT_OFFS": number * 2 * ROW_S})
    recording = PsrfitsRecording.open(paths)
    np.testing.assert_array_equal(read_all(recording), samples[:, 0])
    assert recording.gaps == ()
    assert "against NSUBOFFS" in recording.oddities[-1]


def test_lost_nsuboffs(tmp_path: Path) -> None:
    paths, samples = write_scan(tmp_path, rows_per_file=2)
    for path in paths:
        edit(path, subint={"NSUBOFFS": 0})
    recording = PsrfitsRecording.open(paths[::-1])
    np.testing.assert_array_equal(read_all(recording), samples[:, 0])
    alone = PsrfitsRecording.open(paths[1:2])
    assert alone.header.tstart == pytest.approx(59000.0 + 2 * ROW_S / 86_400, abs=1e-11)
    assert "the start follows OFFS_SUB" in alone.oddities[0]


def test_missing_file_is_a_gap(tmp_path: Path) -> None:
    paths, samples = write_scan(tmp_path, rows_per_file=2)
    recording = PsrfitsRecording.open([paths[2], paths[0]])
    assert recording.gaps == (Chunk(32, 64),)
    np.testing.assert_array_equal(recording.read(64, 96), rows_of(samples, 4, 5))


def test_overlap_is_refused(tmp_path: Path) -> None:
    paths, _ = write_scan(tmp_path, rows_per_file=2)
    edit(paths[1], subint={"NSUBOFFS": 1}, columns={"OFFS_SUB": MIDDLES_S[1:3]})
    with pytest.raises(FileFormatError, match=r"found an overlap of 0.016 s between .*0001.fits and .*0002.fits"):
        PsrfitsRecording.open(paths)
    with pytest.raises(FileFormatError, match="found an overlap"):
        PsrfitsRecording.open([paths[0], paths[0]])


def test_files_far_apart_are_refused(tmp_path: Path) -> None:
    paths, _ = write_scan(tmp_path, rows_per_file=3)
    edit(paths[1], primary={"STT_IMJD": 59001})
    with pytest.raises(HeaderError, match=r"found gaps of 8.64e\+04 s in a recording with 0.096 s of data"):
        PsrfitsRecording.open(paths)


@pytest.mark.parametrize(
    ("primary", "subint", "message"),
    [
        ({"IBEAM": 3}, {}, "found beam = 2 and 3"),
        ({}, {"TBIN": 1.001e-3}, "found tsamp = 0.001 and 0.001001"),
        ({}, {"POL_TYPE": "I"}, "found pol_type = AABB and I"),
    ],
)
def test_files_of_different_scans_are_refused(
    tmp_path: Path, primary: dict[str, Any], subint: dict[str, Any], message: str
) -> None:
    paths, _ = write_scan(tmp_path, rows_per_file=3)
    edit(paths[1], primary=primary, subint=subint)
    with pytest.raises(HeaderError, match=message):
        PsrfitsRecording.open(paths)


def test_other_band_is_refused(tmp_path: Path) -> None:
    paths, _ = write_scan(tmp_path, rows_per_file=3)
    edit(paths[1], columns={"DAT_FREQ": 1200.0 + np.arange(8)})
    with pytest.raises(HeaderError, match=r"found bands from 1000.0 and 1200.0 MHz"):
        PsrfitsRecording.open(paths)


def test_uneven_channels_are_refused(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    edit(path, columns={"DAT_FREQ": 1000.0 + 0.5 * np.arange(8) + 0.01 * (np.arange(8) == 3)})
    with pytest.raises(HeaderError, match=r"found channels up to 0.01 MHz off even steps of 0.5 MHz"):
        PsrfitsRecording.open([path])


def test_frequencies_of_the_table_count(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    edit(path, primary={"OBSFREQ": 999.0, "OBSBW": -1.0}, subint={"CHAN_BW": 7.0})
    header = PsrfitsRecording.open([path]).header
    assert (header.fch1, header.foff) == (1000.0, 0.5)


def test_no_frequencies(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    edit(path, columns={"DAT_FREQ": 0.0})
    recording = PsrfitsRecording.open([path])
    assert (recording.header.fch1, recording.header.foff) == (1000.0, 0.5)
    assert "found no DAT_FREQ" in recording.oddities[0]


def test_masked_channel_gets_its_mean(tmp_path: Path) -> None:
    for scale, nbits in ((1.0, 8), (2.0, 8), (1.0, 16)):
        (path,), samples = write_scan(tmp_path, nbits=nbits)
        weights = np.ones((6, 8))
        weights[2, 5] = 0.0
        edit(path, columns={"DAT_WTS": weights, "DAT_SCL": scale})
        recording = PsrfitsRecording.open([path])
        found = read_all(recording)
        expected = scale * samples[:, 0].astype(np.float64)
        mean = np.delete(expected.reshape(6, NSBLK, 8)[:, :, 5], 2, axis=0).mean()
        expected[32:48, 5] = np.rint(mean) if found.dtype == np.uint8 else mean
        np.testing.assert_allclose(found, expected, rtol=1e-6)
        assert recording.gaps == ()
        assert "found weight zero for 2.1% of channels and rows" in recording.oddities[0]


@pytest.mark.parametrize("blank", [[0], [2, 3], [5]])
def test_rows_without_weight_are_gaps(tmp_path: Path, blank: list[int]) -> None:
    (path,), samples = write_scan(tmp_path)
    weights = np.ones((6, 8))
    weights[blank] = 0.0
    edit(path, columns={"DAT_WTS": weights})
    recording = PsrfitsRecording.open([path])
    assert recording.gaps == (Chunk(blank[0] * NSBLK, (blank[-1] + 1) * NSBLK),)
    mean = np.rint(rows_of(samples, blank[0] - 1 if blank[0] else 1).mean(axis=0))
    found = read_all(recording).reshape(6, NSBLK, 8)
    np.testing.assert_array_equal(found[blank], np.broadcast_to(mean, (len(blank), NSBLK, 8)))


def test_weights_never_filled_in(tmp_path: Path) -> None:
    (path,), samples = write_scan(tmp_path)
    edit(path, columns={"DAT_WTS": 0.0})
    recording = PsrfitsRecording.open([path])
    np.testing.assert_array_equal(read_all(recording), samples[:, 0])
    assert recording.oddities == ("found all weights to be zero: they are not used",)


def test_signed_samples(tmp_path: Path) -> None:
    (path,), samples = write_scan(tmp_path)
    edit(path, subint={"SIGNINT": 1})
    np.testing.assert_array_equal(read_all(PsrfitsRecording.open([path])), samples[:, 0] ^ 128)
    edit(path, columns={"DAT_SCL": 2.0})
    np.testing.assert_array_equal(read_all(PsrfitsRecording.open([path])), 2.0 * samples[:, 0].view(np.int8))


def test_padding_at_the_end_is_left_out(tmp_path: Path) -> None:
    (path,), samples = write_scan(tmp_path, nsamples=90)
    edit(path, subint={"NSTOT": None}, columns={"TSUBINT": ROW_S, "OFFS_SUB": MIDDLES_S})
    recording = PsrfitsRecording.open([path])
    np.testing.assert_array_equal(read_all(recording), samples[:, 0])
    assert "found 6 spectra of zeros at the end of the last row" in recording.oddities[0]


def test_short_last_row_by_its_length(tmp_path: Path) -> None:
    (path,), samples = write_scan(tmp_path, nsamples=90)
    edit(path, subint={"NSTOT": None})
    recording = PsrfitsRecording.open([path])
    np.testing.assert_array_equal(read_all(recording), samples[:, 0])
    assert not recording.oddities


@pytest.mark.parametrize("dimensions", ["(8,1,16)", "(8,16)", "(128)"])
def test_any_dimensions_of_a_row(tmp_path: Path, dimensions: str) -> None:
    (path,), samples = write_scan(tmp_path)
    patch_card(path, "TDIM17", f"'{dimensions}'")
    np.testing.assert_array_equal(read_all(PsrfitsRecording.open([path])), samples[:, 0])


@pytest.mark.parametrize(
    ("primary", "position"),
    [
        ({"RA": "00:00:00", "DEC": "00:00:00"}, (83.5, -0.25)),
        ({"RA": 10.5, "DEC": -3.5}, (10.5, -3.5)),
        ({"RA": "", "DEC": "", "STT_CRD1": "", "STT_CRD2": ""}, (None, None)),
        ({"RA": "", "DEC": "", "COORD_MD": "GAL"}, (None, None)),
        ({"RA": "99:00:00", "STT_CRD1": "x"}, (None, None)),
    ],
)
def test_positions(tmp_path: Path, primary: dict[str, Any], position: tuple[float | None, float | None]) -> None:
    (path,), _ = write_scan(tmp_path)
    edit(path, primary=primary)
    recording = PsrfitsRecording.open([path])
    found = recording.header.ra_deg, recording.header.dec_deg
    assert found == position if position[0] is None else found == pytest.approx(position, abs=1e-8)
    assert any("are no position" in sentence for sentence in recording.oddities) == (primary.get("STT_CRD1") == "x")


def test_names_of_fast_files_give_the_beam(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path, name="J0534+2200_tracking-M05_0001.fits", telescope="FAST")
    found = PsrfitsRecording.open([path])
    assert found.header.ibeam == 2
    assert "found IBEAM = 2 and beam 5 in the name" in " ".join(found.oddities)
    edit(path, primary={"IBEAM": None})
    found = PsrfitsRecording.open([path])
    assert found.header.ibeam == 5
    assert "beam 5 looks at another one" in " ".join(found.oddities)


@pytest.mark.parametrize(("fraction_s", "count"), [(0.0, 0), (0.005, 0), (0.36, 1), (0.999, 1), (1.2, 2)])
def test_starts_of_fast_on_whole_seconds(tmp_path: Path, fraction_s: float, count: int) -> None:
    (path,), _ = write_scan(tmp_path, telescope="FAST", ibeam=1)
    edit(path, primary={"STT_OFFS": fraction_s})
    sentences = PsrfitsRecording.open([path]).oddities
    assert len([sentence for sentence in sentences if "STT_OFFS" in sentence]) == count


def test_bins_in_search_mode(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    edit(path, subint={"NBIN": 8})
    assert "found NBIN = 8 in search mode" in PsrfitsRecording.open([path]).oddities[0]


def test_scales_per_channel_alone(tmp_path: Path) -> None:
    (path,), samples = write_scan(tmp_path, nifs=2, nchans=16)
    # The table holds a scale for each of two polarisations; NPOL 1 with twice the channels has as many samples.
    patch_card(path, "NPOL", "1")
    patch_card(path, "NCHAN", "32")
    with pytest.raises(HeaderError, match="found 16 values of DAT_WTS for 1 x 32"):
        PsrfitsRecording.open([path])
    assert samples.shape == (96, 2, 16)
