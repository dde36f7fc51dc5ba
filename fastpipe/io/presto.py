"""Dedispersed time series of PRESTO: samples in .dat, header in .inf."""

import math
from pathlib import Path
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.data.recording import Chunk
from fastpipe.errors import FileFormatError, HeaderError
from fastpipe.io.angles import degrees_of_text, position_or_none
from fastpipe.io.raw_file import RawFile
from fastpipe.io.sample_range import check_sample_range
from fastpipe.io.telescopes import known_name

SUFFIXES: Final = (".dat", ".inf")
"""Endings of the two files of a series."""

_LARGEST_INF = 1 << 20
# Start of the line of the .inf file that holds each value.
_LINES: Final = {
    "telescope": "Telescope used",
    "machine": "Instrument used",
    "source_name": "Object being observed",
    "ra": "J2000 Right Ascension",
    "dec": "J2000 Declination",
    "tstart": "Epoch of observation",
    "barycentric": "Barycentered?",
    "nsamples": "Number of bins",
    "tsamp": "Width of each time series bin",
    "breaks": "Any breaks in the data?",
    "dm": "Dispersion measure",
    "low_mhz": "Central freq of low channel",
    "bandwidth_mhz": "Total bandwidth",
    "nchans": "Number of channels",
    "foff_mhz": "Channel bandwidth",
}


class PrestoSeries:
    """An open PRESTO time series: a `fastpipe.data.recording.Recording` of one channel of float32.

    The one channel is the whole band: `fch1` is its centre and `foff` its width, and `dm` is set.
    """

    def __init__(self, data: RawFile, inf: RawFile, header: Header, oddities: tuple[str, ...] = ()) -> None:
        self._data = data
        self._paths = (data.path, inf.path)
        self._header = header
        self._oddities = oddities

    @classmethod
    def open(cls, path: str | Path) -> Self:
        """Open a series by the name of either of its files.

        Parameters
        ----------
        path
            The .dat or the .inf file; the other one lies beside it.

        Returns
        -------
        PrestoSeries
            The open series. Its files are closed when the object is dropped.

        Raises
        ------
        InputMissingError
            If one of the files does not exist or may not be read.
        FileFormatError
            If the length of the .dat file is not what the .inf file says.
        HeaderError
            If values of the .inf file are missing or impossible.
        """
        data, inf = (RawFile(Path(path).with_suffix(suffix)) for suffix in SUFFIXES)
        text = inf.read(0, min(inf.nbytes, _LARGEST_INF)).tobytes().decode("ascii", "replace")
        values = _parse_inf(text)
        try:
            header = _to_header(values, text)
        except HeaderError as error:
            raise HeaderError(f"{error} (in {inf.path})") from None
        if data.nbytes != 4 * header.nsamples:
            raise FileFormatError(
                f"found {data.nbytes} bytes in {data.path}, expected {4 * header.nsamples} for the {header.nsamples} "
                "float32 samples of its .inf file; copy both files again"
            )
        return cls(data, inf, header, _oddities(values))

    @property
    def header(self) -> Header:
        """What the .inf file says."""
        return self._header

    @property
    def paths(self) -> tuple[Path, ...]:
        """The .dat and the .inf file."""
        return self._paths

    @property
    def gaps(self) -> tuple[Chunk, ...]:
        """None: a series with breaks was filled by the program that wrote it."""
        return ()

    @property
    def oddities(self) -> tuple[str, ...]:
        """Breaks that the .inf file tells of."""
        return self._oddities

    def read(self, start: int, stop: int) -> NDArray[np.float32]:
        """Return samples by position.

        Parameters
        ----------
        start, stop
            Half-open range of samples within the series.

        Returns
        -------
        ndarray
            A fresh array, shape [stop - start, 1].

        Raises
        ------
        ConfigError
            If the range is not within the series.
        FileFormatError
            If the file has become shorter since it was opened.
        """
        check_sample_range(start, stop, self._header.nsamples)
        return self._data.read(4 * start, 4 * (stop - start)).view("<f4").reshape(-1, 1)


def _parse_inf(text: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for line in text.splitlines():
        label, separator, value = line.partition("=")
        for name, start in _LINES.items():
            if separator and label.strip().startswith(start):
                values.setdefault(name, value.strip())
    return values


def _number(values: dict[str, str], name: str) -> float:
    text = values.get(name)
    try:
        number = float(text) if text is not None else math.nan
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        found = "no line" if text is None else repr(text)
        raise HeaderError(f"found {found} for {_LINES[name]!r}, expected a number; repair the .inf file")
    return number


def _oddities(values: dict[str, str]) -> tuple[str, ...]:
    if values.get("breaks") != "1":
        return ()
    return ("The .inf file says that the series has breaks; they are searched like the rest.",)


def _to_header(values: dict[str, str], text: str) -> Header:
    ra_deg, dec_deg = position_or_none(
        degrees_of_text(values.get("ra", ""), 15.0), degrees_of_text(values.get("dec", ""), 1.0)
    )
    nchans, channel_mhz = _number(values, "nchans"), _number(values, "foff_mhz")
    return Header(
        nchans=1,
        nsamples=int(_number(values, "nsamples")),
        tsamp=_number(values, "tsamp"),
        fch1=_number(values, "low_mhz") + channel_mhz * (nchans - 1.0) / 2.0,
        foff=_number(values, "bandwidth_mhz"),
        nbits=32,
        tstart=_number(values, "tstart"),
        source_name=values.get("source_name", ""),
        telescope=known_name(values.get("telescope", "unknown")),
        machine=values.get("machine", "unknown"),
        ra_deg=ra_deg,
        dec_deg=dec_deg,
        is_barycentric=values.get("barycentric") == "1",
        dm=_number(values, "dm"),
        extra={"inf": text},
    )
