"""The server of the candidate browser: on this machine alone, until it is stopped or idle for long."""

import asyncio
import errno
import os
import signal
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Callable
from typing import Final

from bokeh.application import Application
from bokeh.application.handlers.function import FunctionHandler
from bokeh.document import Document
from bokeh.server.server import BaseServer
from tornado.httpserver import HTTPServer
from tornado.ioloop import IOLoop, PeriodicCallback

from fastpipe.browser.guard import GuardedTornado
from fastpipe.browser.review import Review
from fastpipe.browser.session import BrowserSession
from fastpipe.errors import ConfigError, Terminated

LOOPBACK: Final = "127.0.0.1"
_CHECK_MS: Final = 1000
_WAITING: Final = 64


class BrowserServer:
    """A server of one catalogue. It must be made, run and stopped in one thread.

    Parameters
    ----------
    review
        The catalogue.
    port
        Port on the loopback address; 0 for any that is free.
    idle_s
        It stops when nobody did anything for so long, in s.

    Raises
    ------
    ConfigError
        If the port is in use or may not be used.
    """

    def __init__(self, review: Review, port: int, idle_s: float) -> None:
        self._review = review
        self._idle_s = idle_s
        self._last_touch = time.monotonic()
        listener = _bind(port)
        self._loop = IOLoop.current()
        self._tornado = GuardedTornado(Application(FunctionHandler(self._fill)))
        http = HTTPServer(self._tornado)
        http.add_socket(listener)
        self._server = BaseServer(self._loop, self._tornado, http)
        self._server.start()
        self._end_signal: int | None = None
        self.origin = f"http://{LOOPBACK}:{self._server.port}"

    @property
    def url(self) -> str:
        """Address of the page, with the token in it."""
        return f"{self.origin}/{self._tornado.token}/"

    def open_window(self) -> None:
        """Show the page in the web browser of this screen, if there is one."""
        if sys.platform == "darwin" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
            address = self.origin + self._tornado.ticket_path
            # Some web browsers return only when they are closed.
            threading.Thread(target=webbrowser.open, args=(address,), name="open window", daemon=True).start()

    def run(self, started: Callable[["BrowserServer"], None]) -> None:
        """Serve until Ctrl-C, the end of the terminal, or long idleness.

        Parameters
        ----------
        started
            Called with this server when it is ready and hears signals.

        Raises
        ------
        Terminated
            If the process was asked to end.
        """
        loop = asyncio.get_event_loop()
        numbers = [number for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if _is_heard(number)]
        for number in numbers:
            loop.add_signal_handler(number, self._end, number)
        idle = PeriodicCallback(self._end_if_idle, _CHECK_MS)
        idle.start()
        try:
            started(self)
            self._loop.start()
        finally:
            idle.stop()
            for number in numbers:
                loop.remove_signal_handler(number)
        if self._end_signal in (signal.SIGTERM, signal.SIGHUP):
            raise Terminated

    def stop(self) -> None:
        """Stop serving and drawing."""
        self._server.stop(wait=False)
        self._server.unlisten()
        self._loop.run_sync(lambda: asyncio.sleep(0))
        self._review.close()

    def _fill(self, document: Document) -> None:
        self._touch()
        BrowserSession(self._review, document, self._touch)

    def _touch(self) -> None:
        self._last_touch = time.monotonic()

    def _end_if_idle(self) -> None:
        if time.monotonic() - self._last_touch > self._idle_s:
            self._loop.stop()

    def _end(self, number: int) -> None:
        self._end_signal = number
        self._loop.stop()


def serve(review: Review, port: int, idle_s: float, started: Callable[[BrowserServer], None]) -> None:
    """Serve a catalogue until it is stopped.

    Parameters
    ----------
    review
        The catalogue; it is closed in the end.
    port
        Port on the loopback address; 0 for any that is free.
    idle_s
        It stops when nobody did anything for so long, in s.
    started
        Called with the server when it is ready.

    Raises
    ------
    ConfigError
        If the port is in use or may not be used.
    Terminated
        If the process was asked to end.
    """
    try:
        server = BrowserServer(review, port, idle_s)
    except ConfigError:
        review.close()
        raise
    try:
        server.run(started)
    finally:
        server.stop()


def _is_heard(number: int) -> bool:
    # What is ignored stays so: that is how nohup keeps a program alive.
    return signal.getsignal(number) is not signal.SIG_IGN


def _bind(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setblocking(False)
        listener.bind((LOOPBACK, port))
        listener.listen(_WAITING)
    except OSError as error:
        listener.close()
        found = "in use" if error.errno == errno.EADDRINUSE else f"that cannot be used ({error.strerror})"
        raise ConfigError(
            f"found port {port} {found}, expected a free one; choose another --port or leave it out"
        ) from error
    return listener
