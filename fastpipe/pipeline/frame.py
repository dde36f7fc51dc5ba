"""The frame of a search: the barycentre of the Solar System where the recording says enough, else the telescope."""

from dataclasses import dataclass, replace

from fastpipe.algorithms.resampling import BarycentricGrid, barycentric_grid
from fastpipe.config import BarycentreConfig
from fastpipe.data.barycentric_model import BarycentricModel
from fastpipe.data.birdies import to_barycentric
from fastpipe.data.corrected_recording import CorrectedRecording
from fastpipe.data.header import Header
from fastpipe.data.lane_blocks import LaneBlocks
from fastpipe.data.recording import Recording
from fastpipe.data.tables import Table
from fastpipe.errors import ConfigError, HeaderError
from fastpipe.io.barycentre import barycentric_model
from fastpipe.io.sky_position import parse_position

_SIMULATED = "fake"
"""What SIGPROC calls telescope and backend of simulations, in any case."""


@dataclass(frozen=True, slots=True)
class SearchFrame:
    """The frame in which frequencies are searched, folded and reported."""

    name: str
    """What the catalogue says: topocentric or barycentric."""
    model: BarycentricModel | None = None
    """How time runs at the barycentre; None where the times of the recording are used as they are."""
    remarks: tuple[str, ...] = ()
    """Why it is the telescope's although the barycentre was wanted; empty for most recordings."""

    def grid(self, series: LaneBlocks) -> BarycentricGrid | None:
        """Lay the grid of barycentric time over series; None where their own times are used."""
        if self.model is None:
            return None
        return barycentric_grid(self.model.topocentric_s, self.model.barycentric_s, series.tsamp, series.nsamples)

    def birdies(self, birdies: Table) -> Table:
        """Turn birdies in the frame of the recording into those of the search."""
        return birdies if self.model is None else to_barycentric(birdies, self.model)

    def epoch_mjd(self, header: Header) -> float:
        """Return the middle of the recording as MJD: UTC at the telescope, TDB at the barycentre."""
        return header.mid_mjd if self.model is None else self.model.mid_mjd_tdb

    def topocentric_freq_hz(self, freq_hz: float) -> float:
        """Turn a frequency at the epoch in Hz into that seen at the telescope; NaN where that cannot be known."""
        if self.model is not None:
            return freq_hz * (1.0 - self.model.velocity_over_c)
        return freq_hz if self.name == "topocentric" else float("nan")


def at_position(recording: Recording, position: str) -> Recording:
    """Put a position in the place of that in the header of a recording.

    Parameters
    ----------
    recording
        The open recording.
    position
        As the user writes it; empty for the one in the header.

    Returns
    -------
    Recording
        The same samples.

    Raises
    ------
    ConfigError
        If the text is no point of the sky.
    """
    if not position:
        return recording
    ra_deg, dec_deg = parse_position(position)
    return CorrectedRecording(recording, replace(recording.header, ra_deg=ra_deg, dec_deg=dec_deg))


def choose_frame(header: Header, config: BarycentreConfig) -> SearchFrame:
    """Choose the frame of a search.

    Call it before threads start: astropy's settings are changed while it works.

    Parameters
    ----------
    header
        Of the recording, with the position that counts.
    config
        What the user wants.

    Returns
    -------
    SearchFrame
        Barycentric where the recording is already, or where it says enough; simulations that do not are topocentric without
        a remark.

    Raises
    ------
    ConfigError, HeaderError
        If the frame that was asked for cannot be had; the message says what is missing.
    """
    if header.is_barycentric:
        if config.frame == "topocentric":
            raise ConfigError(
                'found barycentric times, expected those of the telescope for frame = "topocentric"; change frame'
            )
        return SearchFrame("barycentric")
    if config.frame == "topocentric":
        return SearchFrame("topocentric")
    try:
        return SearchFrame("barycentric", barycentric_model(header))
    except (ConfigError, HeaderError) as error:
        if config.frame == "barycentric":
            raise
        is_simulated = _SIMULATED in (header.telescope.casefold(), header.machine.casefold())
        remark = f"Periods and epochs are those at the telescope, not at the barycentre: {error}."
        return SearchFrame("topocentric", remarks=() if is_simulated and not config.position else (remark,))
