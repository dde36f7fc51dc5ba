"""Compressed tables against the plain ones they were made from."""

import os
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fastpipe.errors import FastpipeError, FileFormatError
from fastpipe.io.fits_tiles import TiledTable
from fastpipe.io.recordings import open_recording
from tests.io.psrfits_files import edit, patch_card, write_scan
from tests.io.tiled_files import compress_file

METHODS: list[dict[str, str]] = [
    {"B": "GZIP_1"},
    {"B": "RICE_1", "I": "RICE_1", "J": "RICE_1"},
    dict.fromkeys("BIJED", "GZIP_1"),
    dict.fromkeys("BIJED", "NOCOMPRESS"),
]


def _assert_same(plain: Path, packed: Path) -> None:
    expected, found = open_recording([plain]), open_recording([packed])
    assert (found.header, found.gaps, found.oddities) == (expected.header, expected.gaps, expected.oddities)
    nsamples = expected.header.nsamples
    for step in (nsamples, 7):
        for start in range(0, nsamples, step):
            stop = min(start + step, nsamples)
            np.testing.assert_array_equal(found.read(start, stop), expected.read(start, stop))


@pytest.mark.parametrize("methods", METHODS)
@pytest.mark.parametrize("nbits", [1, 8, 16, 32])
@pytest.mark.parametrize(("tile_rows", "descriptor"), [(1, "P"), (4, "Q"), (6, "Q"), (100, "P")])
def test_equal_to_the_plain_file(
    tmp_path: Path, nbits: int, methods: dict[str, str], tile_rows: int, descriptor: str
) -> None:
    (path,), _ = write_scan(tmp_path, nbits=nbits, nifs=2)
    _assert_same(path, compress_file(path, tile_rows=tile_rows, methods=methods, descriptor=descriptor))


def test_integers_of_32_bits(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path, nbits=32)
    patch_card(path, "TFORM17", "'128J    '")
    _assert_same(path, compress_file(path, tile_rows=4, methods={"J": "RICE_1"}))


def test_gaps_and_weights(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    times = (np.array([0, 1, 2, 5, 6, 7]) + 0.5) * 16e-3
    weights = np.ones((6, 8), np.float32)
    weights[1], weights[4, 3] = 0.0, 0.0
    edit(path, columns={"OFFS_SUB": times, "DAT_WTS": weights})
    packed = compress_file(path, tile_rows=2, methods={})
    assert len(open_recording([packed]).gaps) == 2
    _assert_same(path, packed)


def test_files_of_a_scan(tmp_path: Path) -> None:
    paths, samples = write_scan(tmp_path, rows_per_file=2)
    recording = open_recording([compress_file(path, tile_rows=2, methods={"B": "RICE_1"}) for path in paths])
    np.testing.assert_array_equal(recording.read(0, len(samples)), samples[:, 0])


def test_a_tile_is_expanded_once_for_all_its_chunks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path,), _ = write_scan(tmp_path)
    recording = open_recording([compress_file(path, tile_rows=3, methods={})])
    expanded: list[int] = []
    expand = TiledTable._expand

    def count(table: TiledTable, tile: int, number: int) -> Any:
        expanded.append(tile)
        return expand(table, tile, number)

    monkeypatch.setattr(TiledTable, "_expand", count)
    for start in range(0, 96, 4):
        recording.read(start, start + 4)
    assert expanded == [0, 1]


def test_threads_read_at_once(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path, nbits=16)
    recording = open_recording([compress_file(path, tile_rows=1, methods={"I": "RICE_1"})])
    starts = np.random.default_rng(3).integers(0, 90, 200).tolist()
    expected = recording.read(0, 96)
    with ThreadPoolExecutor(4) as pool:
        for start, found in zip(starts, pool.map(lambda start: recording.read(start, start + 6), starts), strict=True):
            np.testing.assert_array_equal(found, expected[start : start + 6])


CHANGES: list[tuple[dict[str, str | int], str]] = [
    ({"ZTILELEN": 0}, "found 2 tiles of 0 rows for 6 rows"),
    ({"ZTILELEN": 2}, "found 2 tiles of 2 rows for 6 rows"),
    ({"ZNAXIS2": -1}, "found -1 rows of"),
    ({"ZNAXIS2": 10**15}, "found 1000000000000000 rows of .* compressed to"),
    ({"ZNAXIS2": 0}, "found 0 rows"),
    ({"ZNAXIS1": 7}, "found rows of 7 bytes and columns of"),
    ({"ZFORM1": "1Y"}, "found TFORM1 = '1Y'"),
    ({"TFORM1": "16A"}, "found columns of other types than P and Q"),
    ({"THEAP": -1}, "expected all rows in tiles"),
    ({"THEAP": 100}, "in tile 1 of .*x.fits.fz, expected a compressed column"),
    ({"ZCTYP17": "RICE_2"}, "found a column of type B compressed by 'RICE_2'"),
    ({"ZCTYP2": "RICE_1"}, "found a column of type D compressed by 'RICE_1'"),
    ({"ZCTYP17": "NOCOMPRESS"}, "found bytes that are no 384 bytes compressed by NOCOMPRESS in tile 1"),
    ({"PCOUNT": 10**6}, "bytes of the compressed table in .*x.fits.fz, expected all of them; the file is truncated"),
]


@pytest.mark.parametrize(("changes", "message"), CHANGES)
def test_impossible_tables_are_refused(tmp_path: Path, changes: dict[str, str | int], message: str) -> None:
    (path,), _ = write_scan(tmp_path)
    packed = compress_file(path, tile_rows=3, methods={"B": "GZIP_1"}, changes=changes)
    with pytest.raises(FastpipeError, match=message) as caught:
        open_recording([packed]).read(0, 96)
    assert "x.fits.fz" in str(caught.value)


def test_keywords_that_are_missing(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    packed = compress_file(path, tile_rows=3, methods={})
    packed.write_bytes(packed.read_bytes().replace(b"ZFORM5  =", b"WHAT    ="))
    with pytest.raises(FastpipeError, match=r"found no ZFORM5, expected it in a compressed table; .*x.fits.fz"):
        open_recording([packed])


def test_huge_tiles_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fastpipe.io.fits_tiles._LARGEST_TILE", 383)
    (path,), _ = write_scan(tmp_path)
    with pytest.raises(FileFormatError, match=r"found tiles of 384 bytes in .*, expected at most 383; run funpack"):
        open_recording([compress_file(path, tile_rows=3, methods={})])


def test_damaged_bytes_are_found_by_their_checksum(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    packed = compress_file(path, tile_rows=3, methods={"B": "GZIP_1"})
    content = bytearray(packed.read_bytes())
    content[content.rindex(b"\x78\x9c") + 100] ^= 1
    packed.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"compressed by GZIP_1 in tile 2 of .*; the file is damaged: copy it again"):
        open_recording([packed]).read(0, 96)


def test_bytes_that_end_too_early(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    packed = compress_file(path, tile_rows=3, methods={"B": "RICE_1"})
    content = bytearray(packed.read_bytes())
    table_offset = -(-content.rindex(b"END     ") // 2880) * 2880
    # The length of the samples, column 17, in the second tile.
    place = table_offset + 16 * (17 + 16)
    content[place : place + 8] = (300).to_bytes(8, "big")
    packed.write_bytes(content)
    with pytest.raises(FileFormatError, match=r"found bytes that are no 384 bytes compressed by RICE_1 in tile 2"):
        open_recording([packed]).read(0, 96)


def test_file_cut_while_open(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path)
    packed = compress_file(path, tile_rows=1, methods={})
    recording = open_recording([packed])
    os.truncate(packed, 8000)
    with pytest.raises(FileFormatError, match="as when it was opened"):
        recording.read(0, 96)


@settings(max_examples=300)
@given(data=st.data())
def test_damaged_files_never_raise_anything_but_our_errors(data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        (path,), _ = write_scan(Path(folder), nbits=data.draw(st.sampled_from([1, 8, 16])), nifs=2, nsamples=64)
        methods = data.draw(st.sampled_from(METHODS[:3]))
        path = compress_file(path, tile_rows=data.draw(st.integers(1, 4)), methods=methods)
        content = bytearray(path.read_bytes())
        header_bytes = content.rindex(b"END     ") + 80
        damage = data.draw(st.sampled_from(["digits", "bytes", "descriptors", "cut"]))
        if damage == "cut":
            del content[data.draw(st.integers(0, len(content))) :]
        else:
            values = st.sampled_from(b"0123456789-.E'TF ") if damage == "digits" else st.integers(0, 255)
            first = 2880 if damage == "digits" else header_bytes
            last = {"digits": header_bytes, "bytes": len(content) - 1, "descriptors": header_bytes + 2880 + 600}[damage]
            for _ in range(data.draw(st.integers(1, 4))):
                content[data.draw(st.integers(first, min(last, len(content) - 1)))] = data.draw(values)
        path.write_bytes(content)
        with suppress(FastpipeError):
            recording = open_recording([path])
            stop = min(recording.header.nsamples, 64)
            assert recording.read(0, stop).shape == (stop, recording.header.nchans)


@pytest.mark.skipif(shutil.which("fpack") is None, reason="fpack is not installed")
@pytest.mark.parametrize(("nbits", "method"), [(1, "GZIP_1"), (8, "RICE_1"), (8, "GZIP_1"), (16, "GZIP_2"), (16, "RICE_1")])
def test_files_of_fpack(tmp_path: Path, nbits: int, method: str) -> None:
    (path,), _ = write_scan(tmp_path, nbits=nbits, nifs=2, nsamples=1600)
    edit(path, subint={"FZALG17": method, "FZTILELN": 7})
    subprocess.run(["fpack", "-table", path], check=True, capture_output=True)
    packed = path.with_name("x.fits.fz")
    assert f"ZCTYP17 = '{method}".encode() in packed.read_bytes()
    _assert_same(path, packed)


@pytest.mark.skipif(shutil.which("fpack") is None, reason="fpack is not installed")
def test_integers_of_32_bits_of_fpack(tmp_path: Path) -> None:
    (path,), _ = write_scan(tmp_path, nbits=32, nsamples=1600)
    patch_card(path, "TFORM17", "'128J    '")
    edit(path, subint={"FZALG17": "RICE_1"})
    subprocess.run(["fpack", "-table", path], check=True, capture_output=True)
    assert b"ZCTYP17 = 'RICE_1" in path.with_name("x.fits.fz").read_bytes()
    _assert_same(path, path.with_name("x.fits.fz"))
