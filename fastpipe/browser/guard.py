"""Who may talk to the browser's server: this machine alone, and only who knows the token."""

import secrets
from typing import Any, Final

from bokeh.resources import Resources
from bokeh.server.tornado import BokehTornado
from tornado.httputil import HTTPHeaders, HTTPServerRequest
from tornado.web import ErrorHandler, OutputTransform, RedirectHandler

_HOSTS: Final = ("127.0.0.1", "localhost")
_COMPONENTS: Final = ("bokeh", "bokeh-widgets", "bokeh-tables")
_TOKEN_BYTES: Final = 24
_POLICY: Final = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; connect-src 'self'; object-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


class SafeHeaders(OutputTransform):
    """Tells the web browser to ask no other machine for anything, and nobody to show or name this page."""

    def transform_first_chunk(
        self, status_code: int, headers: HTTPHeaders, chunk: bytes, _finishing: bool
    ) -> tuple[int, HTTPHeaders, bytes]:
        """Add the headers."""
        headers["Content-Security-Policy"] = _POLICY
        headers["Referrer-Policy"] = "no-referrer"
        headers["X-Content-Type-Options"] = "nosniff"
        headers["X-Frame-Options"] = "DENY"
        if headers.get("Content-Type", "").startswith("text/html"):
            headers["Cache-Control"] = "no-store"
        return status_code, headers, chunk


class GuardedTornado(BokehTornado):
    """A Bokeh server whose every address begins with a random token, so that no request without it finds anything.

    A request under another name of this machine is refused, which stops a web page that lets its own name point here (DNS
    rebinding), and so is one that a page from elsewhere sends.

    Parameters
    ----------
    application
        What is served.
    """

    def __init__(self, application: Any) -> None:
        self.token = secrets.token_urlsafe(_TOKEN_BYTES)
        self._ticket: str | None = secrets.token_urlsafe(_TOKEN_BYTES)
        super().__init__(
            {"/": application},
            prefix=f"/{self.token}",
            extra_websocket_origins=[f"{host}:*" for host in _HOSTS],
            use_index=False,
            transforms=[SafeHeaders],
        )

    @property
    def ticket_path(self) -> str:
        """Address that leads to the page once: what a web browser is started with, other users of the machine can read."""
        return f"/{self._ticket}"

    def find_handler(self, request: HTTPServerRequest, **arguments: Any) -> Any:
        """Choose who answers a request."""
        if not is_from_here(request.headers):
            return self.get_handler_delegate(request, ErrorHandler, {"status_code": 403})
        if self._ticket is not None and secrets.compare_digest(request.path.encode(), self.ticket_path.encode()):
            self._ticket = None
            return self.get_handler_delegate(request, RedirectHandler, {"url": f"/{self.token}/", "permanent": False})
        return super().find_handler(request, **arguments)

    def resources(self, absolute_url: str | bool | None = None) -> Resources:
        """Return the scripts that the page needs, which are half of what Bokeh would send."""
        return super().resources(absolute_url).clone(components=list(_COMPONENTS))


def is_from_here(headers: HTTPHeaders) -> bool:
    """Say whether a request was sent to this machine by its own name, and by a page of this server if by any.

    Parameters
    ----------
    headers
        Of the request.

    Examples
    --------
    >>> is_from_here(HTTPHeaders({"Host": "127.0.0.1:5006"}))
    True
    >>> is_from_here(HTTPHeaders({"Host": "127.0.0.1:5006", "Origin": "http://evil.example"}))
    False
    """
    hosts, origins = headers.get_list("Host"), headers.get_list("Origin")
    if len(hosts) != 1 or len(origins) > 1:
        return False
    name = hosts[0].lower().rsplit(":", 1)[0]
    return name in _HOSTS and (not origins or origins[0].lower() == f"http://{hosts[0].lower()}")
