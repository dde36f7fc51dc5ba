"""Masks in files: HDF5 of fastpipe, and whatever else a mask may be given as."""

import logging
from pathlib import Path
from typing import Final

import h5py
import numpy as np

from fastpipe.data.header import Header
from fastpipe.data.rfi_findings import RFIFindings
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.errors import ConfigError, FileFormatError
from fastpipe.io.channel_list import read_channel_list
from fastpipe.io.hdf5_file import HDF5_MAGIC, HDF5Kind, read_hdf5, write_hdf5
from fastpipe.io.mask_group import read_mask, write_interval_statistics, write_mask, write_noise_diode, write_statistics
from fastpipe.io.presto_mask import read_presto_mask, to_rfi_mask
from fastpipe.io.raw_file import RawFile

FORMAT: Final = "fastpipe-rfi-mask"
"""Attribute `format` of the root group."""

FORMAT_VERSION: Final = 1
"""Attribute `format_version`: a reader refuses files of a higher one."""

_KIND: Final = HDF5Kind(FORMAT, FORMAT_VERSION, "mask", "fastpipe rfi", "datasets", "make it again with fastpipe rfi")
_LOOK_BYTES: Final = 4096
# Attributes of the root that say which recording a mask is for.
_HEADER_FIELDS: Final = {
    "source_name": "source_name",
    "telescope": "telescope",
    "nchans": "nchans",
    "fch1_mhz": "fch1",
    "foff_mhz": "foff",
    "tsamp_s": "tsamp",
    "tstart_mjd": "tstart",
}

_log = logging.getLogger("fastpipe")


def write_rfi_mask(path: str | Path, header: Header, content: RFIFindings | RFIMask) -> None:
    """Write a mask as HDF5; it appears under its name when it is complete.

    The root group is laid out as a group of ``/masks`` in the catalogue. The same content gives the same bytes.

    Parameters
    ----------
    path
        The file to write. An older one is replaced.
    header
        Of the recording.
    content
        A mask, or all findings: with statistics of the channels, the group `intervals` and, if found, `noise_diode`.

    Raises
    ------
    ResourceError
        If the disk is full. Nothing is left behind.
    ConfigError
        If the folder does not exist or may not be written.
    """

    def fill(file: h5py.File) -> None:
        for name, field in _HEADER_FIELDS.items():
            file.attrs[name] = getattr(header, field)
        write_mask(file, content if isinstance(content, RFIMask) else content.mask)
        if isinstance(content, RFIFindings):
            _write_findings(file, content)

    write_hdf5(path, _KIND, fill)


def _write_findings(file: h5py.File, findings: RFIFindings) -> None:
    write_statistics(file, findings.channels)
    write_interval_statistics(file, findings.intervals)
    if findings.diode is not None:
        write_noise_diode(file, findings.diode)
    file.attrs["has_broadband"] = findings.has_broadband
    file.create_dataset("remarks", data=list(findings.remarks), shape=(len(findings.remarks),), dtype=h5py.string_dtype())


def read_rfi_mask(path: str | Path, header: Header) -> RFIMask:
    """Read a mask that `write_rfi_mask` wrote, for a recording.

    Parameters
    ----------
    path
        The file.
    header
        Of the recording that is to be masked. It may be another one than that the mask was found in.

    Returns
    -------
    RFIMask
        The mask, cut or prolonged to the length of the recording (`RFIMask.with_length`); the log has a warning then.

    Raises
    ------
    InputMissingError
        If the file cannot be read.
    FileFormatError
        If it is no mask of fastpipe, damaged, or written by a newer fastpipe.
    ConfigError
        If the recording has other channels or another sampling time.
    """

    def read(file: h5py.File) -> tuple[RFIMask, dict[str, float]]:
        _check_format(file, path)
        found = {name: file.attrs[name] for name in _HEADER_FIELDS}
        mask = read_mask(file)
        if mask is None or mask.reasons.shape != (-(-mask.nsamples // mask.interval_samples), found["nchans"]):
            raise KeyError("reasons")
        return mask, found

    mask, found = read_hdf5(path, _KIND, read)
    _check_recording(path, found, header)
    if mask.nsamples != header.nsamples:
        _warn_of_length(path, mask.nsamples * header.tsamp, header)
    return mask.with_length(header.nsamples)


def _check_format(file: h5py.File, path: str | Path) -> None:
    kind = file.attrs.get("format")
    if kind != FORMAT:
        raise FileFormatError(
            f"found {kind or 'an HDF5 file of another program'} in {path}, expected {FORMAT}; give the output of "
            "fastpipe rfi"
        )
    version = int(file.attrs["format_version"])
    if version > FORMAT_VERSION:
        raise FileFormatError(
            f"found format version {version} in {path}, expected at most {FORMAT_VERSION}; install a newer fastpipe"
        )


def _check_recording(path: str | Path, found: dict[str, float], header: Header) -> None:
    is_same_band = abs(found["fch1_mhz"] - header.fch1) < 0.5 * abs(header.foff or 1.0)
    is_same_step = header.nchans == 1 or abs(found["foff_mhz"] / header.foff - 1) < 1e-3
    if found["nchans"] != header.nchans or not (is_same_band and is_same_step):
        raise ConfigError(
            f"found in {path} a mask of {found['nchans']} channels of {found['foff_mhz']:.6g} MHz from "
            f"{found['fch1_mhz']:.6g} MHz, expected {header.nchans} of {header.foff:.6g} MHz from {header.fch1:.6g} MHz; "
            "take a mask of this band"
        )
    if abs(found["tsamp_s"] / header.tsamp - 1) > 1e-6:
        raise ConfigError(
            f"found in {path} a mask of samples of {found['tsamp_s']:.9g} s, expected {header.tsamp:.9g} s; find the mask "
            "of this recording"
        )


def _warn_of_length(path: str | Path, length_s: float, header: Header) -> None:
    what = "beyond the mask only channels bad in all of it are masked"
    if length_s > header.tobs_s:
        what = "the rest of the mask is not used"
    _log.warning("%s is a mask of %.6g s and the recording has %.6g s: %s", path, length_s, header.tobs_s, what)


def read_any_mask(path: str | Path, header: Header) -> RFIMask:
    """Read a mask of any kind for a recording; the content tells which kind it is.

    Parameters
    ----------
    path
        HDF5 of fastpipe, .mask of PRESTO's rfifind, or a text with channels (`read_channel_list`).
    header
        Of the recording that is to be masked.

    Returns
    -------
    RFIMask
        With the length of the recording.

    Raises
    ------
    InputMissingError
        If the file cannot be read.
    FileFormatError
        If it is damaged.
    ConfigError
        If it is for other channels.
    """
    raw = RawFile(Path(path))
    start = raw.read(0, min(raw.nbytes, _LOOK_BYTES)).tobytes()
    if start.startswith(HDF5_MAGIC):
        return read_rfi_mask(path, header)
    # No text has zero bytes, and no mask of rfifind is without: its small numbers have four bytes each.
    if b"\0" in start:
        presto = read_presto_mask(path)
        mask = to_rfi_mask(presto, header)
        length_s = presto.interval_s * len(presto.channels_of_intervals)
        # The last interval of rfifind reaches beyond the end of its recording.
        if length_s < header.tobs_s - 0.5 * header.tsamp:
            _warn_of_length(path, length_s, header)
        return mask
    is_named = read_channel_list(path, header.nchans)
    reasons = np.where(is_named, Reason.GIVEN, 0).astype(np.uint16)
    return RFIMask(reasons[None, :], header.nsamples, header.nsamples)
