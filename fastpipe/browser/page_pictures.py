"""The pages of candidates as pictures, drawn one after the other beside the server, the next ones in advance."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from typing import Final

from fastpipe.errors import FastpipeError

_KEPT: Final = 200
_WAITING: Final = 8

Draw = Callable[[int], bytes]
Listener = Callable[[int], None]


class PagePictures:
    """Pictures of candidates by their position in the catalogue.

    Parameters
    ----------
    draw
        Returns the PNG file of a candidate.
    """

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._kept: OrderedDict[int, bytes | str] = OrderedDict()
        self._wanted: list[int] = []
        self._listeners: list[Listener] = []
        self._changed = threading.Condition()
        self._is_over = False
        self._thread = threading.Thread(target=self._work, name="candidate pages", daemon=True)
        self._thread.start()

    def want(self, rows: Sequence[int]) -> None:
        """Ask for pictures, the most urgent first; what was asked for before waits behind them."""
        with self._changed:
            later = [row for row in self._wanted if row not in rows]
            self._wanted = [row for row in [*rows, *later] if row not in self._kept][:_WAITING]
            self._changed.notify()

    def get(self, row: int) -> bytes | str | None:
        """Return a picture, or a sentence why there is none; None while it is not drawn."""
        with self._changed:
            if row in self._kept:
                self._kept.move_to_end(row)
            return self._kept.get(row)

    def listen(self, listener: Listener) -> None:
        """Let `listener` be called with the position of every picture that gets ready, from another thread."""
        with self._changed:
            self._listeners.append(listener)

    def forget(self, listener: Listener) -> None:
        """Call `listener` no more."""
        with self._changed:
            self._listeners.remove(listener)

    def close(self) -> None:
        """End the thread; a picture that is being drawn is finished first."""
        with self._changed:
            self._is_over = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._wanted or self._is_over)
                if self._is_over:
                    return
                row = self._wanted.pop(0)
            picture = self._drawn(row)
            with self._changed:
                self._kept[row] = picture
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
                listeners = list(self._listeners)
            for listener in listeners:
                listener(row)

    def _drawn(self, row: int) -> bytes | str:
        try:
            return self._draw(row)
        except FastpipeError as error:
            return str(error)
        except Exception as error:
            # One fold that cannot be drawn must not end the thread that draws all others.
            return f"found no way to draw this candidate ({type(error).__name__}: {error}); its values are under Words"
