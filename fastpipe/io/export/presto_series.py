"""Dedispersed series as PRESTO keeps them: samples in .dat, header in .inf."""

from pathlib import Path
from typing import Any

from fastpipe.data.header import Header
from fastpipe.data.trial_series import TrialSeries
from fastpipe.io.angles import text_of_degrees
from fastpipe.io.atomic import replacing
from fastpipe.io.telescopes import telescope_of_name

_LABEL_WIDTH = 40
_RADIANS_TO_ARCSEC = 206_264.806
_SPEED_M_S_A_MHZ = 299.792458
_DEFAULT_DISH_M = 100.0


def write_presto_series(path: Path, header: Header, series: TrialSeries, note: str = "") -> tuple[Path, Path]:
    """Write a dedispersed series as PRESTO's two files.

    Parameters
    ----------
    path
        Name of either file; the endings .dat and .inf are put in the place of its own.
    header
        Of the recording the series was made of.
    series
        Samples, DM and sampling time.
    note
        A line of words for the end of the .inf file.

    Returns
    -------
    tuple of Path
        The .dat and the .inf file.

    Raises
    ------
    ResourceError, ConfigError
        If the files cannot be written.
    """
    dat, inf = presto_paths(path)
    with replacing(dat) as temporary:
        temporary.write_bytes(series.values.astype("<f4").tobytes())
    # Last, for without it the series is not there.
    with replacing(inf) as temporary:
        temporary.write_text(_inf_text(dat.name.removesuffix(dat.suffix), header, series, note), "ascii", "backslashreplace")
    return dat, inf


def presto_paths(path: Path) -> tuple[Path, Path]:
    """Return the names of both files; a name such as ``x_DM62.40`` has no ending, for that is a part of a number."""
    stem = path.with_suffix("") if path.suffix in (".dat", ".inf") else path
    return stem.with_name(stem.name + ".dat"), stem.with_name(stem.name + ".inf")


def _inf_text(name: str, header: Header, series: TrialSeries, note: str) -> str:
    has_place = header.ra_deg is not None and header.dec_deg is not None
    ra_deg, dec_deg = (header.ra_deg or 0.0, header.dec_deg or 0.0) if has_place else (0.0, 0.0)
    lines: dict[str, Any] = {
        "Data file name without suffix": name,
        "Telescope used": header.telescope,
        "Instrument used": header.machine,
        "Object being observed": header.source_name,
        "J2000 Right Ascension (hh:mm:ss.ssss)": text_of_degrees(ra_deg, 15.0),
        "J2000 Declination     (dd:mm:ss.ssss)": text_of_degrees(dec_deg, 1.0).removeprefix("+"),
        "Data observed by": "unknown",
        "Epoch of observation (MJD)": f"{header.tstart:.15f}",
        "Barycentered?           (1=yes, 0=no)": int(header.is_barycentric),
        "Number of bins in the time series": len(series.values),
        "Width of each time series bin (sec)": repr(series.tsamp),
        "Any breaks in the data? (1 yes, 0 no)": 0,
        "Type of observation (EM band)": "Radio",
        "Beam diameter (arcsec)": round(_beam_arcsec(header)),
        "Dispersion measure (cm-3 pc)": repr(series.dm),
        "Central freq of low channel (MHz)": repr(float(header.chan_freqs_mhz.min())),
        "Total bandwidth (MHz)": repr(header.bandwidth_mhz),
        "Number of channels": header.nchans,
        "Channel bandwidth (MHz)": repr(abs(header.foff)),
        "Data analyzed by": "fastpipe",
    }
    text = "".join(f" {label:<{_LABEL_WIDTH - 1}}=  {value}\n" for label, value in lines.items())
    return text + f" Any additional notes:\n    {note}\n"


def _beam_arcsec(header: Header) -> float:
    telescope = telescope_of_name(header.telescope)
    dish_m = telescope.dish_m if telescope and telescope.dish_m else _DEFAULT_DISH_M
    return 1.22 * _SPEED_M_S_A_MHZ / header.fcenter_mhz / dish_m * _RADIANS_TO_ARCSEC
