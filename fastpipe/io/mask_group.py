"""Masks and statistics of the channels in the catalogue: one HDF5 group for each observation."""

import h5py
import numpy as np

from fastpipe.data.channel_statistics import ChannelStatistics
from fastpipe.data.rfi_mask import Reason, RFIMask


def write_mask(group: h5py.Group, mask: RFIMask) -> None:
    """Write a mask into the group of its observation.

    Parameters
    ----------
    group
        Group of the observation in an open HDF5 file.
    mask
        The mask.
    """
    names = ", ".join(f"{reason.value} {str(reason.name).lower()}" for reason in Reason)
    for name, data, description in (
        ("mask", mask.mask, "True = bad [nintervals, nchans]"),
        ("reasons", mask.reasons, f"sum of reasons [nintervals, nchans]: {names}"),
        ("bad_samples", mask.bad_samples, "first sample and sample after the last of stretches bad in all channels [n, 2]"),
    ):
        dataset = group.create_dataset(name, data=data, compression="gzip", shuffle=True)
        dataset.attrs["description"] = description
    group.attrs["interval_samples"] = int(mask.interval_samples)
    group.attrs["nsamples"] = int(mask.nsamples)


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
        reasons=np.asarray(group["reasons"][()], np.uint16),
        interval_samples=int(group.attrs["interval_samples"]),
        nsamples=int(group.attrs["nsamples"]),
        bad_samples=np.asarray(group["bad_samples"][()], np.int64),
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
