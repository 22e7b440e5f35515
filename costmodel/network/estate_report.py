"""What a plan leaves open, as files to fill in: usage, and the demand that it implies."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import yaml

from costmodel.reporting.text import format_plain_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.core.json_types import FileMapping

_USAGE = """\
# What {name} does not contain: GB a month of each resource, as AWS bills them. Fill in what you know; 0 GB are free.
# `NAME[*]` means every index, a kind (NatGateway) means each of its resources, `KIND:NAME` means the one of that kind
# where several have the name. Use it with: --usage FILE
"""
_UNKNOWN = """\
# Blank: known after apply only, so its cost is open until you give the value.
"""
_DEMAND = """\
# The traffic that {name} implies: its VPCs, what they reach, and how today. Fill in the GB a month (sent: by the VPC).
# Traffic to AWS services through NAT gateways is not in a plan: add flows such as {{from: app, to: "bundle:ecr"}}, and
# add their path to `today` too, or remove `today`. Then: costmodel compare FILE
"""
_MEASURED = """\
# The traffic in {name}: GB a month (sent: by the VPC), scaled from the time that the logs cover.
# Then: costmodel compare FILE, or costmodel optimize FILE
"""
_LONGEST_KEY = 1000  # letters; YAML takes at most 1,024 for a key that is not announced by `? `


def render_usage_file(name: str, usage: Mapping[str, FileMapping]) -> str:
    """Return a usage file: a line a resource, blank where the source does not know a quantity that costs."""
    lines = [_USAGE.format(name=_extract_file_name(name))]
    lines += [_UNKNOWN] if any(None in q.values() for q in usage.values()) else []
    lines.append("usage:" if usage else "usage: {}")
    lines += [f"\n  {_format_key(name)}: {_format_flow_style(quantities)}" for name, quantities in usage.items()]
    return "".join(lines) + "\n"


def render_demand_file(name: str, demand: FileMapping, notes: Sequence[str] = (), *, logs: bool = False) -> str:
    """Return a demand file, an entry a line, under its notes; ``logs``: it was measured, and nothing is to fill in."""
    out = [
        (_MEASURED if logs else _DEMAND).format(name=_extract_file_name(name)),
        *(f"# {_replace_unprintable(note)}\n" for note in notes),
    ]
    for key, value in demand.items():
        if isinstance(value, list):
            out.append(f"{key}:" if value else f"{key}: []")
            out += [f"\n  - {_format_flow_style(entry)}" for entry in value]
            out.append("\n")
        else:
            out.append(f"{key}: {_format_flow_style(value)}\n")
    return "".join(out)


def _format_key(name: str) -> str:
    """Return a name as a key; a long one needs YAML's explicit form."""
    text = _format_scalar(name)
    return text if len(text) <= _LONGEST_KEY else f"? {text}\n  "


def _format_scalar(value: Any) -> str:
    """Return a value on one line."""
    if isinstance(value, Decimal):
        return format_plain_number(value)
    broken = isinstance(value, str) and not value.isprintable()
    if broken:
        return _render_yaml(value, default_style='"')
    # In a list of one, so that what only a flow mapping must quote is quoted: commas, brackets, braces.
    return _render_yaml([value], default_flow_style=True)[1:-1]


def _render_yaml(value: Any, **style: Any) -> str:
    text: str = yaml.safe_dump(value, allow_unicode=True, width=10**6, sort_keys=False, **style)
    return text.removesuffix("...\n").rstrip("\n")


def _format_flow_style(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_format_scalar(k)}: {_format_flow_style(v)}" for k, v in value.items()) + "}"
    return "" if value is None else _format_scalar(value)


def _replace_unprintable(text: str) -> str:
    return "".join(c if c.isprintable() else " " for c in text)


def _extract_file_name(name: str) -> str:
    return _replace_unprintable(name.replace("\\", "/").rpartition("/")[2])
