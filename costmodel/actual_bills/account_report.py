"""A live account for people and for programs: what it costs, what bills although useless, what could not be read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml

from costmodel.actual_bills.finding import Finding, together
from costmodel.actual_bills.live_waste import useless
from costmodel.actual_bills.report import finding_json, finding_lines
from costmodel.actual_bills.rerate import amount
from costmodel.core.certainty import SURE
from costmodel.network.bill import price
from costmodel.network.report import bill_json, bill_table
from costmodel.network.usage import meter

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.network.bill import Bill
    from costmodel.network.live_resource import Seen
    from costmodel.network.network import Network
    from costmodel.pricing.book import PriceBook
    from costmodel.reporting.text import Tables

MOST = 30


@dataclass
class AccountReport:
    """What is in accounts, with what was made of it: its bill at list prices, and what is useless."""

    accounts: list[str]
    regions: list[str]
    bill: Bill
    findings: list[Finding]
    network: Mapping[str, Any]
    demand: Mapping[str, Any] | None
    unread: list[str]
    notes: list[str]


def valued(
    network: Network, seen: Sequence[Seen], book: PriceBook, gateways: Sequence[str]
) -> tuple[Bill, list[Finding]]:
    """Price what is in accounts, and look for what is useless.

    Args:
        network: what is built.
        seen: the resources that findings look at.
        book: the prices.
        gateways: the services that gateway endpoints take from NAT gateways.
    """
    bill = price(meter(network, exact=True), book, partial=True)
    costs: dict[str, dict[str, float]] = defaultdict(dict)
    frame = bill.frame
    for name, of, cost in zip(frame["ResourceId"], frame["x_Meter"], frame["ContractedCost"], strict=True):
        if cost is not None and cost == cost:  # noqa: PLR0124 - NaN is unpriced
            costs[str(name)][str(of)] = costs[str(name)].get(str(of), 0.0) + float(cost)
    return bill, useless(seen, lambda name: costs.get(name, {}), gateways)


def account_json(of: AccountReport) -> dict[str, Any]:
    """Return what ``account --format json`` prints."""
    return {
        "accounts": of.accounts,
        "regions": of.regions,
        **bill_json(of.bill, of.notes),
        "findings": [finding_json(f) for f in of.findings],
        "unread": of.unread,
        "network": of.network,
        "demand": of.demand,
    }  # fmt: skip


def account_tables(of: AccountReport, *, whole: bool = False) -> Tables:
    """Return accounts as tables: what they cost, what is useless, what could not be read."""
    out: Tables = list(bill_table(of.bill))
    shown = finding_lines(of.findings[: None if whole else MOST])
    sure, most = amount(together(of.findings, confidence=[SURE])), amount(together(of.findings))
    out.append((f"Findings: {sure:,} a month sure, at most {most:,}; no dollar counts twice", *shown))
    if of.unread:
        out.append(("What could not be read", ["What, and why"], [[line] for line in of.unread]))
    return out


def network_text(name: str, network: Mapping[str, Any]) -> str:
    """Return a network file, an entry a line."""
    out = [f"# What is in {name}, read from AWS: GB are CloudWatch's, scaled to a month. costmodel estimate FILE\n"]
    out.append("resources:\n" if network["resources"] else "resources: []\n")
    out += [f"  - {_flow(entry)}\n" for entry in network["resources"]]
    more = {k: v for k, v in network.items() if k != "resources"}
    return "".join(out) + (yaml.safe_dump(more, sort_keys=False) if more else "")


def _flow(entry: Mapping[str, Any]) -> str:
    return yaml.safe_dump(
        dict(entry), default_flow_style=True, sort_keys=False, width=10**6, allow_unicode=True
    ).strip()
