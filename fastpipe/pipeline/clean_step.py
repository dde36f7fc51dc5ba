"""The first part of a search: what to mask and filter, and which recording it is."""

from dataclasses import dataclass

import msgspec

from fastpipe.algorithms.zero_dm import ZeroDMFilter
from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe.data.noise_diode import NoiseDiode
from fastpipe.data.recording import Recording
from fastpipe.data.rfi_mask import RFIMask
from fastpipe.io.file_stamps import content_digest
from fastpipe.io.recordings import digest
from fastpipe.io.telescopes import telescope_of_name
from fastpipe.pipeline.alongside import Alongside
from fastpipe.pipeline.clean_recording import CleanRecording
from fastpipe.pipeline.executor import Executor
from fastpipe.pipeline.preparation import prepare
from fastpipe.pipeline.rfi import find_rfi
from fastpipe.pipeline.search_setup import SearchSetup
from fastpipe.pipeline.store import Store, address_of
from fastpipe.pipeline.without_diode import without_diode

_DIGEST_STAGE = "digest of the files"


@dataclass(frozen=True, slots=True)
class Cleaning:
    """All that cleaning a recording needs besides its samples."""

    statistics: ChannelStatistics
    rfi_mask: RFIMask
    zero_dm: ZeroDMFilter | None
    diode: NoiseDiode | None
    remarks: tuple[str, ...]
    """Sentences for the reader: what was found that a person should know."""

    def apply(self, recording: Recording) -> CleanRecording:
        """Return the clean recording."""
        source = recording if self.diode is None else without_diode(recording, self.diode)
        return CleanRecording(source, self.statistics, self.rfi_mask, self.zero_dm)


@dataclass(frozen=True, slots=True)
class CleanStep:
    """A recording as it is searched."""

    clean: CleanRecording
    cleaning: Cleaning
    file_digest: str
    """SHA-256 over the bytes of the files."""
    address: str
    """Content address, on which those of all later parts are built."""


def clean_step(setup: SearchSetup, executor: Executor, store: Store, file_digest: str = "") -> CleanStep:
    """Find the interference of a recording, or what was found before, and identify its files.

    Parameters
    ----------
    setup
        The search.
    executor
        Runs the tasks.
    store
        Where the result is kept, or was.
    file_digest
        That of the files, if it is known; else it is made: beside the statistics by one of the threads where there is
        nothing to resume, before them where there may be.
    """
    both = Alongside(executor, lambda: digest(setup.recording))

    def address() -> str:
        return _address(setup, file_digest or both.result(_DIGEST_STAGE))

    cleaning = store.load(address(), Cleaning) if file_digest or not store.is_empty else None
    if cleaning is None:
        findings = find_rfi(setup.recording, setup.config.cleaning, both)
        clean = prepare(setup.recording, findings, setup.config.cleaning, both)
        cleaning = Cleaning(clean.statistics, clean.rfi_mask, clean.zero_dm, findings.diode, findings.remarks)
        store.save(address(), cleaning)
    return CleanStep(cleaning.apply(setup.recording), cleaning, file_digest or both.result(_DIGEST_STAGE), address())


def _address(setup: SearchSetup, file_digest: str) -> str:
    options = setup.config.cleaning
    # What a file holds counts, not its name.
    unnamed = msgspec.structs.replace(options, mask_file="")
    telescope = telescope_of_name(setup.header.telescope)
    # The user's own table of telescopes counts too: what is masked there, and where the frame and birdies are taken from.
    place = telescope and (telescope.mask_mhz, telescope.itrf_xyz_m)
    return address_of("clean", file_digest, setup.header, unnamed, content_digest(options.mask_file), place)
