"""Reading the catalogue: services and their endpoint types, bundles, rules and quotas."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from costmodel.aws.rules import Quota, Rule
from costmodel.core.errors import InputError, format_suggestion
from costmodel.tabular.data_files import read_data_table


class Service(NamedTuple):
    """A service people reach from a VPC: its name (the end of com.amazonaws.REGION.X) and how it can be reached."""

    name: str
    title: str
    interface: bool
    gateway: bool
    public: bool
    cross_region: bool


class Member(NamedTuple):
    """A service of a bundle, and which part of the bundle's GB it carries."""

    service: str
    sent: Decimal
    received: Decimal


@dataclass(frozen=True)
class Catalogue:
    """Services by name, aliases, bundles, rules by id, and quotas."""

    services: dict[str, Service]
    aliases: dict[str, str]
    bundles: dict[str, list[Member]]
    rules: dict[str, Rule]
    quotas: list[Quota]

    def resolve_service(self, name: str) -> Service:
        """Return a service by its name or alias.

        Raises:
            InputError: there is none of that name; the nearest is suggested.
        """
        found = self.services.get(self.aliases.get(name, name))
        if found is None:
            known = [*self.services, *self.aliases, *(f"bundle:{b}" for b in self.bundles)]
            message = f"unknown service {name!r}.{format_suggestion(name, known)}"
            raise InputError(message)
        return found


@cache
def load_catalogue() -> Catalogue:
    """Read the catalogue that ships with the package."""
    services, aliases = {}, {}
    for row in read_data_table("catalogue", "services.csv"):
        flags = [row[k] == "yes" for k in ("interface", "gateway", "public", "cross_region")]
        services[row["name"]] = Service(row["name"], row["title"], *flags)
        aliases.update(dict.fromkeys(_split_words(row["aliases"]), row["name"]))
    bundles: dict[str, list[Member]] = {}
    for row in read_data_table("catalogue", "bundles.csv"):
        if row["required"] == "yes":
            member = Member(row["service"], Decimal(row["share_sent"]), Decimal(row["share_received"]))
            bundles.setdefault(row["bundle"], []).append(member)
    rules = {
        r["id"]: Rule(r["id"], r["text"], r["source"], r["url"], r["about"])
        for r in read_data_table("catalogue", "rules.csv")
    }
    quotas = [_parse_quota(r) for r in read_data_table("catalogue", "quotas.csv")]
    return Catalogue(services, aliases, bundles, rules, quotas)


def _parse_quota(r: dict[str, str]) -> Quota:
    limit, adjustable = float(r["limit"] or r["gbps"]), r["adjustable"] == "yes"
    return Quota(
        r["id"], r["text"], tuple(_split_words(r["kind"])), r["per"], limit, adjustable, r["url"], gbps=bool(r["gbps"])
    )


def _split_words(text: str) -> list[str]:
    return [w for w in text.split(";") if w]


def resolve_endpoint_service(name: str) -> str:
    """Return the catalogue's name of an endpoint's service; a name of someone's own stays as it is."""
    suffix = name.partition("com.amazonaws.")[2].partition(".")[2]
    try:
        return load_catalogue().resolve_service(suffix).name if suffix else name
    except InputError:
        return name
