"""The headers of PSRFITS search-mode files that are written."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from fastpipe.constants import SECONDS_PER_DAY
from fastpipe.data.header import Header
from fastpipe.io.psrfits_hdus import FITS_BLOCK, Value

_TFORMS: Final = {"u1": "B", "i2": "I", "f4": "E", "f8": "D"}
_UNITS: Final = {"TSUBINT": "s", "OFFS_SUB": "s", "LST_SUB": "s", "DAT_FREQ": "MHz"}
_MJD_EPOCH = np.datetime64("1858-11-17")
# A date as MJD in double precision is good to about a microsecond.
_DATE_PRECISION_S = 1e-6


def primary_header(header: Header) -> bytes:
    """Return the first header of a file.

    Parameters
    ----------
    header
        Header of the recording.

    Returns
    -------
    bytes
        Cards from SIMPLE to END, padded to whole blocks. The date of the file is that of the observation, so that equal
        recordings are equal files.
    """
    day, second = _day_and_second(header.tstart)
    date = str(_MJD_EPOCH + np.timedelta64(day, "D") + np.timedelta64(int(second), "s"))
    ra, dec = _sexagesimal(header.ra_deg, 15.0), _sexagesimal(header.dec_deg, 1.0)
    return _format(
        {
            **{"SIMPLE": True, "BITPIX": 8, "NAXIS": 0, "EXTEND": True},
            **{
                "HDRVER": "6.1",
                "FITSTYPE": "PSRFITS",
                "DATE": date,
                "TELESCOP": header.telescope,
                "BACKEND": header.machine,
            },
            **{"IBEAM": header.ibeam, "OBS_MODE": "SEARCH", "DATE-OBS": date, "OBSFREQ": header.fcenter_mhz},
            **{"OBSBW": header.foff * header.nchans, "OBSNCHAN": header.nchans, "CHAN_DM": 0.0},
            **{"SRC_NAME": header.source_name, "COORD_MD": "J2000", "EQUINOX": 2000.0, "RA": ra, "DEC": dec},
            **{"STT_CRD1": ra, "STT_CRD2": dec, "TRK_MODE": "TRACK"},
            **{"STT_IMJD": day, "STT_SMJD": int(second), "STT_OFFS": second - int(second)},
        }
    )


def subint_header(dtype: np.dtype[Any], nrows: int, values: Mapping[str, Value], data_zero: int | None) -> bytes:
    """Return the header of the SUBINT table.

    Parameters
    ----------
    dtype
        Type of a row.
    nrows
        Number of rows.
    values
        Keywords that describe the samples.
    data_zero
        TZERO of the last column, which holds the samples; None for none.

    Returns
    -------
    bytes
        Cards from XTENSION to END, padded to whole blocks.
    """
    cards: dict[str, Value] = {"XTENSION": "BINTABLE", "BITPIX": 8, "NAXIS": 2, "NAXIS1": dtype.itemsize, "NAXIS2": nrows}
    cards |= {"PCOUNT": 0, "GCOUNT": 1, "TFIELDS": len(dtype.names or ()), "EXTNAME": "SUBINT", "INT_TYPE": "TIME"}
    cards |= {"INT_UNIT": "SEC", "SCALE": "FluxDen", "NBIN": 1, "NCHNOFFS": 0, "SIGNINT": 0, "ZERO_OFF": 0.0, **values}
    for number, name in enumerate(dtype.names or (), start=1):
        base, shape = dtype[name].base, dtype[name].shape
        cards[f"TTYPE{number}"] = name
        cards[f"TFORM{number}"] = f"{int(np.prod(shape, dtype=np.int64))}{_TFORMS[base.str[1:]]}"
        if name in _UNITS:
            cards[f"TUNIT{number}"] = _UNITS[name]
        if len(shape) > 1:
            cards[f"TDIM{number}"] = f"({','.join(str(length) for length in reversed(shape))})"
        if name == "DATA" and data_zero is not None:
            cards[f"TZERO{number}"] = data_zero
    return _format(cards)


def _format(values: Mapping[str, Value]) -> bytes:
    from astropy.io import fits

    cards = [fits.Card(keyword, _ascii(value) if isinstance(value, str) else value) for keyword, value in values.items()]
    text = "".join(card.image for card in cards) + "END".ljust(80)
    return text.encode("ascii").ljust(-(-len(text) // FITS_BLOCK) * FITS_BLOCK)


def _ascii(text: str) -> str:
    # What does not fit on one card would need a continuation that few readers know.
    return "".join(letter if " " <= letter <= "~" else "?" for letter in text)[:64]


def _day_and_second(mjd: float) -> tuple[int, float]:
    """Return day and seconds after its beginning; what the date cannot tell from a whole second is one."""
    day = int(mjd)
    second = (mjd - day) * SECONDS_PER_DAY
    if abs(second - round(second)) < _DATE_PRECISION_S:
        second = float(round(second))
    return (day, second) if second < SECONDS_PER_DAY else (day + 1, 0.0)


def _sexagesimal(degrees: float | None, degrees_a_unit: float) -> str:
    """Write an angle as ``[-]dd:mm:ss.ssssss``; zero where it is unknown, which readers take for unknown."""
    micro = round(abs(degrees or 0.0) / degrees_a_unit * 3.6e9)
    units, rest = divmod(micro, 3_600_000_000)
    minutes, micro = divmod(rest, 60_000_000)
    sign = "-" if (degrees or 0.0) < 0.0 else ""
    return f"{sign}{units:02d}:{minutes:02d}:{micro / 1e6:09.6f}"
