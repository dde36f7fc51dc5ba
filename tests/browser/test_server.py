"""The server answers this machine alone, and only who knows the token."""

import asyncio
import http.client
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

pytest.importorskip("bokeh", reason="needs Bokeh: pip install fastpipe-pulsar[browse]")

from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.websocket import websocket_connect

from fastpipe.io.catalogue import write_catalogue
from tests.browser.conftest import Served, running
from tests.fake_catalogue import fake_tables

EVIL = "http://evil.example"


@pytest.fixture(scope="module")
def small_catalogue(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("small") / "small.h5"
    write_catalogue(path, fake_tables())
    return path


@pytest.fixture(scope="module")
def served(small_catalogue: Path) -> Iterator[Served]:
    with running(small_catalogue) as server:
        yield server


def status(served: Served, path: str, **headers: str) -> int:
    address = urlsplit(served.origin)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status


def test_page_is_served_with_its_token_and_safe_headers(served: Served) -> None:
    address = urlsplit(served.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=20)
    connection.request("GET", address.path)
    answer = connection.getresponse()
    page = answer.read().decode()
    connection.close()
    assert answer.status == 200
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not [source for source in re.findall(r'(?:src|href)="([^"]+)"', page) if source.startswith(("http", "//"))]


@pytest.mark.parametrize("path", ["/", "/ws", "/static/js/bokeh.min.js", "/autoload.js", "/metadata", "/wrong-token/"])
def test_request_without_token_finds_nothing(served: Served, path: str) -> None:
    assert status(served, path) == 404


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", "localhost.evil.example:1"])
def test_request_under_another_name_of_the_machine_is_refused(served: Served, host: str) -> None:
    assert status(served, urlsplit(served.url).path, Host=host) == 403


def test_request_of_a_page_from_elsewhere_is_refused(served: Served) -> None:
    path = urlsplit(served.url).path
    assert status(served, path, Origin=EVIL) == 403
    assert status(served, path, Origin="null") == 403
    assert status(served, path, Origin="http://127.0.0.1:1") == 403
    assert status(served, path, Origin=served.origin) == 200


def websocket_status(url: str, **headers: str) -> int:
    async def connect() -> int:
        try:
            connection = await websocket_connect(HTTPRequest(url, headers=headers), subprotocols=["bokeh", "no-token"])
        except HTTPClientError as error:
            return error.code
        connection.close()
        return 101

    return asyncio.run(connect())


def test_websocket_without_token_or_from_elsewhere_is_refused(served: Served) -> None:
    websocket = served.url.replace("http://", "ws://") + "ws"
    bare = served.origin.replace("http://", "ws://") + "/ws"
    assert websocket_status(websocket, Origin=EVIL) == 403
    assert websocket_status(websocket, Origin=served.origin, Host="evil.example") == 403
    assert websocket_status(bare, Origin=served.origin) == 404


def test_server_listens_on_loopback_alone(served: Served) -> None:
    psutil = pytest.importorskip("psutil")
    listening = [
        place.laddr.ip for place in psutil.Process(served.process.pid).net_connections() if place.status == "LISTEN"
    ]
    assert listening == ["127.0.0.1"]


def test_tokens_differ_and_ctrl_c_ends_without_failure(small_catalogue: Path) -> None:
    with running(small_catalogue) as first:
        with running(small_catalogue) as second:
            assert first.url.rsplit("/", 2)[1] != second.url.rsplit("/", 2)[1]
            assert len(first.url.rsplit("/", 2)[1]) >= 32
            assert second.stop() == 0
        first.process.terminate()
        assert first.process.wait(30) == 143


def test_window_is_opened_by_a_ticket_that_works_once(
    small_catalogue: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, script = tmp_path / "opened", tmp_path / "browser"
    script.write_text(f'#!/bin/sh\necho "$1" > {opened}.part && mv {opened}.part {opened}\n')
    script.chmod(0o755)
    monkeypatch.setenv("BROWSER", str(script))
    monkeypatch.setenv("DISPLAY", ":0")
    with running(small_catalogue, "ann", with_window=True) as server:
        begin = time.monotonic()
        while not opened.exists() and time.monotonic() - begin < 30:
            time.sleep(0.05)
        ticket = urlsplit(opened.read_text().strip()).path
        # Any user of this machine can read the command line of a web browser.
        assert ticket not in server.url
        assert [status(server, ticket), status(server, ticket)] == [302, 404]


def test_idle_server_stops(small_catalogue: Path) -> None:
    begin = time.monotonic()
    with running(small_catalogue, "ann", "--idle", "1s") as server:
        assert server.process.wait(60) == 0
    assert time.monotonic() - begin < 60


def test_port_in_use_is_a_sentence(served: Served, small_catalogue: Path, run: Callable[..., Any]) -> None:
    port = urlsplit(served.url).port
    result = run("browse", small_catalogue, "--no-open", "--port", port)
    assert result.exit_code == 2
    assert f"found port {port} in use, expected a free one; choose another --port or leave it out" in result.output
