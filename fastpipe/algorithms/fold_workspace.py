"""Memory that folding works in, kept from chunk to chunk: pages that were used before are cheaper than new ones."""

import math
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray


class FoldWorkspace:
    """Arrays by name. One workspace serves one task at a time.

    Parameters
    ----------
    slots_bytes
        Bytes that say into which sum each sample goes, for candidates that are folded at a time; one needs what it needs.

    Examples
    --------
    >>> workspace = FoldWorkspace()
    >>> workspace.array("samples", (4, 100), np.uint8).shape
    (4, 100)
    >>> workspace.nbytes
    400
    """

    def __init__(self, slots_bytes: int = 2**23) -> None:
        self.slots_bytes = slots_bytes
        self._memory: dict[str, NDArray[np.uint8]] = {}

    @property
    def nbytes(self) -> int:
        """Bytes of all arrays."""
        return sum(memory.nbytes for memory in self._memory.values())

    def array(self, name: str, shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
        """Return an array that holds anything; the one of the same name that was lent before must not be used any more.

        Parameters
        ----------
        name
            What it is for.
        shape, dtype
            What it is to be.

        Returns
        -------
        ndarray
            C-contiguous.
        """
        nbytes = math.prod(shape) * np.dtype(dtype).itemsize
        if name not in self._memory or self._memory[name].nbytes < nbytes:
            # The shorter array goes back to the system before the longer one is asked for.
            self._memory.pop(name, None)
            self._memory[name] = np.empty(nbytes, np.uint8)
        return self._memory[name][:nbytes].view(dtype).reshape(shape)
