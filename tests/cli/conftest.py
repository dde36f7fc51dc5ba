"""The command, run in this process."""

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fastpipe.cli.main import group


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run ``fastpipe`` with some arguments."""

    def run(*arguments: str | Path) -> Result:
        return CliRunner().invoke(group, [str(argument) for argument in arguments], prog_name="fastpipe")

    return run
