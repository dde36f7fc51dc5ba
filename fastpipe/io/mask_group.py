"""Masks and statistics of the channels in the catalogue: one HDF5 group for each observation."""

import h5py
import numpy as np

from fastpipe.data.rfi_mask import ChannelStatistics, RFIMask


def write_mask(group: h5py.Group, mask: RFIMask) -> None:
    """Write a mask into the group of its observation.

    Parameters
    ----------
    group
        Group of the observation in an open HDF5 file.
    mask
        The mask.
    """
    dataset = group.create_dataset("mask", data=mask.mask, compression="gzip", shuffle=True)
    dataset.attrs["description"] = "True = bad [nintervals, nchans]"
    dataset.attrs["interval_samples"] = int(mask.interval_samples)
    reason = group.create_dataset(
        "reason", data=np.char.encode(mask.reason.astype(np.str_), "ascii", "replace").astype("S32")
    )
    reason.attrs["description"] = "why a channel is bad as a whole, empty where it is not [nchans]"


def read_mask(group: h5py.Group) -> RFIMask | None:
    """Read the mask of an observation, or None if it has none.

    Parameters
    ----------
    group
        Group of the observation.
    """
    if "mask" not in group:
        return None
    return RFIMask(
        mask=np.asarray(group["mask"][()], np.bool_),
        interval_samples=int(group["mask"].attrs["interval_samples"]),
        reason=np.char.decode(group["reason"][()], "ascii"),
    )


def write_statistics(group: h5py.Group, statistics: ChannelStatistics) -> None:
    """Write the statistics of the channels into the group of their observation.

    Parameters
    ----------
    group
        Group of the observation in an open HDF5 file.
    statistics
        The statistics.
    """
    for name, data, description in (
        ("channel_mean", statistics.mean, "mean of the samples of each channel: the bandpass [nchans]"),
        ("channel_std", statistics.std, "standard deviation of the samples of each channel [nchans]"),
    ):
        dataset = group.create_dataset(name, data=np.asarray(data, np.float64))
        dataset.attrs["unit"] = ""
        dataset.attrs["description"] = description
        dataset.attrs["nsamples"] = int(statistics.nsamples)


def read_statistics(group: h5py.Group) -> ChannelStatistics | None:
    """Read the statistics of the channels of an observation, or None if it has none.

    Parameters
    ----------
    group
        Group of the observation.
    """
    if "channel_mean" not in group:
        return None
    mean, std = group["channel_mean"], group["channel_std"]
    return ChannelStatistics(mean=mean[()], std=std[()], nsamples=int(mean.attrs["nsamples"]))
