"""What the pipeline asks of whoever runs its tasks."""

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class Executor(Protocol):
    """Runs the same function on many items.

    Functions are serial and independent of one another, so an executor may run them in any order and at the same time; it
    returns their results in the order of the items.
    """

    @property
    def nthreads(self) -> int:
        """Number of functions that may run at the same time."""
        ...

    def map(self, function: Callable[[Item], Result], items: Sequence[Item], stage: str) -> list[Result]:
        """Run `function` on every item, and show the progress of the stage under this name."""
        ...
