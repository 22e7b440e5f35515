"""What flow logs show, for people and for programs: flows, talkers, costs, alternatives."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.comparison.options import add_todays_option, price_architectures
from costmodel.core.certainty import SURE
from costmodel.core.decimals import round_to_cents
from costmodel.flow_logs.billed import NAT_GATEWAY, REGIONAL, SOME_SERVICE, Client, Key, Sum
from costmodel.flow_logs.traffic import format_timestamp
from costmodel.network.bill import price
from costmodel.network.usage import meter
from costmodel.reporting.text import format_plain_number

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from costmodel.comparison.options import Comparison, Option
    from costmodel.demand.demand import Demand
    from costmodel.flow_logs.interfaces import Interface
    from costmodel.flow_logs.traffic import Traffic
    from costmodel.network.bill import Bill
    from costmodel.network.network import Network
    from costmodel.pricing.book import PriceBook

MOST = 20  # lines of a table for people
_PLACES = 12  # of GB: a byte is more than the tenth
SOME_WORDS = "some AWS service"


@dataclass
class TrafficReport:
    """What flow logs show with what was made of it.

    Attributes:
        traffic: what they show.
        costs: flow → what it costs a month, without the hours of what it goes through; flows of unknown cost lack.
        currency: of the costs; "" where they are of several, or of none.
        demand: the demand that it implies; None where it implies none.
        demand_notes: what that leaves out, or why there is none.
        comparison: every architecture of that demand.
        today: what is built today, where it is known.
        gateways: the services that gateway endpoints take from NAT gateways.
    """

    traffic: Traffic
    costs: dict[Key, Decimal]
    currency: str = ""
    demand: Mapping[str, Any] | None = None
    demand_notes: list[str] = field(default_factory=list)
    comparison: Comparison | None = None
    today: Option | None = None
    gateways: Collection[str] = ()

    @property
    def freed(self) -> Decimal:
        """What gateway endpoints would save a month, all together."""
        return sum((one.monthly for one in find_free_traffic(self)), Decimal(0))

    @property
    def total(self) -> Decimal:
        """What all flows of known cost cost a month."""
        return sum(self.costs.values(), Decimal(0))

    def sum_by_service(self) -> dict[str, tuple[Sum, Decimal | None]]:
        """Return sums and cost of each service, most expensive first; no cost where any of its flows' is unknown."""
        sums: dict[str, Sum] = defaultdict(Sum)
        costs: dict[str, Decimal | None] = {}
        for key, one in self.traffic.sums.items():
            name = format_service_name(key)
            sums[name].add(one.rows, sent=one.sent, received=one.received, crossing=one.crossing)
            known, cost = costs.get(name, Decimal(0)), self.costs.get(key)
            costs[name] = None if known is None or cost is None else known + cost
        order = sorted(sums, key=lambda n: (-(costs[n] or Decimal(0)), -(sums[n].sent + sums[n].received)))
        return {name: (sums[name], costs[name]) for name in order}

    def rank_talkers(self) -> list[tuple[Client, Sum]]:
        """Return who talks, most bytes first."""
        return sorted(self.traffic.talkers.items(), key=lambda t: -(t[1].sent + t[1].received))


def build_traffic_report(
    traffic: Traffic,
    network: tuple[Network | None, Mapping[str, Key]],
    demanded: tuple[Mapping[str, Any] | None, Demand | None, list[str]],
    book: PriceBook,
    *,
    gateways: Collection[str],
) -> TrafficReport:
    """Price traffic, and hold the architectures against it.

    Args:
        traffic: what flow logs show.
        network: what its flows put on what, and the flow of each resource by its name.
        demanded: the demand that it implies, as a file's mapping and read, and notes.
        book: the prices.
        gateways: the services that gateway endpoints take from NAT gateways.
    """
    resources, names = network
    bill = price(meter(resources), book, partial=True) if resources is not None else None
    costs, currency = (
        compute_flow_costs(bill, names) if bill is not None else (dict.fromkeys(names.values(), Decimal(0)), "")
    )
    made, demand, notes = demanded
    out = TrafficReport(traffic, costs, currency, made, notes, gateways=gateways)
    if demand is not None:
        out.comparison, out.today = add_todays_option(price_architectures(demand, book), book)
        found = (o.bill.currency for o in out.comparison if o.bill and len(o.bill.totals) == 1)
        out.currency = currency or next(found, "")
    return out


class Free(NamedTuple):
    """What a gateway endpoint would take from NAT gateways for nothing, of a VPC and service, and what it costs now.

    Attributes:
        vpc, service: of the endpoint.
        sums: bytes, of the time covered.
        monthly: what NAT gateways charge for them in a month, crossing zones included.
    """

    vpc: str
    service: str
    sums: Sum
    monthly: Decimal


def find_free_traffic(of: TrafficReport) -> list[Free]:
    """Return NAT gateway traffic to services that have a gateway endpoint in its Region, most expensive first."""
    found: dict[tuple[str, str], tuple[Sum, Decimal]] = {}
    for key, one in of.traffic.sums.items():
        away = key.region and key.region != of.traffic.regions.get(key.vpc)
        if key.hop in (NAT_GATEWAY, REGIONAL) and key.service in of.gateways and not away and key in of.costs:
            sums, cost = found.get((key.vpc, key.service), (Sum(), Decimal(0)))
            sums.add(one.rows, sent=one.sent, received=one.received, crossing=one.crossing)
            found[key.vpc, key.service] = sums, cost + of.costs[key]
    order = sorted(found.items(), key=lambda f: -f[1][1])
    return [Free(vpc, service, sums, cost) for (vpc, service), (sums, cost) in order]


def compute_flow_costs(bill: Bill, names: Mapping[str, Key]) -> tuple[dict[Key, Decimal], str]:
    """Return what each flow costs, by a bill whose resources are named like the flows; and its currency."""
    frame = bill.frame
    sums: dict[str, Decimal] = defaultdict(Decimal)
    unknown = set()
    for name, cost in zip(frame["ResourceId"], frame["ContractedCost"], strict=True):
        if cost is None or cost != cost:  # noqa: PLR0124 - NaN is unpriced
            unknown.add(str(name))
        else:
            sums[str(name)] += Decimal(str(cost))
    known = {key: sums.get(name, Decimal(0)) for name, key in names.items() if name not in unknown}
    currencies = sorted(bill.totals)
    return known, currencies[0] if len(currencies) == 1 else ""


def format_service_name(key: Key) -> str:
    """Return what people call a flow's service."""
    name = SOME_WORDS if key.service == SOME_SERVICE else key.service.replace("vpc:", "VPC ")
    if key.label:
        name += f" ({key.label})"
    return f"{name} in {key.region}" if key.region else name


# ---------------------------------------------------------------- programs
def _build_finding_json(of: TrafficReport, number: int, one: Free) -> dict[str, Any]:
    return {
        "id": f"gateway-endpoint-{number + 1}",
        "title": f"A gateway endpoint for {one.service} is free, and takes this traffic from NAT gateways",
        "resource": one.vpc or None,
        "service": one.service,
        "monthly": f"{round_to_cents(one.monthly):f}",
        "confidence": SURE,
        "monthly_gb": _format_number(of.traffic.scale_to_month(one.sums.sent + one.sums.received)),
        "next": "Create it, and associate it with the route tables of the private subnets.",
    }


def _build_interface_json(interface: Interface) -> dict[str, Any]:
    return {
        "id": interface.id,
        "kind": interface.kind,
        "vpc": interface.vpc or None,
        "zone": interface.zone or None,
        "gateway": interface.gateway or None,
        "guessed": interface.guessed,
    }


def build_traffic_json(of: TrafficReport) -> dict[str, Any]:
    """Return what ``flows --format json`` prints: GB and money are decimal strings, of a month where so named."""
    t = of.traffic
    counted = t.counted
    return {
        "format": t.format,
        "files": t.files,
        "period": {
            "start": format_timestamp(t.period.start),
            "end": format_timestamp(t.period.end),
            "hours": _format_number(t.covered),
        },
        "bytes": {
            "read": t.bytes_read if t.sized else None,
            "counted": round(counted.sent + counted.received) if t.sized else None,
            "excluded": [e._asdict() for e in t.excluded],
        },
        "rows": {"read": t.rows_read, "counted": round(counted.rows)},
        "flows": [_build_flow_json(of, key, sums) for key, sums in t.sums.items()],
        "talkers": [_build_talker_json(of, client, sums) for client, sums in of.rank_talkers()],
        "scale": {
            "factor": _format_number(t.scale),
            "hours": _format_number(t.hours),
            "covered_hours": _format_number(t.covered),
            "confidence": t.period.confidence if t.scale is not None else None,
            "error": t.period.error,
        },
        "total": None if len(of.costs) < len(t.sums) else f"{round_to_cents(of.total):f}",
        "total_priced": f"{round_to_cents(of.total):f}",
        "currency": of.currency or None,
        "alternatives": _build_alternatives_json(of),
        "findings": [_build_finding_json(of, n, one) for n, one in enumerate(find_free_traffic(of))],
        "demand": of.demand,
        "by": {value: {"rows": rows, "bytes": number} for value, (rows, number) in t.by.items()},
        "ip_ranges": t.ip_ranges,
        "interfaces": [_build_interface_json(interface) for interface in t.interfaces if interface.observed],
        "fields": list(t.others),
        "lost": [{"file": one.file, "rows": one.rows, "why": one.why} for one in t.lost],
        "notes": [*t.notes, *of.demand_notes],
    }


def _build_flow_json(of: TrafficReport, key: Key, sums: Sum) -> dict[str, Any]:
    t = of.traffic
    cost = of.costs.get(key)
    return {
        "vpc": key.vpc or None,
        "zone": key.zone or None,
        "hop": key.hop,
        "via": key.via or None,
        "service": key.service,
        "service_region": key.region or None,
        "label": key.label or None,
        "certainty": key.certainty,
        "rows": round(sums.rows),
        "bytes_sent": round(sums.sent) if t.sized else None,
        "bytes_received": round(sums.received) if t.sized else None,
        "gb_sent": _format_number(t.to_gigabytes(sums.sent)),
        "gb_received": _format_number(t.to_gigabytes(sums.received)),
        "gb_cross_zone": _format_number(t.to_gigabytes(sums.crossing)),
        "monthly": None if cost is None else f"{round(cost, _PLACES):f}",
        "monthly_gb_sent": _format_number(t.scale_to_month(sums.sent)),
        "monthly_gb_received": _format_number(t.scale_to_month(sums.received)),
    }


def _build_talker_json(of: TrafficReport, client: Client, sums: Sum) -> dict[str, Any]:
    t = of.traffic
    return {
        "address": client.address,
        "interface": client.interface or None,
        "vpc": client.vpc or None,
        "hop": client.hop,
        "service": client.service or None,
        "gb_sent": _format_number(t.to_gigabytes(sums.sent)),
        "gb_received": _format_number(t.to_gigabytes(sums.received)),
    }


def _build_alternatives_json(of: TrafficReport) -> list[dict[str, Any]]:
    if of.comparison is None:
        return []
    today = of.today.total if of.today else None
    return [
        {
            "name": o.name,
            "total": None if o.total is None else f"{round_to_cents(o.total):f}",
            "difference": None
            if o.total is None or today is None
            else f"{round_to_cents(o.total) - round_to_cents(today):f}",
            "feasible": o.feasible,
            "why_not": [rule for rule, _, _ in o.why_not],
        }
        for o in of.comparison.ranked
    ]


def _format_number(value: float | None) -> str | None:
    return None if value is None else format_plain_number(round(Decimal(repr(float(value))), _PLACES))
