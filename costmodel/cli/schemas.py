"""`schema`: the JSON Schemas of the files that users write."""

from __future__ import annotations

import json
from typing import Any

import click

from costmodel.cli.emit import write_output
from costmodel.cli.frame import main

FILES = ("network", "usage", "demand")


@main.command("schema", epilog="Example: costmodel schema network -o network.schema.json")
@click.argument("file", type=click.Choice(FILES))
@click.option("-o", "--output", metavar="FILE", help="Write to a file instead of stdout.")
def run_schema(file: str, output: str | None) -> None:
    """Print the JSON Schema of a file, with which editors complete and check it.

    In VS Code with the YAML extension, start the file with: # yaml-language-server: $schema=network.schema.json
    """
    write_output(json.dumps(_build_schema(file), indent=1, ensure_ascii=False) + "\n", output)


def _build_schema(file: str) -> dict[str, Any]:  # a JSON Schema
    if file == "network":
        from costmodel.network.reading.schema import build_network_schema

        return build_network_schema()
    if file == "usage":
        from costmodel.network.reading.schema import build_usage_schema

        return build_usage_schema()
    from costmodel.demand.reading.schema import build_demand_schema

    return build_demand_schema()
