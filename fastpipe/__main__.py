"""``python -m fastpipe``: the command, by the interpreter that runs."""

from fastpipe.cli.main import main

main()
