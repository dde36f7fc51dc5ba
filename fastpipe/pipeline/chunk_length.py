"""How long the chunks of a pass are: long against the sweep of the band, short enough for the memory and for all threads."""

from collections.abc import Callable

_SWEEPS = 4
"""Sweeps of the band in a chunk: what chunks share with the next one is a fifth of what is read and cleaned."""
_CHUNKS_A_THREAD = 3
"""Least number of chunks a thread, where the recording is long enough: their ends do not fall together."""
_MIN_SPECTRA = 4096
_TILE_SPECTRA = 256
"""Chunks are multiples of this, as cleaning and dedispersion work on tiles of so many samples."""


def choose_chunk_spectra(
    nsamples: int,
    *,
    sweep: int,
    wished: int,
    multiple: int,
    nthreads: int,
    fits: Callable[[int], bool],
) -> int:
    """Choose the length of the chunks.

    Parameters
    ----------
    nsamples
        Length of the recording in spectra.
    sweep
        Spectra beyond a chunk that dedispersing it needs. Chunks are no shorter, unless the recording is.
    wished
        Spectra of a chunk if the sweep asks for no more.
    multiple
        The length is a multiple of this many spectra.
    nthreads
        Chunks that are worked on at the same time.
    fits
        Tells whether the memory allows chunks of some length.

    Returns
    -------
    int
        Spectra of a chunk. Chunks are of equal length but the last, and as many for each thread.

    Examples
    --------
    >>> choose_chunk_spectra(10**6, sweep=10_000, wished=8000, multiple=4, nthreads=2, fits=lambda length: length < 50_000)
    38912
    """
    least = min(max(sweep, _MIN_SPECTRA), nsamples)
    most = max(nsamples // (_CHUNKS_A_THREAD * nthreads), least)
    longest = min(max(wished, _SWEEPS * sweep, least), most)
    length = _equal_chunks(nsamples, longest, multiple, nthreads)
    while longest > least and not fits(length):
        longest = max(longest * 7 // 8, least)
        length = _equal_chunks(nsamples, longest, multiple, nthreads)
    return length


def _equal_chunks(nsamples: int, longest: int, multiple: int, nthreads: int) -> int:
    """Return the length of equal chunks that are about `longest`, as many for each thread where there are enough."""
    nchunks = -(-nsamples // longest)
    if nchunks > nthreads:
        nchunks = -(-nchunks // nthreads) * nthreads
    tile = multiple * _TILE_SPECTRA
    step = tile if nsamples >= tile * nchunks else multiple
    return -(-nsamples // (nchunks * step)) * step
