"""What the headers of PSRFITS files say, as the header of a recording, and what is odd about it."""

import math
from typing import Final

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.errors import HeaderError
from fastpipe.io.angles import degrees_of_text, position_or_none
from fastpipe.io.fast_names import parse_fast_name
from fastpipe.io.psrfits_file import PsrfitsFile
from fastpipe.io.psrfits_timeline import Timeline
from fastpipe.io.telescopes import known_name

# Largest deviation of a channel from even spacing, in channels.
_UNEVEN = 1e-3
_FLOAT32_STEPS = 2.0
# FAST starts on whole seconds, to this many s.
_WHOLE_SECOND_S = 0.01
_KEPT: Final = ("FRONTEND", "OBSERVER", "PROJID", "TRK_MODE", "DATE-OBS", "CHAN_DM", "FD_POLN", "OBSFREQ", "OBSBW")
_KEPT_OF_TABLE: Final = ("POL_TYPE", "NSBLK", "NSUBOFFS", "ZERO_OFF", "SIGNINT", "DM")


def make_header(timeline: Timeline) -> tuple[Header, tuple[str, ...]]:
    """Make the header of a recording.

    Parameters
    ----------
    timeline
        Place of the rows of all files.

    Returns
    -------
    header : Header
        The header, from the first file.
    oddities : tuple of str
        What is odd about it.

    Raises
    ------
    HeaderError
        If values are missing or impossible, or files are of different observations.
    """
    first = timeline.files[0]
    layout = first.layout
    fch1, foff, oddities = _band(first)
    beam, more = _beam(first)
    ra_deg, dec_deg = _position(first)
    oddities += more + _oddities(first, beam, (ra_deg, dec_deg))
    for file in timeline.files[1:]:
        _check_same(first, file, timeline.tsamp)
    telescope, machine = first.primary.text("TELESCOP"), first.primary.text("BACKEND")
    extra = {keyword: first.primary.text(keyword) for keyword in _KEPT}
    extra |= {keyword: first.subint.text(keyword) for keyword in _KEPT_OF_TABLE}
    header = Header(
        nchans=layout.nchans,
        nsamples=timeline.nsamples,
        tsamp=timeline.tsamp,
        fch1=fch1,
        foff=foff,
        nbits=layout.nbits,
        nifs=layout.npol,
        tstart=timeline.tstart,
        source_name=first.primary.text("SRC_NAME"),
        telescope=known_name(telescope) or "unknown",
        machine=machine or "unknown",
        ra_deg=ra_deg,
        dec_deg=dec_deg,
        ibeam=beam,
        extra={keyword: value for keyword, value in extra.items() if value},
    )
    return header, tuple(oddities)


def _band(file: PsrfitsFile) -> tuple[float, float, list[str]]:
    """Return centre of the first channel and spacing in MHz, and what is odd."""
    nchans = file.layout.nchans
    freqs = file.freqs_mhz()
    oddities = []
    width = file.subint.number("CHAN_BW", 0.0) or file.primary.number("OBSBW", 0.0) / nchans
    if freqs.size == 0:
        oddities.append("found no DAT_FREQ, so the channels follow OBSFREQ and CHAN_BW: check them")
        offsets = np.arange(nchans) - (nchans - 1) / 2.0
        freqs = np.asarray(file.primary.number("OBSFREQ") + width * offsets, np.float64)
    if freqs.size != nchans or not np.isfinite(freqs).all():
        raise HeaderError(f"found {freqs.size} values of DAT_FREQ in {file.path}, expected {nchans} frequencies; repair it")
    if nchans == 1:
        return float(freqs[0]), width or 1.0, oddities
    foff = float(freqs[-1] - freqs[0]) / (nchans - 1)
    _check_even(freqs, foff, file)
    return float(freqs[0]), foff, oddities


def _check_even(freqs: NDArray[np.float64], foff: float, file: PsrfitsFile) -> None:
    column = file.layout.columns.get("DAT_FREQ")
    rounding = _FLOAT32_STEPS * float(np.spacing(np.float32(min(np.abs(freqs).max(), 1e30)))) if column else 0.0
    allowed = max(_UNEVEN * abs(foff), rounding if column and column.code == "E" else 0.0)
    deviation = float(np.abs(freqs - freqs[0] - foff * np.arange(freqs.size)).max())
    if deviation > allowed:
        raise HeaderError(
            f"found channels up to {deviation:.3g} MHz off even steps of {foff:.6g} MHz in {file.path}, expected evenly "
            "spaced ones; cut the file into bands with even channels"
        )


def _beam(file: PsrfitsFile) -> tuple[int, list[str]]:
    """Return the number of the beam, 0 where it is unknown, and what is odd."""
    named = parse_fast_name(file.path)
    by_name = named.beam if named and file.primary.text("TELESCOP").upper() == "FAST" else None
    text = file.primary.text("IBEAM")
    by_header = int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else 0
    if by_name is not None and by_header not in (0, by_name):
        return by_header, [f"found IBEAM = {by_header} and beam {by_name} in the name of the file: check which is right"]
    return by_header or by_name or 0, []


def _position(file: PsrfitsFile) -> tuple[float | None, float | None]:
    is_j2000 = file.primary.text("COORD_MD").upper() in ("", "J2000")
    for keywords in [("RA", "DEC"), *([("STT_CRD1", "STT_CRD2")] if is_j2000 else [])]:
        ra_text, dec_text = (file.primary.text(keyword) for keyword in keywords)
        # With colons hours, as a plain number degrees.
        ra_deg = degrees_of_text(ra_text, 15.0 if ":" in ra_text else 1.0)
        found = position_or_none(ra_deg, degrees_of_text(dec_text, 1.0))
        if found != (None, None):
            return found
    return None, None


def _oddities(file: PsrfitsFile, beam: int, position: tuple[float | None, float | None]) -> list[str]:
    found = []
    ra, dec = file.primary.text("RA"), file.primary.text("DEC")
    if position == (None, None) and any(letter in "123456789" for letter in ra + dec):
        found.append(f"found RA = {ra}, DEC = {dec}, which are no position: the position counts as unknown")
    is_fast = file.primary.text("TELESCOP").upper() == "FAST"
    if is_fast and beam > 1 and position != (None, None):
        found.append(f"found the position of the pointing, as FAST writes it: beam {beam} looks at another one")
    fraction_s = file.primary.number("STT_OFFS", 0.0)
    if is_fast and abs(fraction_s - round(fraction_s)) > _WHOLE_SECOND_S and not file.subint.number("NSUBOFFS", 0.0):
        found.append(f"found STT_OFFS = {fraction_s:g} s, but FAST starts on whole seconds: check the times")
    if not 0.0 <= fraction_s < 1.0 or (is_fast and fraction_s >= 1.0 - _WHOLE_SECOND_S):
        found.append(f"found STT_OFFS = {fraction_s:g} s, expected a fraction of a second: the start may be 1 s wrong")
    if file.subint.integer("NBIN", 1) not in (0, 1):
        found.append(f"found NBIN = {file.subint.integer('NBIN', 1)} in search mode, expected 1: it is not used")
    return found


def _check_same(first: PsrfitsFile, other: PsrfitsFile, tsamp: float) -> None:
    pairs: dict[str, tuple[object, object]] = {
        name: (getattr(first.layout, name), getattr(other.layout, name))
        for name in ("nchans", "npol", "nbits", "pol_type", "is_signed", "tsamp", "data_scale", "data_zero")
    }
    pairs["beam"] = _beam(first)[0], _beam(other)[0]
    for name, (one, two) in pairs.items():
        if one != two:
            raise HeaderError(
                f"found {name} = {one} and {two} in {first.path} and {other.path}, expected files of one scan; "
                "search them one by one"
            )
    bands = _band(first), _band(other)
    limit = _UNEVEN * abs(bands[0][1])
    if not all(
        math.isclose(one, two, rel_tol=0.0, abs_tol=limit) for one, two in zip(bands[0][:2], bands[1][:2], strict=True)
    ):
        raise HeaderError(
            f"found bands from {bands[0][0]} and {bands[1][0]} MHz in {first.path} and {other.path}, expected files of one "
            f"scan with samples of {tsamp} s; search them one by one"
        )
