"""What the keywords of a SIGPROC header mean: the kind of file, the layout of its samples, and `Header`, both ways."""

import math
from dataclasses import dataclass
from typing import Final

from fastpipe.data.header import Header
from fastpipe.errors import FileFormatError, HeaderError
from fastpipe.io.angles import degrees_of_packed, packed_of_degrees, position_or_none
from fastpipe.io.sigproc_header import MACHINES, ParsedHeader, Value, id_of_name, name_of_id
from fastpipe.io.telescopes import load_telescopes, telescope_of_name

SIGPROC_NBITS: Final = (1, 2, 4, 8, 16, 32)
"""Depths that are read and written; 32 is float32, the others are whole numbers."""

IFS_USED: Final = "ifs_used"
"""Key of `Header.extra` that tells how many of several IFs make up a spectrum."""

_LARGEST_NIFS = 4
# Relative to a channel: how far frequencies of a table may be from evenly spaced ones.
_TABLE_TOLERANCE = 1e-3
# Far beyond any recorder, and near enough that no arithmetic overflows.
_HIGHEST_MHZ = 1e9
_TSAMP_RANGE_S = (1e-9, 1e5)
_FILTERBANK_KEYS = ("nchans", "nbits", "fch1", "foff", "tsamp")
_SERIES_KEYS = ("nbits", "tsamp")
_USED = (
    *_FILTERBANK_KEYS,
    *("nifs", "nsamples", "tstart", "source_name", "telescope_id", "machine_id", "ibeam"),
    *("barycentric", "src_raj", "src_dej", "refdm"),
)
# data_type of files that hold no samples against time.
_OTHER_KINDS: Final = {3: "pulse profiles", 4: "an amplitude spectrum", 5: "a complex spectrum", 6: "dedispersed sub-bands"}


@dataclass(frozen=True, slots=True)
class SampleLayout:
    """Where the samples of a file are and how they are stored: spectrum by spectrum, in each IF by IF."""

    first_byte: int
    """Position of the first sample in the file."""
    nchans: int
    """Channels of one IF."""
    nifs: int
    """IFs (polarisations or Stokes parameters) of one spectrum."""
    nbits: int
    """Bits of one sample."""
    is_signed: bool
    """True where whole numbers have a sign."""
    is_series: bool
    """True for a time series that was dedispersed before."""

    @property
    def spectrum_bytes(self) -> int:
        """Length of one spectrum with all its IFs in bytes."""
        return self.nchans * self.nifs * self.nbits // 8


def read_layout(parsed: ParsedHeader) -> SampleLayout:
    """Find the kind of a file and the layout of its samples.

    Parameters
    ----------
    parsed
        Header of the file.

    Returns
    -------
    SampleLayout
        A time series has `data_type` 2, or one channel and a reference DM; everything else is a filterbank.

    Raises
    ------
    FileFormatError
        If the file holds something else than samples against time, or samples of a kind that nobody writes.
    HeaderError
        If values are missing or impossible.
    """
    values = parsed.values
    kind = values.get("data_type", 1)
    if kind in _OTHER_KINDS:
        raise FileFormatError(
            f"found {_OTHER_KINDS[int(kind)]} (data_type = {kind}), expected a filterbank or a series; give one"
        )
    is_series = kind == 2 or (values.get("nchans") == 1 and "refdm" in values)
    _check_present(parsed, is_series)
    nchans, nifs, nbits = (int(values.get(key, 1)) for key in ("nchans", "nifs", "nbits"))
    # Writers that know the keyword store 1 for signed and -1 or 0 for unsigned samples.
    is_signed = int(values.get("signed", 0)) > 0
    if nbits not in SIGPROC_NBITS:
        raise HeaderError(f"found nbits = {nbits}, expected 1, 2, 4, 8, 16 or 32; repair the header")
    if not 1 <= nifs <= _LARGEST_NIFS:
        raise HeaderError(f"found nifs = {nifs}, expected 1 to {_LARGEST_NIFS}; repair the header")
    if nchans < 1 or nchans * nifs * nbits % 8:
        raise HeaderError(f"found {nchans} channels of {nbits} bits, expected whole bytes a spectrum; repair the header")
    if is_series and nchans != 1:
        raise HeaderError(f"found a time series of {nchans} channels, expected one; repair the header")
    if is_signed and nbits < 8:
        raise FileFormatError(f"found signed {nbits}-bit samples, expected unsigned ones; convert it to 8 bits")
    return SampleLayout(parsed.nbytes, nchans, nifs, nbits, is_signed, is_series)


def _check_present(parsed: ParsedHeader, is_series: bool) -> None:
    keys = set(parsed.values) | ({"fch1", "foff"} if parsed.freqs_mhz else set())
    missing = [key for key in (_SERIES_KEYS if is_series else _FILTERBANK_KEYS) if key not in keys]
    if missing:
        kind = "time series" if is_series else "filterbank"
        raise HeaderError(f"found no {', '.join(missing)} in the header, expected it in a {kind}; repair the header")


def count_samples(parsed: ParsedHeader, layout: SampleLayout, file_bytes: int) -> tuple[int, tuple[str, ...]]:
    """Count the whole spectra of a file, and say where header and length disagree.

    Parameters
    ----------
    parsed, layout
        Header of the file.
    file_bytes
        Length of the whole file in bytes.

    Returns
    -------
    nsamples : int
        Number of whole spectra.
    oddities : tuple of str
        Sentences on bytes left over and on a length in the header that is too small.

    Raises
    ------
    FileFormatError
        If there is not one spectrum, or fewer than the header says.
    """
    data_bytes = file_bytes - layout.first_byte
    nsamples, rest = divmod(data_bytes, layout.spectrum_bytes)
    promised = int(parsed.values.get("nsamples", 0))
    if nsamples < 1:
        raise FileFormatError(
            f"found {data_bytes} bytes of data, expected at least one spectrum of {layout.spectrum_bytes}; "
            "the file is truncated: copy it again"
        )
    if promised > nsamples:
        raise FileFormatError(
            f"found {nsamples} spectra, expected {promised} by the header; the file is truncated: copy it again"
        )
    oddities = []
    if rest:
        oddities.append(f"The file ends within a spectrum: {rest} bytes are left over, {nsamples} whole spectra are used.")
    if 0 < promised < nsamples:
        oddities.append(f"The file holds {nsamples} spectra, its header says {promised}: all are used.")
    return nsamples, tuple(oddities)


def to_header(parsed: ParsedHeader, layout: SampleLayout, nsamples: int, ifs_used: int) -> Header:
    """Translate keywords to a `Header`.

    Parameters
    ----------
    parsed, layout
        Header of the file.
    nsamples
        Number of whole spectra.
    ifs_used
        Number of IFs that make up a spectrum as it is read.

    Returns
    -------
    Header
        Keywords that fastpipe does not use are in `extra`.

    Raises
    ------
    HeaderError
        If values are impossible, or channels are not evenly spaced.
    """
    values = parsed.values
    tstart = float(values.get("tstart", 0.0))
    if not math.isfinite(tstart):
        raise HeaderError(f"found tstart = {tstart}, expected a date as MJD; repair the header")
    tsamp, refdm = float(values["tsamp"]), float(values.get("refdm", 0.0))
    if not _TSAMP_RANGE_S[0] <= tsamp <= _TSAMP_RANGE_S[1]:
        raise HeaderError(f"found tsamp = {tsamp} s, expected a positive sampling time of 1 ns to 1e5 s; repair the header")
    if layout.is_series and not math.isfinite(refdm):
        raise HeaderError(f"found refdm = {refdm}, expected the DM of the series; repair the header")
    ra_deg, dec_deg = position_or_none(
        degrees_of_packed(float(values.get("src_raj", 0.0)), 15.0), degrees_of_packed(float(values.get("src_dej", 0.0)), 1.0)
    )
    extra = {key: str(value) for key, value in values.items() if key not in _USED}
    fch1, foff = _band(parsed, layout)
    return Header(
        nchans=layout.nchans,
        nsamples=nsamples,
        tsamp=tsamp,
        fch1=fch1,
        foff=foff,
        nbits=layout.nbits,
        nifs=layout.nifs,
        tstart=tstart,
        source_name=str(values.get("source_name", "")),
        telescope=name_of_id(_telescopes(), _integer(values, "telescope_id")),
        machine=name_of_id(MACHINES, _integer(values, "machine_id")),
        ra_deg=ra_deg,
        dec_deg=dec_deg,
        ibeam=_integer(values, "ibeam") or 0,
        is_barycentric=bool(values.get("barycentric", 0)),
        dm=refdm if layout.is_series else None,
        extra=extra | ({IFS_USED: str(ifs_used)} if layout.nifs > 1 else {}),
    )


def _band(parsed: ParsedHeader, layout: SampleLayout) -> tuple[float, float]:
    """Return `fch1` and `foff`, from the keywords or from the table of frequencies."""
    nchans, freqs = layout.nchans, parsed.freqs_mhz
    fch1, foff = float(parsed.values.get("fch1", 0.0)), float(parsed.values.get("foff", 0.0))
    if freqs:
        if len(freqs) != nchans:
            raise HeaderError(
                f"found a table of {len(freqs)} frequencies, expected {nchans}, one a channel; repair the header"
            )
        fch1, foff = freqs[0], (freqs[-1] - freqs[0]) / max(nchans - 1, 1)
    # Nothing depends on the band of a series, and some leave it out.
    lowest_mhz = -_HIGHEST_MHZ if layout.is_series else 0.0
    for freq in (*freqs, fch1, fch1 + (nchans - 1) * foff):
        if not (lowest_mhz < freq < _HIGHEST_MHZ and math.isfinite(foff)):
            raise HeaderError(
                f"found a channel at {freq} MHz with fch1 = {fch1}, foff = {foff}, expected positive frequencies below "
                f"{_HIGHEST_MHZ:.0e} MHz; repair the header"
            )
    worst = max((abs(freq - fch1 - number * foff) for number, freq in enumerate(freqs)), default=0.0)
    if worst > _TABLE_TOLERANCE * abs(foff):
        raise HeaderError(
            f"found a table of frequencies that are up to {worst:.3g} MHz off an even spacing of {foff:.6g} MHz, expected "
            "evenly spaced channels; split the file into bands that are"
        )
    return fch1, foff


def _telescopes() -> dict[int, str]:
    # The first of two telescopes with one number wins, so the later ones are put in first.
    return {each.sigproc_id: each.name for each in reversed(load_telescopes()) if each.sigproc_id is not None}


def _integer(values: dict[str, Value], keyword: str) -> int | None:
    return int(values[keyword]) if keyword in values else None


def from_header(header: Header) -> dict[str, Value]:
    """Translate a `Header` to keywords: the inverse of `to_header`, but that `extra` is left out.

    Parameters
    ----------
    header
        The header; one with a `dm` becomes that of a time series.

    Returns
    -------
    dict
        Value of each keyword, in the order in which they are written.
    """
    values: dict[str, Value] = {"source_name": header.source_name} if header.source_name else {}
    telescope = telescope_of_name(header.telescope)
    telescope_id = telescope.sigproc_id if telescope else id_of_name({}, header.telescope)
    ids = {"telescope_id": telescope_id, "machine_id": id_of_name(MACHINES, header.machine)}
    values |= {keyword: number for keyword, number in ids.items() if number is not None}
    values |= {"data_type": 1 if header.dm is None else 2, "ibeam": header.ibeam}
    values |= {"barycentric": int(header.is_barycentric)} | ({} if header.dm is None else {"refdm": header.dm})
    if header.ra_deg is not None and header.dec_deg is not None:
        values |= {"src_raj": packed_of_degrees(header.ra_deg, 15.0), "src_dej": packed_of_degrees(header.dec_deg, 1.0)}
    values |= {"fch1": header.fch1, "foff": header.foff, "nchans": header.nchans, "nbits": header.nbits}
    values |= {"tstart": header.tstart, "tsamp": header.tsamp, "nifs": header.nifs}
    # With the length in the header a file that is cut short later gives itself away; the field has 32 bits.
    return values | ({"nsamples": header.nsamples} if header.nsamples < 2**31 else {})
