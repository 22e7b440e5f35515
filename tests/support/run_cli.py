"""The command line, run in this process."""

from __future__ import annotations

from click.testing import CliRunner

from costmodel.cli import main


def run(*arguments, stdin=None):
    done = CliRunner().invoke(main, [str(a) for a in arguments], input=stdin)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    assert "Traceback" not in done.output
    return done
