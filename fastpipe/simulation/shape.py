"""What a simulated recording looks like without any source."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fastpipe.data.header import Header
from fastpipe.data.sample_levels import SAMPLE_LEVELS
from fastpipe.errors import ConfigError


@dataclass(frozen=True, kw_only=True, slots=True)
class FilterbankShape:
    """Size, band and noise of a simulated filterbank; the defaults are those of a FAST beam of 51.5 s in 1024 channels.

    Examples
    --------
    >>> FilterbankShape(nchans=4).header().chan_freqs_mhz
    array([1400., 1300., 1200., 1100.])
    """

    nchans: int = 1024
    """Number of channels, in descending order of frequency."""
    nsamples: int = 2**20
    """Number of spectra."""
    tsamp: float = 49.152e-6
    """Sampling time in s."""
    top_mhz: float = 1450.0
    """Upper edge of the band in MHz."""
    bandwidth_mhz: float = 400.0
    """Width of the band in MHz."""
    nbits: int = 8
    """Bits of a sample: 1, 2, 4, 8, 16, or 32 for float32."""
    bandpass_depth: float = 0.2
    """Fraction by which mean and noise of a channel fall from the middle of the band to its edges, 0 to 1."""
    source_name: str = "simulated"
    """Name of the source in the header."""
    tstart: float = 60000.0
    """Time of the first sample as MJD."""
    ra_deg: float | None = None
    """Right ascension J2000 in degrees; None for a header without a position."""
    dec_deg: float | None = None
    """Declination J2000 in degrees; None for a header without a position."""

    def __post_init__(self) -> None:
        if self.nbits not in SAMPLE_LEVELS:
            raise ConfigError(f"found nbits = {self.nbits}, expected 1, 2, 4, 8, 16 or 32; choose one of these")
        if not 0.0 <= self.bandpass_depth < 1.0:
            raise ConfigError(f"found bandpass_depth = {self.bandpass_depth}, expected 0 to below 1; correct it")
        if not self.bandwidth_mhz > 0.0 or not self.top_mhz > self.bandwidth_mhz:
            raise ConfigError(
                f"found a band of {self.bandwidth_mhz} MHz up to {self.top_mhz} MHz, expected positive frequencies"
                "; correct it"
            )
        if self.nchans < 1 or self.nsamples < 1 or not self.tsamp > 0.0:
            raise ConfigError(
                f"found {self.nsamples} samples of {self.tsamp} s in {self.nchans} channels, expected positive "
                "numbers; correct them"
            )

    def header(self) -> Header:
        """Return the header of the recording."""
        foff = -self.bandwidth_mhz / self.nchans
        return Header(
            nchans=self.nchans,
            nsamples=self.nsamples,
            tsamp=self.tsamp,
            fch1=self.top_mhz + foff / 2.0,
            foff=foff,
            nbits=self.nbits,
            tstart=self.tstart,
            source_name=self.source_name,
            telescope="FAST",
            machine="FAKE",
            ra_deg=self.ra_deg,
            dec_deg=self.dec_deg,
            ibeam=1,
        )

    def noise_counts(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return mean and standard deviation of the noise of each channel in counts, each of shape [nchans].

        Both follow the bandpass ``1 - depth x^4``, with x from -1 to 1 over the band.
        """
        x = (2.0 * np.arange(self.nchans) + 1.0) / self.nchans - 1.0
        gain = 1.0 - self.bandpass_depth * x**4
        mean, std = SAMPLE_LEVELS[self.nbits]
        return (mean * gain).astype(np.float32), (std * gain).astype(np.float32)
