"""PSRFITS search-mode files like those of FAST: 17 columns, one or several files a scan."""

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.errors import ConfigError
from fastpipe.io.atomic import replacing
from fastpipe.io.bits import pack
from fastpipe.io.psrfits_cards import primary_header, subint_header
from fastpipe.io.psrfits_hdus import FITS_BLOCK, Value
from fastpipe.io.psrfits_layout import PSRFITS_NBITS

POL_TYPES: Final = {1: "AA+BB", 2: "AABB", 4: "AABBCRCI"}
"""POL_TYPE of the files that are written, by number of polarisations."""

ROW_SPECTRA: Final = 1024
"""Spectra of a row as FAST writes them."""

_TIMES = ("TSUBINT", "OFFS_SUB", "LST_SUB", "RA_SUB", "DEC_SUB", "GLON_SUB", "GLAT_SUB")
_ANGLES = ("FD_ANG", "POS_ANG", "PAR_ANG", "TEL_AZ", "TEL_ZEN")
_SIGNED_16_ZERO = 32768


@dataclass(frozen=True, slots=True)
class _Part:
    """One file of a scan."""

    path: Path
    first_row: int
    nrows: int


def write_psrfits(
    path: str | Path,
    header: Header,
    blocks: Iterable[NDArray[Any]],
    *,
    nsblk: int = ROW_SPECTRA,
    rows_per_file: int | None = None,
) -> tuple[Path, ...]:
    """Write a recording as PSRFITS, row by row; files appear under their names when all are complete.

    Scales are 1, offsets 0, weights 1, as in FAST's files. A last row that is not full says so in TSUBINT and NSTOT. Samples
    of 16 bits are unsigned, of 32 bits float32. Sidereal time, Galactic position and angles are zero.

    Parameters
    ----------
    path
        The file to write; an older one is replaced. Of several files the names get ``_0001`` and so on before the suffix.
    header
        What the headers say. `nifs` is NPOL: 1 (total intensity), 2 (AABB) or 4 (AABBCRCI); `nbits` is 1 to 32; the
        sign of `foff` is the order of the channels, which ascends in FAST's files. `extra` is not written.
    blocks
        Consecutive spectra, each block of shape [n, nchans] for `nifs` 1, or [n, nifs, nchans].
    nsblk
        Spectra of a row.
    rows_per_file
        Rows of one file; None writes one file of all rows.

    Returns
    -------
    tuple of Path
        The files in the order of time.

    Raises
    ------
    ConfigError
        If the numbers are not supported, the blocks do not add up to `header.nsamples` spectra, or the folder may not be
        written.
    ResourceError
        If the disk is full. Nothing is left behind.
    """
    _check(header, nsblk, rows_per_file)
    parts = _parts(Path(path), -(-header.nsamples // nsblk), rows_per_file)
    rows = _rows(blocks, header, nsblk)
    with ExitStack() as stack:
        for part in parts:
            with stack.enter_context(replacing(part.path)).open("wb") as file:
                _write_file(file, header, part, rows, nsblk)
        if next(rows, None) is not None:
            raise ConfigError(f"found more than {header.nsamples} spectra, expected as many as the header says; give fewer")
    return tuple(part.path for part in parts)


def _check(header: Header, nsblk: int, rows_per_file: int | None) -> None:
    if header.nbits not in PSRFITS_NBITS or header.nifs not in POL_TYPES or header.nchans * header.nifs * header.nbits % 8:
        raise ConfigError(
            f"found nbits = {header.nbits}, nchans = {header.nchans}, nifs = {header.nifs}, expected 1, 2, 4, 8, 16 or 32 "
            "bits and 1, 2 or 4 polarisations in whole bytes a spectrum; choose other numbers"
        )
    if header.is_barycentric:
        raise ConfigError(
            "found barycentric times, expected topocentric ones, for PSRFITS cannot tell them apart; write a SIGPROC file"
        )
    if nsblk < 1 or (rows_per_file is not None and rows_per_file < 1):
        raise ConfigError(f"found {nsblk} spectra a row and {rows_per_file} rows a file, expected at least 1; choose more")


def _parts(path: Path, nrows: int, rows_per_file: int | None) -> list[_Part]:
    if rows_per_file is None:
        return [_Part(path, 0, nrows)]
    firsts = range(0, nrows, rows_per_file)
    return [
        _Part(path.with_name(f"{path.stem}_{number:04d}{path.suffix}"), first, min(rows_per_file, nrows - first))
        for number, first in enumerate(firsts, start=1)
    ]


def _rows(blocks: Iterable[NDArray[Any]], header: Header, nsblk: int) -> Iterator[NDArray[Any]]:
    """Cut blocks into rows of shape [nsblk, nifs, nchans]; the last one may be shorter."""
    kept: list[NDArray[Any]] = []
    nkept = 0
    for block in blocks:
        shape = (header.nchans,) if header.nifs == 1 and block.ndim == 2 else (header.nifs, header.nchans)
        if block.shape[1:] != shape:
            raise ConfigError(
                f"found a block of shape {block.shape}, expected [n, {header.nifs}, {header.nchans}]; give spectra"
            )
        rest = block.reshape(-1, header.nifs, header.nchans)
        while nkept + len(rest) >= nsblk:
            yield np.concatenate([*kept, rest[: nsblk - nkept]])
            rest, kept, nkept = rest[nsblk - nkept :], [], 0
        if len(rest):
            kept.append(rest)
            nkept += len(rest)
    if kept:
        yield np.concatenate(kept)


def _row_dtype(header: Header, nsblk: int) -> np.dtype[Any]:
    nchans, npol = header.nchans, header.nifs
    # The axis of length one is a habit of FAST's recorder that readers must bear.
    shape = (nsblk, npol, nchans, 1) if header.nbits >= 8 else (nsblk * npol * nchans * header.nbits // 8,)
    kinds = {16: ">i2", 32: ">f4"}
    per_channel = (("DAT_FREQ", ">f8", nchans), ("DAT_WTS", ">f4", nchans))
    per_sample = (("DAT_OFFS", ">f4", nchans * npol), ("DAT_SCL", ">f4", nchans * npol))
    return np.dtype(
        [
            *((name, ">f8") for name in _TIMES),
            *((name, ">f4") for name in _ANGLES),
            *((name, kind, (length,)) for name, kind, length in per_channel + per_sample),
            ("DATA", kinds.get(header.nbits, "u1"), shape),
        ]
    )


def _write_file(file: IO[bytes], header: Header, part: _Part, rows: Iterator[NDArray[Any]], nsblk: int) -> None:
    dtype = _row_dtype(header, nsblk)
    start = part.first_row * nsblk
    nsamples = min(header.nsamples - start, part.nrows * nsblk)
    cards: dict[str, Value] = {
        "NPOL": header.nifs,
        "POL_TYPE": POL_TYPES[header.nifs],
        "TBIN": header.tsamp,
        "NBITS": header.nbits,
        "NSUBOFFS": part.first_row,
        "NCHAN": header.nchans,
        "CHAN_BW": header.foff,
        "NSBLK": nsblk,
        "NSTOT": nsamples,
    }
    file.write(primary_header(header))
    file.write(subint_header(dtype, part.nrows, cards, _SIGNED_16_ZERO if header.nbits == 16 else None))
    row = np.zeros((), dtype)
    row["RA_SUB"], row["DEC_SUB"] = header.ra_deg or 0.0, header.dec_deg or 0.0
    row["DAT_FREQ"], row["DAT_WTS"], row["DAT_SCL"] = header.chan_freqs_mhz, 1.0, 1.0
    for number in range(part.nrows):
        first = start + number * nsblk
        expected = min(nsblk, header.nsamples - first)
        samples = next(rows, None)
        if samples is None or len(samples) != expected:
            found = first + (0 if samples is None else len(samples))
            raise ConfigError(f"found {found} spectra, expected {header.nsamples} as the header says; give all of them")
        row["TSUBINT"], row["OFFS_SUB"] = expected * header.tsamp, (first + expected / 2.0) * header.tsamp
        row["DATA"] = _stored(samples, header.nbits, nsblk).reshape(row["DATA"].shape)
        file.write(row.tobytes())
    file.write(bytes(-(dtype.itemsize * part.nrows) % FITS_BLOCK))


def _stored(samples: NDArray[Any], nbits: int, nsblk: int) -> NDArray[Any]:
    """Return samples as the column DATA holds them, with zeros after those of a short row."""
    padded = np.zeros((nsblk, *samples.shape[1:]), samples.dtype)
    padded[: len(samples)] = samples
    if nbits < 8:
        return pack(padded.reshape(-1), nbits, is_high_first=True)
    if nbits == 16:
        return (padded.astype(np.int32) - _SIGNED_16_ZERO).astype(np.int16)
    return padded
