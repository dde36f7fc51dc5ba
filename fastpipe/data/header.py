"""What a recording says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from fastpipe.errors import HeaderError


@dataclass(frozen=True, kw_only=True, slots=True)
class Header:
    """Header of a recording, with the names and units of SIGPROC.

    A recording is a filterbank of `nchans` channels, or a time series that was dedispersed before
    (`nchans` = 1 and `dm` set).
    """

    nchans: int
    """Number of frequency channels."""
    nsamples: int
    """Number of spectra (samples in time)."""
    tsamp: float
    """Sampling time in s."""
    fch1: float
    """Centre of the first channel in MHz."""
    foff: float
    """Spacing of the channels in MHz, with sign: negative where the band descends."""
    nbits: int
    """Bits of one stored value; 32 is float32."""
    nifs: int = 1
    """Number of polarisations or Stokes parameters stored."""
    tstart: float = 0.0
    """Time of the first sample as MJD, UTC, topocentric unless `is_barycentric`."""
    source_name: str = ""
    """Name of the source or pointing."""
    telescope: str = "unknown"
    """Name of the telescope."""
    machine: str = "unknown"
    """Name of the recording backend."""
    ra_deg: float | None = None
    """Right ascension J2000 in degrees; None where the header does not say."""
    dec_deg: float | None = None
    """Declination J2000 in degrees; None where the header does not say."""
    ibeam: int = 0
    """Number of the beam; 0 where there is one only."""
    is_barycentric: bool = False
    """True where the times were referred to the barycentre of the Solar System."""
    dm: float | None = None
    """DM in pc cm^-3 at which a time series was dedispersed; None for a filterbank."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Keywords that fastpipe does not use, kept as text."""

    def __post_init__(self) -> None:
        for name, value in (("nchans", self.nchans), ("nsamples", self.nsamples), ("nifs", self.nifs)):
            if value < 1:
                raise HeaderError(
                    f"found {name} = {value}, expected at least 1; the header is damaged or the file holds no data"
                )
        if not (np.isfinite(self.tsamp) and self.tsamp > 0):
            raise HeaderError(f"found tsamp = {self.tsamp} s, expected a positive sampling time; repair the header")
        if not (np.isfinite(self.fch1) and np.isfinite(self.foff)):
            raise HeaderError(
                f"found fch1 = {self.fch1}, foff = {self.foff} MHz, expected finite numbers; repair the header"
            )
        if self.nchans > 1 and (self.foff == 0 or min(self.fch1, self.fch1 + (self.nchans - 1) * self.foff) <= 0):
            raise HeaderError(
                f"found a band from {self.fch1} MHz in {self.nchans} steps of {self.foff} MHz, "
                "expected positive frequencies; repair fch1 or foff"
            )

    @property
    def is_series(self) -> bool:
        """True for a time series that is already dedispersed."""
        return self.dm is not None

    @property
    def is_bytes(self) -> bool:
        """True where recordings are read as uint8: up to 8 bits a value; others are read as float32."""
        return self.nbits <= 8

    @property
    def tobs_s(self) -> float:
        """Length of the recording in s."""
        return self.nsamples * self.tsamp

    @property
    def chan_freqs_mhz(self) -> NDArray[np.float64]:
        """Centres of the channels in MHz, in the order of the file, shape [nchans]."""
        return np.asarray(self.fch1 + self.foff * np.arange(self.nchans), np.float64)

    @property
    def descending_freqs_mhz(self) -> NDArray[np.float64]:
        """Centres of the channels in MHz, the top of the band first: the order of clean data, shape [nchans]."""
        freqs = self.chan_freqs_mhz
        return freqs[::-1] if self.foff > 0 else freqs

    @property
    def fcenter_mhz(self) -> float:
        """Centre of the band in MHz."""
        return self.fch1 + self.foff * (self.nchans - 1) / 2.0

    @property
    def bandwidth_mhz(self) -> float:
        """Width of the band in MHz, positive."""
        return abs(self.foff) * self.nchans

    @property
    def mid_mjd(self) -> float:
        """Middle of the recording as MJD, the epoch of periods in the frame of the recording."""
        return self.tstart + self.tobs_s / 2.0 / 86_400.0
