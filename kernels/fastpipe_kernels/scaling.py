"""Scale stored samples and add polarisations."""

from typing import Any

from fastpipe_kernels._jit import kernel


@kernel
def scale_samples(samples: Any, gains: Any, levels: Any, out: Any) -> None:
    """Turn stored samples into ``sum over p of samples[i, p, c] * gains[p, c] + levels[c]``.

    Parameters
    ----------
    samples
        Stored samples of any number type, shape [n, npol, nchans] with npol at least that of `gains`.
    gains
        Factor of each polarisation and channel, float32, shape [1 or 2, nchans].
    levels
        What is added to each channel, float32, shape [nchans].
    out
        Output: float32, shape [n, nchans].

    Notes
    -----
    Cost: 2 operations a sample and polarisation; each sample is read once and each result written once.
    """
    n, nchans = out.shape
    if gains.shape[0] == 1:
        for i in range(n):
            for c in range(nchans):
                out[i, c] = samples[i, 0, c] * gains[0, c] + levels[c]
    else:
        for i in range(n):
            for c in range(nchans):
                out[i, c] = samples[i, 0, c] * gains[0, c] + samples[i, 1, c] * gains[1, c] + levels[c]
