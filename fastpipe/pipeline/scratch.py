"""Memory that tasks work in, borrowed and given back: the system hands a page out once in a run, not once a task."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

ALIGNMENT = 64
"""Bytes of a cache line. A row of 16 lanes that lies across two of them takes a fifth more time."""


def aligned_bytes(nbytes: int) -> NDArray[np.uint8]:
    """Return an array of bytes that begins with a cache line; it holds anything.

    Parameters
    ----------
    nbytes
        Length of the array.

    Returns
    -------
    ndarray
        uint8 of shape [nbytes]. The system hands out the pages when they are first written to.

    Examples
    --------
    >>> aligned_bytes(100).ctypes.data % 64
    0
    """
    memory = np.empty(nbytes + ALIGNMENT, np.uint8)
    first = -memory.ctypes.data % ALIGNMENT
    return memory[first : first + nbytes]


def whole_lines(nbytes: int) -> int:
    """Return the bytes of the cache lines that hold some bytes.

    Examples
    --------
    >>> whole_lines(65)
    128
    """
    return -(-nbytes // ALIGNMENT) * ALIGNMENT


class ScratchPool:
    """Arrays that tasks borrow: as many as there are tasks at the same time.

    Parameters
    ----------
    nbytes
        Least length of the arrays. If it is the most that any task borrows, no array is ever replaced by a longer one.

    Examples
    --------
    >>> pool = ScratchPool()
    >>> with pool.borrow(100) as memory:
    ...     address = memory.ctypes.data
    >>> with pool.borrow(50) as memory:
    ...     memory.shape, memory.ctypes.data == address
    ((50,), True)
    """

    def __init__(self, nbytes: int = 0) -> None:
        self._nbytes = nbytes
        self._free: list[NDArray[np.uint8]] = []
        self._lock = threading.Lock()

    @contextmanager
    def borrow(self, nbytes: int) -> Iterator[NDArray[np.uint8]]:
        """Lend an array of `nbytes` bytes that begins with a cache line and holds anything; it must not be kept."""
        with self._lock:
            memory = self._free.pop() if self._free else None
        if memory is None or memory.size < nbytes:
            # The shorter array goes back to the system before the longer one is asked for.
            memory = None
            memory = aligned_bytes(max(nbytes, self._nbytes))
        try:
            yield memory[:nbytes]
        finally:
            with self._lock:
                self._free.append(memory)
