"""Where the parts of a search are kept, so that a search that is run again redoes only what is missing."""

import hashlib
from typing import Any, Protocol, TypeVar

from fastpipe.io.checkpoint import encode
from fastpipe.io.code_version import code_version

T = TypeVar("T")


class Store(Protocol):
    """Keeps values under content addresses. Several threads may use it at once."""

    @property
    def is_empty(self) -> bool:
        """True where nothing was saved yet."""
        ...

    def has(self, address: str) -> bool:
        """Tell whether something was saved under an address; it may turn out to be damaged."""
        ...

    def load(self, address: str, kind: type[T]) -> T | None:
        """Return what was saved under an address; None where there is nothing that can be read."""
        ...

    def save(self, address: str, value: Any) -> None:
        """Keep a value, a dataclass of numbers, texts and arrays."""
        ...

    def tell(self, nshards: int, ndone: int, nkept: int) -> None:
        """Note how many shards there are, how many are done, and how many of these an earlier search had done."""
        ...


class NoStore:
    """Keeps nothing."""

    is_empty = True

    def has(self, _address: str) -> bool:
        """Return False."""
        return False

    def load(self, _address: str, _kind: type[T]) -> T | None:
        """Return None."""
        return None

    def save(self, address: str, value: Any) -> None:
        """Do nothing."""

    def tell(self, nshards: int, ndone: int, nkept: int) -> None:
        """Do nothing."""


def address_of(part: str, *ingredients: Any) -> str:
    """Return the content address of a part of a search: its name, and a digest of all that it is made from.

    Parameters
    ----------
    part
        Name of the part, one word.
    *ingredients
        Whatever the part depends on besides the code: numbers, texts, dataclasses, arrays, other addresses.

    Examples
    --------
    >>> address_of("clean", 1.5) == address_of("clean", 1.5), address_of("clean", 1.5) == address_of("clean", 1.6)
    (True, False)
    """
    return f"{part}-{hashlib.sha256(encode((code_version(), *ingredients))).hexdigest()[:40]}"
