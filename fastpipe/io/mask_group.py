"""Masks and statistics of the channels in HDF5: one group for each observation."""

import h5py
import numpy as np

from fastpipe.data.channel_statistics import ChannelStatistics, IntervalStatistics
from fastpipe.data.noise_diode import NoiseDiode
from fastpipe.data.rfi_mask import Reason, RFIMask

_INTERVAL_DATASETS = (
    ("counts", "i4", "finite values [nintervals, nchans]"),
    ("mean", "f4", "mean in the units of the recording [nintervals, nchans]"),
    ("std", "f4", "standard deviation in the units of the recording [nintervals, nchans]"),
    ("skewness", "f4", "skewness, 0 in Gaussian noise [nintervals, nchans]"),
    ("kurtosis", "f4", "excess kurtosis, 0 in Gaussian noise [nintervals, nchans]"),
    ("fourier_power", "f4", "largest power of the spectrum, where white noise has mean 1 [nintervals, nchans]"),
    ("clipped", "f4", "fraction of values at the ends of the stored range [nintervals, nchans]"),
    ("zero_dm", "f4", "sum over the channels in standard deviations of noise [nsamples]"),
)


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


def write_interval_statistics(group: h5py.Group, statistics: IntervalStatistics) -> None:
    """Write the statistics of the intervals as the group `intervals` in that of their observation.

    Parameters
    ----------
    group
        Group of the observation in an open HDF5 file.
    statistics
        The statistics; single precision is stored.
    """
    intervals = group.create_group("intervals")
    for name, dtype, description in _INTERVAL_DATASETS:
        values = np.asarray(getattr(statistics, name), dtype)
        dataset = intervals.create_dataset(name, data=values, compression="gzip", shuffle=True)
        dataset.attrs["unit"] = ""
        dataset.attrs["description"] = description


def write_noise_diode(group: h5py.Group, diode: NoiseDiode) -> None:
    """Write a noise diode as the group `noise_diode` in that of its observation.

    Parameters
    ----------
    group
        Group of the observation in an open HDF5 file.
    diode
        The diode.
    """
    written = group.create_group("noise_diode")
    for name in ("period_samples", "on_samples", "first_on"):
        written.attrs[name] = float(getattr(diode, name))
    rise = written.create_dataset("rise", data=np.asarray(diode.rise, np.float64))
    rise.attrs["unit"] = ""
    rise.attrs["description"] = "mean level while on less mean level while off, in the units of the recording [nchans]"
