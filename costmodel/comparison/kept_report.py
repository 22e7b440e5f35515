"""What stays in every plan, for people and for programs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np

from costmodel.architectures.kept import PLAN
from costmodel.comparison.report import list_network_resources
from costmodel.core.decimals import round_to_cents, to_decimal, with_exact_decimals
from costmodel.core.errors import format_short_list
from costmodel.network.report import build_unpriced_json
from costmodel.reporting.model import Report, Table
from costmodel.reporting.text import format_money, format_plain_number

if TYPE_CHECKING:
    from costmodel.architectures.kept import Kept
    from costmodel.core.table import Table as ResourceTable
    from costmodel.demand.demand import Demand
    from costmodel.reporting.model import Cell

TITLE = "Kept in every plan"


def build_kept_json(kept: Kept | None, d: Demand) -> dict[str, Any] | None:
    """Return what is kept as every answer of a demand prints it; None where nothing is.

    ``total`` is the bill of the kept resources alone, ``of`` the total of the answer, ``if_freed`` that of the cheapest
    answer with all of it free to go, ``saving`` the difference of the two; ``proven`` says whether both are the least.
    """
    if kept is None:
        return None
    return {
        "total": _format_amount(kept.total),
        "currency": kept.bill.currency if len(kept.bill.totals) == 1 else None,
        "of": _format_amount(kept.whole),
        "answer": kept.name,
        "if_freed": _format_amount(kept.if_freed),
        "answer_if_freed": kept.freed,
        "saving": _format_amount(compute_kept_saving(kept)),
        "proven": kept.proven,
        "resources": _list_resources(kept, d),
        "unpriced": build_unpriced_json(kept.bill),
    }


def compute_kept_saving(kept: Kept) -> Decimal | None:
    """Return what freeing all that is kept saves, as both totals are shown: to the cent."""
    if kept.whole is None or kept.if_freed is None:
        return None
    return round_to_cents(kept.whole) - round_to_cents(kept.if_freed)


def describe_kept(kept: Kept) -> str:
    """Return what is kept in two sentences."""
    counts: dict[str, Decimal] = {}
    for (kind, _), (count, _) in _sum_by_kind(kept).items():
        counts[kind] = counts.get(kind, Decimal(0)) + count
    some = format_short_list([f"{format_plain_number(count)} {kind}" for kind, count in counts.items()], 6)
    least = "at least " if kept.bill.unpriced else ""
    much = " and ".join(format_money(total, currency) for currency, total in kept.bill.totals.items())
    currency = next(iter(kept.bill.totals))
    of = "" if kept.whole is None or kept.total is None else f" of {format_money(kept.whole, currency)}"
    text = f"Kept in every plan: {some}; {least}{much} a month{of}."
    saves = compute_kept_saving(kept)
    if saves is None or kept.if_freed is None:
        return text
    if not saves:
        none = "Freeing it would save nothing" if kept.name == PLAN else "No architecture would be cheaper without it"
        return f"{text} {none}."
    name = kept.name if kept.freed == kept.name else f"the cheapest ({kept.freed})"
    doubt = "" if kept.proven else ", among what was searched and is priced"
    would = f"{name} would cost {format_money(kept.if_freed, currency)}: {format_money(saves, currency)} less{doubt}"
    return f"{text} If all of it could be removed, {would}."


def build_kept_tables(kept: Kept | None) -> Report:
    """Return what is kept as a table: by kind, of how much, and what freeing it would save; by currency, if several."""
    if kept is None:
        return Report()
    kinds = _sum_by_kind(kept)
    currencies = list(dict.fromkeys([*kept.bill.totals, *(currency for _, currency in kinds)]))
    if len(currencies) > 1:
        return Report([_build_currency_table(kept, currencies)])
    rows: list[list[Cell]] = [
        [f"{format_plain_number(count)} {kind}", _show_cost(kept, cost)] for (kind, _), (count, cost) in kinds.items()
    ]
    rows.append(["together", _show_cents(kept.total)])
    if kept.whole is not None:
        rows.append([f"of {kept.name}", _show_cents(kept.whole)])
    if kept.if_freed is not None:
        doubt = "" if kept.proven else ", among what was searched and is priced"
        rows.append([f"{kept.freed}, if all of it could be removed{doubt}", _show_cents(kept.if_freed)])
        rows.append(["freeing it saves", _show_cents(compute_kept_saving(kept))])
    return Report([Table("kept", TITLE, ["", f"A month, {currencies[0]}"], rows)])


def _build_currency_table(kept: Kept, currencies: list[str]) -> Table:
    """Return what is kept by kind and currency, without the totals of the answers: no sum over currencies exists."""
    rows: list[list[Cell]] = [
        [f"{format_plain_number(count)} {kind}", currency, _show_cost(kept, cost)]
        for (kind, currency), (count, cost) in _sum_by_kind(kept).items()
    ]
    totals = kept.bill.totals
    rows += [["together", currency, _show_cost(kept, totals.get(currency, Decimal(0)))] for currency in currencies]
    return Table("kept", TITLE, ["", "Currency", "A month"], rows)


def _show_cost(kept: Kept, cost: Decimal) -> Cell:
    """Return a cost to the cent; "?" where a part of what is kept has no price."""
    return "?" if kept.bill.unpriced else round_to_cents(cost)


def _format_amount(value: Decimal | None) -> str | None:
    return None if value is None else f"{round_to_cents(value):f}"


def _show_cents(value: Decimal | None) -> Cell:
    return "?" if value is None else round_to_cents(value)


@with_exact_decimals
def _compute_row_costs(kept: Kept) -> dict[int, list[Decimal]]:
    """Return what each row of each kept table costs, by the table's id."""
    costs: dict[int, Any] = {id(table): np.full(len(table), Decimal(0), dtype=object) for _, table in kept.network}
    for block, cost in kept.bill.compute_resource_costs():
        costs[id(block.table)] = costs[id(block.table)] + np.array([to_decimal(c) for c in cost], dtype=object)
    return {key: list(values) for key, values in costs.items()}


@with_exact_decimals
def _sum_by_kind(kept: Kept) -> dict[tuple[str, str], tuple[Decimal, Decimal]]:
    """Return how many of each kind are kept and what they cost, by currency, most expensive first."""
    out: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
    costs = _compute_row_costs(kept)
    for kind, table in kept.network:
        each = zip(_list_currencies(kept, table), table.count, costs[id(table)], strict=True)
        for currency, count, cost in each:
            number, sum_ = out.get((kind.kind, currency), (Decimal(0), Decimal(0)))
            out[kind.kind, currency] = (number + to_decimal(count), sum_ + cost)
    order = [*kept.bill.totals, *(currency for _, currency in out)]
    return dict(sorted(out.items(), key=lambda item: (order.index(item[0][1]), -item[1][1])))


def _list_currencies(kept: Kept, table: ResourceTable) -> list[str]:
    """Return the currency of the place that each row of a table stands in."""
    book = kept.bill.book
    return [book.get_location(str(place)).currency for place in table.location.decode_words()]


def _list_resources(kept: Kept, d: Demand) -> list[dict[str, Any]]:
    costs = _compute_row_costs(kept)
    each = [cost for _, table in kept.network for cost in costs[id(table)]]
    unknown = bool(kept.bill.unpriced)
    currencies = [currency for _, table in kept.network for currency in _list_currencies(kept, table)]
    return [
        {**row, "total": None if unknown else format_plain_number(cost), "currency": currency}
        for row, cost, currency in zip(list_network_resources(d, kept.network), each, currencies, strict=True)
    ]
