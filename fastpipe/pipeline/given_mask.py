"""The part of a mask that is not found in the data but given: by the configuration, a file, the telescope."""

import numpy as np
from numpy.typing import NDArray

from fastpipe.config import CleaningConfig
from fastpipe.data.channel_ranges import parse_channels
from fastpipe.data.header import Header
from fastpipe.data.rfi_mask import Reason, RFIMask
from fastpipe.io.rfi_mask_file import read_any_mask
from fastpipe.io.telescopes import telescope_of_name


def given_mask(header: Header, config: CleaningConfig, interval_samples: int) -> RFIMask:
    """Put together what is masked whatever the data say.

    Parameters
    ----------
    header
        Of the recording.
    config
        Options of the cleaning: `mask_mhz`, `mask_channels` and `mask_file`.
    interval_samples
        Length of the intervals of the result.

    Returns
    -------
    RFIMask
        All of it with `Reason.GIVEN`. Of a range of frequencies the channels whose centre is inside are masked; an interval
        of a file with other intervals is masked where it holds a sample that is.

    Raises
    ------
    InputMissingError
        If the file cannot be read.
    FileFormatError
        If the file is damaged.
    ConfigError
        If the file or the list is for other channels.
    """
    is_given = _channels_between(header, config) | parse_channels(config.mask_channels, header.nchans)
    nintervals = -(-header.nsamples // interval_samples)
    reasons = np.where(is_given, Reason.GIVEN, 0).astype(np.uint16)
    mask = RFIMask(np.tile(reasons, (nintervals, 1)), interval_samples, header.nsamples)
    if not config.mask_file:
        return mask
    of_file = read_any_mask(config.mask_file, header).on_grid(interval_samples)
    given_there = np.where(of_file.mask, Reason.GIVEN, 0).astype(np.uint16)
    return mask.union(RFIMask(given_there, interval_samples, header.nsamples, of_file.bad_samples))


def _channels_between(header: Header, config: CleaningConfig) -> NDArray[np.bool_]:
    """Tell which channels lie in the ranges of the configuration, or else of the telescope."""
    telescope = telescope_of_name(header.telescope)
    ranges = config.mask_mhz if config.mask_mhz is not None else telescope.mask_mhz if telescope else ()
    freqs = header.chan_freqs_mhz
    is_inside = np.zeros(header.nchans, bool)
    for low, high in ranges:
        is_inside |= (freqs >= low) & (freqs <= high)
    return is_inside
