"""``fastpipe browse``: look at candidates and grade them in a web browser."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from fastpipe.cli.options import FILE, debug_option
from fastpipe.errors import ConfigError

if TYPE_CHECKING:
    from fastpipe.browser.server import BrowserServer


@click.command("browse", short_help="Look at candidates and grade them in a web browser.")
@click.argument("catalogue", type=FILE)
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port on this machine; by default any that is free.")
@click.option("--user", help="Name under which grades and notes are kept; by default your login name.")
@click.option("--no-open", is_flag=True, help="Only print the address; open no window.")
@click.option("--idle", default="12h", show_default=True, help="Stop when nobody did anything for so long.")
@debug_option
def command(catalogue: Path, port: int, user: str | None, no_open: bool, idle: str) -> None:
    """Serve a page on this machine to sort, filter, look at and grade the candidates of CATALOGUE.

    The catalogue is only read. Grades and notes go to a file of yours in the folder CATALOGUE.labels. The page can be opened
    with the printed address only, which holds a secret; Ctrl-C stops the server.
    """
    from fastpipe.io.label_file import current_user
    from fastpipe.units import parse_seconds

    idle_s = parse_seconds(idle)
    name = current_user() if user is None else user.strip()
    if not name:
        raise ConfigError("found an empty --user, expected a name; give one or leave the option out")
    try:
        from fastpipe.browser.review import Review
        from fastpipe.browser.server import serve
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in ("bokeh", "tornado"):
            raise
        raise ConfigError(
            'found no Bokeh, expected it for fastpipe browse; install it with: pip install "fastpipe-pulsar[browse]"'
        ) from error

    def started(server: "BrowserServer") -> None:
        click.echo(f"Browse {catalogue} as {name} at {server.url}\nCtrl-C stops it.")
        if not no_open:
            server.open_window()

    serve(Review(catalogue, name), port, idle_s, started)
    click.echo("Stopped; all grades and notes are saved.")
