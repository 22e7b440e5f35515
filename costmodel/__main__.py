"""`python -m costmodel` is the command line."""

from costmodel.cli import main

main(prog_name="costmodel")
