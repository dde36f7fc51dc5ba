"""``fastpipe config``: the default configuration, with a comment on every option."""

import click

from fastpipe.cli.options import debug_option


@click.command("config", short_help="Print the default configuration with comments.")
@debug_option
def command() -> None:
    """Print the default configuration with a comment on every option.

    Save it, change it, and give it to "fastpipe search -c".
    """
    from fastpipe.config import commented_default

    click.echo(commented_default(), nl=False)
