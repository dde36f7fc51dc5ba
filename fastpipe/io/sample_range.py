"""The check that every reader makes before it reads."""

from fastpipe.errors import ConfigError


def check_sample_range(start: int, stop: int, nsamples: int) -> None:
    """Refuse a range of samples that is not within a recording.

    Parameters
    ----------
    start, stop
        Half-open range of samples.
    nsamples
        Length of the recording in samples.

    Raises
    ------
    ConfigError
        If the range runs backwards or leaves the recording.
    """
    if not 0 <= start <= stop <= nsamples:
        raise ConfigError(f"found the range {start} to {stop}, expected one within the {nsamples} samples; correct it")
