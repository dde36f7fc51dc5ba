"""A recording that shows itself."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from fastpipe.config import SearchConfig, override
from fastpipe.data.header import Header
from fastpipe.data.recording import Chunk, Recording, cut_into_chunks
from fastpipe.errors import ConfigError
from fastpipe.explore.facts import facts_html, facts_text
from fastpipe.explore.interference import Interference
from fastpipe.explore.plan import Plan
from fastpipe.explore.spectrum import Spectrum
from fastpipe.explore.time_series import TimeSeries
from fastpipe.io.recordings import open_recording
from fastpipe.pipeline.quick_look import QuickLook, look_at
from fastpipe.plotting.bandpass import draw_bandpass
from fastpipe.plotting.picture import Picture
from fastpipe.units import format_seconds

_CHUNK_VALUES = 32 * 2**20


class Observation:
    """One beam of one scan, open for reading.

    Parameters
    ----------
    recording
        What a reader gave; `open` makes one from the names of files.
    """

    def __init__(self, recording: Recording) -> None:
        self.recording = recording

    @property
    def header(self) -> Header:
        """What the recording says of itself."""
        return self.recording.header

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, in the order of time."""
        return self.recording.paths

    def look(self) -> QuickLook:
        """Read a few stretches: bandpass, dead channels, clipping, and what is odd."""
        return look_at(self.recording)

    def plot(self) -> Picture:
        """Draw the bandpass: mean and spread of every channel, from a few stretches."""
        look = self.look()
        return Picture(draw_bandpass(self.header.chan_freqs_mhz, look.statistics, look.is_dead))

    def find_rfi(self, config: SearchConfig | None = None, **options: Any) -> Interference:
        """Find the interference: what a search of this recording would mask, and why.

        Parameters
        ----------
        config
            Of the search; the default configuration if not given.
        **options
            Any option of the configuration by its name, such as ``interval_s=2.0``.

        Returns
        -------
        Interference
            Mask, statistics and reasons; it plots and saves itself.

        Raises
        ------
        ConfigError
            If an option is unknown or makes no sense, or the recording is a dedispersed series.
        """
        # Imported here: a session that only looks at recordings needs no scheduler.
        from fastpipe.execution.rfi import run_rfi

        return Interference(*run_rfi(self.paths, override(config or SearchConfig(), **options)))

    def plan(self, config: SearchConfig | None = None, **options: Any) -> Plan:
        """Plan a search: DM trials, smearing, S/N kept, time and memory.

        The first plan on a machine measures it for some seconds.

        Parameters
        ----------
        config
            Of the search; the default configuration if not given.
        **options
            Any option of the configuration by its name, such as ``dm_max=500``.

        Returns
        -------
        Plan
            What the search would try, lose and cost; it shows and plots itself.

        Raises
        ------
        FastpipeError
            If an option is unknown or makes no sense for this recording, or the machine is too small.
        """
        from fastpipe.execution.plan import run_plan

        return Plan(run_plan(self.paths, override(config or SearchConfig(), **options)))

    def dedisperse(self, dm: float | None = None, config: SearchConfig | None = None, **options: Any) -> TimeSeries:
        """Dedisperse the recording at one DM, cleaned and downsampled as a search does it.

        Parameters
        ----------
        dm
            DM in pc cm^-3; left out only for a series, which has its own.
        config
            Of the search; the default configuration if not given.
        **options
            Any option of the configuration by its name, such as ``zero_dm="off"``.

        Returns
        -------
        TimeSeries
            The sum over the band against time; it plots itself and makes its spectrum.

        Raises
        ------
        FastpipeError
            If the DM or an option makes no sense for this recording, or the machine is too small.
        """
        from fastpipe.execution.one_trial import run_dedispersion

        chosen = override(config or SearchConfig(), **options)
        return TimeSeries(run_dedispersion(self.paths, dm, chosen), self.paths, chosen)

    def spectrum(self, dm: float | None = None, config: SearchConfig | None = None, **options: Any) -> Spectrum:
        """Return the whitened spectrum of the recording at one DM: `dedisperse` and then `TimeSeries.spectrum`."""
        return self.dedisperse(dm, config, **options).spectrum()

    def chunks(self, chunk_samples: int | None = None) -> Iterator[tuple[Chunk, NDArray[Any]]]:
        """Read the whole recording, piece by piece.

        Parameters
        ----------
        chunk_samples
            Spectra a piece; about 32 million values by default.

        Yields
        ------
        tuple of Chunk and ndarray
            Which samples these are, and the spectra, shape [nsamples, nchans], channels in file order.

        Raises
        ------
        ConfigError
            If `chunk_samples` is not positive.
        """
        if chunk_samples is not None and chunk_samples < 1:
            raise ConfigError(f"found chunks of {chunk_samples} samples, expected at least 1; change chunk_samples")
        length = chunk_samples or max(1, _CHUNK_VALUES // self.header.nchans)
        for chunk in cut_into_chunks(self.header.nsamples, length):
            yield chunk, self.recording.read(chunk.start, chunk.stop)

    def _rows(self) -> list[tuple[str, str]]:
        header = self.header
        freqs = header.chan_freqs_mhz
        rows = [
            ("source", header.source_name or "not named"),
            ("telescope", header.telescope),
            ("start", f"MJD {header.tstart:.6f}"),
            ("length", f"{format_seconds(header.tobs_s)}, {header.nsamples} samples of {header.tsamp * 1e6:.6g} us"),
            ("band", f"{freqs.min():.2f} to {freqs.max():.2f} MHz, {header.nchans} channels, {header.nbits} bit"),
        ]
        return [*rows, ("series", f"dedispersed at DM {header.dm} pc cm^-3")] if header.is_series else rows

    def __repr__(self) -> str:
        return facts_text("Observation", self._rows())

    def _repr_html_(self) -> str:
        return facts_html("Observation", self._rows())


def open(*paths: str | Path) -> Observation:
    """Open a recording.

    Parameters
    ----------
    *paths
        One file, or several that follow one another in time.

    Returns
    -------
    Observation
        The open recording.

    Raises
    ------
    InputMissingError
        If a file is not there or may not be read.
    FileFormatError, HeaderError
        If a file is not a recording that fastpipe reads, or is damaged.
    """
    return Observation(open_recording(paths))
