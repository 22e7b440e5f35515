"""What a bill does not know, and between which amounts its total lies."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, TypeAlias

from costmodel.core.decimals import to_decimal, with_exact_decimals
from costmodel.core.errors import Remedy, format_short_list
from costmodel.core.open_items import EXISTENCE, PRICE, QUANTITY, OpenItem
from costmodel.network.network import build_upper_network, find_column_meters
from costmodel.network.pools import price_pools
from costmodel.network.priced_usage import PricedUsage
from costmodel.network.usage import meter

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from costmodel.network.network import Network, Unknown

_ZERO = Decimal(0)
_LISTED_RESOURCES = 3
_MeterOfResource: TypeAlias = tuple[str, str, str]
"""A resource's kind and name, and the id of one of its meters."""


@dataclass(frozen=True)
class Openness:
    """What is open about a bill.

    Attributes:
        items: the open items, in the order of the source.
        at_least: currency → the least that the whole can cost a month, not rounded.
        at_most: currency → the most that it can cost a month; None where one of the items is not bounded.
    """

    items: tuple[OpenItem, ...]
    at_least: dict[str, Decimal]
    at_most: dict[str, Decimal] | None


def find_open_items(bill: PricedUsage) -> Openness:
    """Return what is open about a bill, with bounds of each item and of the total.

    A bound of an item is what its resource costs through it, at the least and at the most that the item can be. A
    quantity counts with its least in the bill itself, so the bill's total is the lower bound. The upper bound is the
    total of the same network with every quantity at its most: costs never fall as a quantity rises.
    """
    unknown = bill.usage.network.unknown
    upper = _price_upper_network(bill) if unknown else bill
    items = [*_list_unknown_quantities(bill, upper), *_list_missing_prices(bill, upper), *_list_left_out(bill)]
    is_bounded = all(item.at_most is not None for item in items)
    return Openness(tuple(items), bill.totals, upper.totals if is_bounded else None)


def _price_upper_network(bill: PricedUsage) -> PricedUsage:
    usage = meter(build_upper_network(bill.usage.network), exact=bill.usage.exact)
    return PricedUsage(usage, bill.book, bill.on, price_pools(usage, bill.book, bill.on, partial=True))


# ---------------------------------------------------------------- quantities
def _list_unknown_quantities(bill: PricedUsage, upper: PricedUsage) -> Iterator[OpenItem]:
    """Yield an item per unknown quantity, which counts the quantities that follow it too."""
    network = bill.usage.network
    priceless = {u.meter for u in upper.unpriced if u.quantity is not None}
    meters = _list_meters_of_unknowns(network)
    unbounded = {key for u in network.unknown if u.most is None for key in meters[_identify(u)]}
    wanted = {(u.kind.kind, u.name) for u in network.unknown}
    least, most = _sum_meters(bill, wanted), _sum_meters(upper, wanted)
    for u in {_identify(u): u for u in network.unknown if not u.follows}.values():
        keys = meters[_identify(u)]
        # In a pool with tiers, the share of one resource can fall as the others grow.
        costs = [sum((sums.get(key, _ZERO) for key in keys), _ZERO) for sums in (least, most)]
        is_bounded = not any(key in unbounded or key[2] in priceless for key in keys)
        yield OpenItem(
            EXISTENCE if u.existence else QUANTITY,
            f"existence of {u.kind.kind}" if u.existence else f"{u.column} of {u.kind.kind}",
            u.name,
            f"{u.reason[0].upper()}{u.reason[1:]}.",
            u.remedy,
            min(costs),
            max(costs) if is_bounded else None,
            bill.book.get_location(u.location).currency,
        )


def _identify(u: Unknown) -> tuple[str, str, str]:
    """Return the kind, the name and the column of an unknown quantity, or of the one that it follows."""
    return u.kind.kind, u.name, u.follows or u.column


def _list_meters_of_unknowns(network: Network) -> dict[tuple[str, str, str], list[_MeterOfResource]]:
    """Return unknown quantity → the meters of its resource that it, or a quantity that follows it, is counted by."""
    meters: dict[tuple[str, str, str], dict[_MeterOfResource, None]] = {}
    for u in network.unknown:
        found = find_column_meters(u.kind, u.column, network.assumptions)
        meters.setdefault(_identify(u), {}).update(dict.fromkeys((u.kind.kind, u.name, m.id) for m in found))
    return {key: list(found) for key, found in meters.items()}


@with_exact_decimals
def _sum_meters(bill: PricedUsage, wanted: set[tuple[str, str]]) -> dict[_MeterOfResource, Decimal]:
    """Return what each of the wanted resources, (kind, name), costs by meter."""
    costs: dict[_MeterOfResource, Decimal] = {}
    for block, row_costs in bill.compute_resource_costs():
        kind = block.kind.kind
        for name, cost in zip(block.table.name, row_costs, strict=True):
            if (kind, str(name)) in wanted:
                key = (kind, str(name), block.meter.id)
                costs[key] = costs.get(key, _ZERO) + to_decimal(cost)
    return costs


# ---------------------------------------------------------------- prices and types
def _list_missing_prices(bill: PricedUsage, upper: PricedUsage) -> Iterator[OpenItem]:
    """Yield an item per meter and Region that has no price."""
    known = {(u.meter, u.region): u for u in upper.unpriced if u.quantity is not None}
    known |= {(u.meter, u.region): u for u in bill.unpriced if u.quantity is not None}
    users = _list_meter_users(upper, set(known))
    for (meter_id, region), u in known.items():
        yield OpenItem(
            PRICE,
            f"price of {meter_id} in {region}",
            format_short_list(users.get((meter_id, region), [region]), _LISTED_RESOURCES),
            u.what,
            u.remedy,
            _ZERO,
            None,
        )


def _list_meter_users(bill: PricedUsage, wanted: set[tuple[str, str]]) -> dict[tuple[str, str], list[str]]:
    """Return the names of the resources that use each of the wanted meters, (meter, Region)."""
    users: dict[tuple[str, str], dict[str, None]] = {}
    for block in bill.usage.blocks:
        regions = [bill.book.get_region_and_zone(label)[0] for label in block.at.labels]
        if not any((block.meter.id, region) in wanted for region in regions):
            continue
        for name, code, quantity in zip(block.table.name, block.at.codes, block.quantity, strict=True):
            key = (block.meter.id, regions[code])
            if key in wanted and quantity:
                users.setdefault(key, {})[str(name)] = None
    return {key: list(names) for key, names in users.items()}


def _list_left_out(bill: PricedUsage) -> Iterable[OpenItem]:
    """Return an item per resource that is not priced here."""
    return [
        OpenItem(entry.kind, entry.type, entry.name, f"{entry.why[0].upper()}{entry.why[1:]}.",
                 Remedy.from_text(entry.remedy) if entry.remedy else None, _ZERO)
        for entry in bill.usage.network.left_out
    ]  # fmt: skip
