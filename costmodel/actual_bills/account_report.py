"""A live account for people and for programs: what it costs, what bills although useless, what could not be read."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from costmodel.actual_bills.account_rollup import RollupRow, build_rollup_json, build_rollup_table
from costmodel.actual_bills.finding import Finding, total_savings
from costmodel.actual_bills.live_waste import find_waste
from costmodel.actual_bills.report import build_finding_json, build_findings_table
from costmodel.actual_bills.rerated import round_amount
from costmodel.core.certainty import SURE
from costmodel.network.bill import price
from costmodel.network.report import build_bill_json, build_bill_tables
from costmodel.network.usage import meter
from costmodel.reporting.model import Report, Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.network.bill import Bill
    from costmodel.network.live_resource import Seen
    from costmodel.network.network import Network
    from costmodel.pricing.book import PriceBook

MOST = 30


@dataclass
class AccountReport:
    """What is in accounts: its bill at list prices, its cost by what was asked for, and what nothing uses."""

    accounts: list[str]
    regions: list[str]
    bill: Bill
    findings: list[Finding]
    network: Mapping[str, Any]
    demand: Mapping[str, Any] | None
    unread: list[str]
    notes: list[str]
    rollups: Mapping[str, Sequence[RollupRow]] = field(default_factory=dict)


def price_account(
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
    return bill, find_waste(seen, lambda name: costs.get(name, {}), gateways)


def build_account_json(of: AccountReport) -> dict[str, Any]:
    """Return what ``account --format json`` prints."""
    return {
        "accounts": of.accounts,
        "regions": of.regions,
        **build_bill_json(of.bill, of.notes),
        "by": {dimension: build_rollup_json(rows) for dimension, rows in of.rollups.items()},
        "findings": [build_finding_json(f) for f in of.findings],
        "unread": of.unread,
        "network": of.network,
        "demand": of.demand,
    }  # fmt: skip


def build_account_tables(of: AccountReport, *, whole: bool = False) -> Report:
    """Return accounts as tables: what they cost, what is useless, what could not be read."""
    out = build_bill_tables(of.bill)
    for dimension, rows in of.rollups.items():
        out.add(build_rollup_table(dimension, rows))
    shown = of.findings[: None if whole else MOST]
    sure, most = round_amount(total_savings(of.findings, confidence=[SURE])), round_amount(total_savings(of.findings))
    title = f"Findings: {sure:,} a month sure, at most {most:,}; no dollar counts twice"
    out.add(build_findings_table(title, shown))
    if of.unread:
        out.add(Table("unread", "What could not be read", ["What, and why"], [[line] for line in of.unread]))
    return out


def render_network_file(name: str, network: Mapping[str, Any]) -> str:
    """Return a network file, an entry a line."""
    out = [
        (
            f"# The resources of {name}, read from AWS. GB are from CloudWatch, scaled to a month.\n"
            "# costmodel estimate FILE\n"
        )
    ]
    out.append("resources:\n" if network["resources"] else "resources: []\n")
    out += [f"  - {_format_entry(entry)}\n" for entry in network["resources"]]
    more = {k: v for k, v in network.items() if k != "resources"}
    return "".join(out) + (yaml.safe_dump(more, sort_keys=False) if more else "")


def _format_entry(entry: Mapping[str, Any]) -> str:
    return yaml.safe_dump(
        dict(entry), default_flow_style=True, sort_keys=False, width=10**6, allow_unicode=True
    ).strip()
