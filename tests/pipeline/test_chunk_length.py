"""Lengths of chunks: long against the sweep, within the memory, the same for each thread."""

from hypothesis import given
from hypothesis import strategies as st

from fastpipe.pipeline.chunk_length import choose_chunk_spectra


@given(
    nsamples=st.integers(1024, 10**8),
    sweep=st.integers(0, 10**6),
    wished=st.integers(1, 10**9),
    multiple=st.sampled_from([1, 2, 8, 32]),
    nthreads=st.integers(1, 64),
    fitting=st.integers(0, 10**8),
)
def test_chunks_are_multiples_and_no_shorter_than_they_must_be(
    nsamples: int, sweep: int, wished: int, multiple: int, nthreads: int, fitting: int
) -> None:
    length = choose_chunk_spectra(
        nsamples,
        sweep=sweep,
        wished=wished,
        multiple=multiple,
        nthreads=nthreads,
        fits=lambda spectra: spectra <= fitting,
    )
    assert length % multiple == 0
    assert 0 < length < nsamples + 256 * multiple
    longest = max(4 * sweep, wished, 4096)
    assert length < longest + 256 * multiple


def test_a_long_recording_has_chunks_of_four_sweeps_as_many_for_each_thread() -> None:
    length = choose_chunk_spectra(10**7, sweep=20_000, wished=1000, multiple=4, nthreads=3, fits=lambda _: True)
    assert 70_000 < length < 82_000
    assert -(-(10**7) // length) % 3 == 0


def test_too_little_memory_makes_chunks_of_one_sweep() -> None:
    length = choose_chunk_spectra(10**7, sweep=20_000, wished=1000, multiple=4, nthreads=3, fits=lambda _: False)
    assert 19_000 < length < 22_000
