"""The rule book's tables, from the code and the catalogue: kinds, meters, assumptions, rules, quotas, architectures."""

from __future__ import annotations

import csv
import inspect
import re
from typing import TYPE_CHECKING, Any

from costmodel import aws
from costmodel.architectures.build import PATHS
from costmodel.architectures.patterns import PATTERNS
from costmodel.aws.catalogue import load_catalogue
from costmodel.core.assumptions import ASSUMPTIONS
from costmodel.core.units import HOURS_PER_MONTH
from costmodel.tabular.data_files import locate_package_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from costmodel.aws.resource import Column, Resource
    from costmodel.core.meters import Meter

__all__ = ["HOURS_PER_MONTH", "assumptions", "kinds", "paths", "patterns", "quotas", "rules", "services", "table"]

_URL = re.compile(r"\(?(https?://[^\s)]+)\)?")


def table(header: Sequence[str], rows: Iterable[Sequence[object]], right: Iterable[int] = ()) -> str:
    """Return a Markdown table; ``right`` numbers the columns that hold figures."""
    sides = ["---:" if n in set(right) else "---" for n in range(len(header))]
    lines = [header, sides, *([_cell(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ").strip()


def kinds() -> str:
    """Return a section per kind of resource: what it is, its quantities, and each charge with rule and citation."""
    out = []
    for name, variants in aws.VARIANTS.items():
        out.append(f"### {name}\n")
        for variant in variants:
            out += _variant(variant)
    return "\n".join(out)


def _variant(kind: type[Resource]) -> list[str]:
    out = [f"{_first(kind)}{_condition(kind)}\n"]
    columns = [(f"`{'.'.join(c.path)}`", _unit(c), _default(c)) for c in kind.columns.values()]
    out.append(table(("Quantity", "Unit", "Default"), columns))
    used = {m.id: m for m in kind.list_meters()}
    if kind.free:
        out.append(f"Not charged: {_linked(kind.free)}.\n")
    if used:
        rows = [(_charge(m), f"`{m.id}`", m.unit, _rule(m), f"[AWS]({m.url})") for m in used.values()]
        out.append(table(("Charge", "Meter", "Unit", "Rule", "Citation"), rows))
    switches = sorted({word.partition("=")[0] for word in kind.assumes})
    if switches:
        out.append(f"Depends on the assumption {', '.join(f'[`{s}`](#{s})' for s in switches)}.\n")
    return out


def _first(thing: Any) -> str:
    """Return a docstring's first paragraph as Markdown."""
    text = inspect.getdoc(thing) or ""
    return " ".join(text.split("\n\n")[0].split()).replace("``", "`")


def _condition(kind: type[Resource]) -> str:
    if kind.given:
        return f" It is this where `{kind.given}` is given."
    if kind.when:
        return f" It is this where `{kind.when[0]}` is `{kind.when[1]}`."
    return ""


def _unit(column: Column) -> str:
    words = {
        "count": "a whole number",
        "number": "a number",
        "gb": "GB a month",
        "hours": "hours",
        "location": "a Region",
        "name": "a NetworkFirewall of the file",
    }
    return " or ".join(f"`{word}`" for word in column.choices) or words[column.type]


def _default(column: Column) -> str:
    if column.type == "hours":
        return "the file's"
    if column.path == ("name",):
        return "its own"
    if column.default is None:
        return "required"
    return f"as `{column.default}`" if isinstance(column.default, str) and not column.choices else f"`{column.default}`"


def _charge(m: Meter) -> str:
    usage = f" (`{m.usage_type}`)" if m.usage_type else ""
    return f"{m.title}{usage}"


def _rule(m: Meter) -> str:
    pools = {"payer": "the payer's", "account": "the account's", "organization": "the payer's"}
    pools["firewall"] = "one firewall's"
    words = [m.rule, f"pooled over {pools[m.owner]} resources of {'all Regions' if m.everywhere else 'a Region'}"]
    words += ["charged once a pool"] if m.once else []
    words += [f"each {m.includes[0].title} includes {m.includes[1]:,}"] if m.includes else []
    return "; ".join(words)


def _linked(text: str) -> str:
    return _URL.sub(r"([source](\1))", text)


def assumptions() -> str:
    """Return a section per assumption: its values (the first is the default), what they mean, and why it is open."""
    out = []
    for a in ASSUMPTIONS.values():
        settled = f" Settled for `{a.default}`: {_linked(a.settled)}." if a.settled else ""
        out.append(f"### {a.name}\n\n{_linked(a.why)}{settled}\n")
        rows = [(f"`{v}`{' (default)' if v == a.default else ''}", text) for v, text in a.meanings.items()]
        out.append(table(("Value", "Meaning"), rows))
    return "\n".join(out)


def rules() -> str:
    """Return why a path can be out."""
    rows = [(f"`{r.id}`", r.text, _source(r.source, r.url)) for r in load_catalogue().rules.values()]
    return table(("Rule", "Why a path is out, and what to do", "Source"), rows)


def quotas() -> str:
    """Return how many AWS allows, and what carries how much."""
    path = locate_package_folder("data") / "catalogue" / "quotas.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    cells = [
        (
            f"`{r['id']}`",
            r["text"],
            f"{float(r['limit'] or r['gbps']):,g}{' Gbps' if r['gbps'] else ''}",
            r["per"].replace("-", " "),
            "AWS can raise it: a warning" if r["adjustable"] == "yes" else "hard",
            _source(r["source"], r["url"]),
        )
        for r in rows
    ]
    return table(("Quota", "Of what", "At most", "Per", "Adjustable", "Source"), cells, right=[2])


def _source(source: str, url: str) -> str:
    return f"[{source}]({url})" if url else source


def paths() -> str:
    """Return every path a flow may take, and what it means for security."""
    rows = []
    for p in PATHS:
        flags = p.posture._asdict()
        on = [
            name.replace("_", " ").replace("aws", "AWS").replace("vpc", "VPC") for name, value in flags.items() if value
        ]
        note = "" if p.default else " Off unless `constraints.allow` names it."
        rows.append((f"`{p.name}`", _first(p) + note, ", ".join(on)))
    return table(("Path", "What it is", "Posture"), rows)


def patterns() -> str:
    """Return the named architectures: per sort of flow, paths in order of preference."""
    sorts = {"aws": "AWS services", "internet": "internet", "own": "own services", "on-premises": "from on premises"}
    rows = [
        (f"`{name}`", *("<br>".join(f"`{p}`" for p in pattern[sort]) for sort in sorts))
        for name, pattern in PATTERNS.items()
    ]
    return table(("Architecture", *sorts.values()), rows)


def services() -> str:
    """Return how many services the catalogue has, by what reaches them."""
    known = load_catalogue().services.values()
    counts = {
        "services": len(known),
        "with an interface endpoint": sum(s.interface for s in known),
        "with a gateway endpoint": sum(s.gateway for s in known),
        "reachable from another Region": sum(s.cross_region for s in known),
    }
    return table(("In the catalogue", "Number"), counts.items(), right=[1])
