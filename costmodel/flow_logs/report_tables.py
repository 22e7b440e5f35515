"""What flow logs show, as tables for people: what was read, dollars by destination, flows, talkers, alternatives."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costmodel.comparison.report import build_comparison_tables
from costmodel.core.assumptions import build_assumption_rows
from costmodel.core.decimals import round_to_cents
from costmodel.flow_logs.billed import SOME_SERVICE
from costmodel.flow_logs.demand import UNNAMED
from costmodel.flow_logs.report import SOME_WORDS, find_free_traffic, format_service_name
from costmodel.flow_logs.traffic import format_timestamp
from costmodel.network.price_dates_report import build_price_date_rows
from costmodel.reporting.model import Report, Table

if TYPE_CHECKING:
    from costmodel.flow_logs.report import TrafficReport
    from costmodel.flow_logs.traffic import Traffic

MOST = 20  # lines of a table


def build_traffic_tables(of: TrafficReport, *, whole: bool = False) -> Report:
    """Return traffic as tables: what was read, $ by destination, flows, talkers, alternatives."""
    t, most = of.traffic, None if whole else MOST
    counted = t.counted
    parts: list[list[Any]] = [["counted", round(counted.rows), _format_gb(t, counted.sent + counted.received)]]
    parts += [
        [f"not counted: {e.reason}", e.rows, "?" if e.bytes is None else _format_gb(t, e.bytes)] for e in t.excluded
    ]
    parts.append(["read", t.rows_read, _format_gb(t, t.bytes_read)])
    span = (
        f"{format_timestamp(t.period.start)} to {format_timestamp(t.period.end)}"
        if t.period.start is not None
        else "time unknown"
    )
    out = Report([Table("parts", f"{t.format}, {span}", ["Part", "Rows", "GB"], parts)])
    if t.sums:
        out.add(_build_destination_table(of, most))
        out.add(_build_flow_table(of, most))
    if t.talkers:
        out.add(_build_talker_table(of, most))
    if t.by:
        values = sorted(t.by.items(), key=lambda e: -e[1][1])[:most]
        rows = [[v, r, _format_gb(t, n)] for v, (r, n) in values]
        out.add(Table("by_field", "By the requested field", ["Value", "Rows", "GB"], rows))
    if taken := find_free_traffic(of):
        names = ["VPC", "Service", "GB a month", "Saves a month"]
        lines = [
            [
                f.vpc or UNNAMED,
                f.service,
                _format_monthly_gb(t, f.sums.sent + f.sums.received),
                round_to_cents(f.monthly),
            ]
            for f in taken
        ]
        title = "Traffic that free gateway endpoints would take from NAT gateways"
        out.add(Table("gateway_endpoints", title, names, lines[:most]))
    if of.comparison is not None:
        compared = build_comparison_tables(of.comparison, of.today)
        title = "The same traffic in a month through each architecture, hours included"
        out.add(compared["architectures"]._replace(title=title))
        out += compared.exclude("architectures", "assumed")
    out.add(Table("about", "", ["About", ""], _build_about_rows(of)))
    return out


def _build_destination_table(of: TrafficReport, most: int | None) -> Table:
    t = of.traffic
    lines = [
        [
            name,
            _format_gb(t, s.sent),
            _format_gb(t, s.received),
            _format_monthly_gb(t, s.sent + s.received),
            "?" if cost is None else round_to_cents(cost),
        ]
        for name, (s, cost) in list(of.sum_by_service().items())[:most]
    ]
    title = (
        f"By destination: {round_to_cents(of.total):,} {of.currency} a month, without the hours"
        if of.costs
        else "By destination"
    )
    return Table("by_destination", title, ["To", "GB sent", "GB received", "GB a month", "A month"], lines)


def _build_flow_table(of: TrafficReport, most: int | None) -> Table:
    t = of.traffic
    order = sorted(t.sums.items(), key=lambda f: -(f[1].sent + f[1].received))
    lines = []
    for k, s in order[:most]:
        cost = of.costs.get(k)
        place = [k.vpc or UNNAMED, k.zone, f"{k.hop} {k.via}".strip(), format_service_name(k), k.certainty]
        lines.append(
            [*place, _format_gb(t, s.sent), _format_gb(t, s.received), "?" if cost is None else round_to_cents(cost)]
        )
    names = ["VPC", "Zone", "Through", "To", "Known", "GB sent", "GB received", "A month"]
    return Table("flows", "Flows", names, lines)


def _build_talker_table(of: TrafficReport, most: int | None) -> Table:
    t = of.traffic
    lines = [
        [
            c.address,
            c.interface,
            c.vpc or UNNAMED,
            c.hop,
            SOME_WORDS if c.service == SOME_SERVICE else c.service,
            _format_gb(t, s.sent),
            _format_gb(t, s.received),
        ]
        for c, s in of.rank_talkers()[:most]
    ]
    names = ["Address", "Interface", "VPC", "Through", "To", "GB sent", "GB received"]
    return Table("talkers", "Top talkers", names, lines)


def _build_about_rows(of: TrafficReport) -> list[list[Any]]:
    t = of.traffic
    out: list[list[Any]] = [["AWS's address ranges of", t.ip_ranges]]
    if t.scale is not None:
        error = "" if t.period.error is None else f", ± {t.period.error:.0%}"
        out.append(
            ["A month is", f"{t.scale:,.4g} times the {t.covered:,.4g} hours covered: {t.period.confidence}{error}"]
        )
    if of.comparison is not None:
        out += build_price_date_rows(of.comparison.demand.on, of.comparison.price_dates)
        out += [[f"Assumed: {k}", v] for k, v in build_assumption_rows(of.comparison.assumptions)]
    return out


def _format_gb(t: Traffic, number: float) -> Any:
    gb = t.to_gigabytes(number)
    return "?" if gb is None else Decimal(f"{gb:.6g}")


def _format_monthly_gb(t: Traffic, number: float) -> Any:
    gb = t.scale_to_month(number)
    return "?" if gb is None else Decimal(f"{gb:.6g}")
