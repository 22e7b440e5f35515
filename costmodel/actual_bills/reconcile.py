"""An estimate against the bill: where they differ, by quantity or by price."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.actual_bills.rerate import rerate
from costmodel.network.bill import price
from costmodel.network.usage import meter

if TYPE_CHECKING:
    import pandas as pd

    from costmodel.actual_bills.actual_bill import ActualBill
    from costmodel.network.network import Network
    from costmodel.pricing.book import PriceBook


def reconcile(actual: ActualBill, network: Network, book: PriceBook) -> pd.DataFrame:
    """Hold an estimate against what was billed, charge by charge.

    Args:
        actual: the bill; of several months their average.
        network: what is thought to be built.
        book: list prices.

    Returns:
        A row per meter, Region and counterpart, the largest residual first: ``estimated`` and ``billed`` quantity a
        month, ``estimate``, ``list`` and ``bill`` in currency a month, ``residual`` = bill − estimate, and its two
        parts: ``by_quantity`` = list − estimate, the quantities' doing at list prices, and ``by_price`` = bill − list.
        NaN where no price is held. The residuals sum to bill − estimate.

    Raises:
        CurrencyError: the estimate is in another currency than the bill.
    """
    import pandas as pd

    from costmodel.core.errors import CurrencyError

    estimate = price(meter(network), book, partial=True)
    if len(estimate.pools) and estimate.currency != actual.currency:
        message = f"The estimate is in {estimate.currency} and the bill in {actual.currency}: they cannot be compared."
        raise CurrencyError(message)
    months = max(1, len(actual.months))
    rows: dict[tuple[str, str, str], dict[str, float]] = {}

    def row(*key: str) -> dict[str, float]:
        names = ("estimated", "billed", "estimate", "list", "bill")
        return rows.setdefault((key[0], key[1], key[2]), dict.fromkeys(names, 0.0))

    for pool in estimate.pools:
        one = row(pool.meter.id, pool.location, pool.counterpart)
        one["estimated"] += float(sum(pool.metered))
        one["estimate"] += float(pool.compute_total())
    for u in estimate.unpriced:
        one = row(u.meter, u.region, "")
        one["estimated"] += float("nan") if u.quantity is None else float(u.quantity)
        one["estimate"] = float("nan")
    for p in rerate(actual, book).pools:
        one = row(p.meter, p.region, p.counterpart)
        one["billed"] += p.quantity / months
        one["bill"] += p.billed / months
        one["list"] += float("nan") if p.list is None else p.list / months
    unknown = actual.network[actual.network["meter"] == ""]
    for region, cost in unknown.groupby("region")["cost"].sum().items():
        one = row("", str(region), "")
        one["bill"] += float(cost) / months
        one["list"] = float("nan")
    keys = pd.DataFrame(list(rows), columns=["x_Meter", "RegionId", "x_Counterpart"])
    out = pd.concat([keys, pd.DataFrame(list(rows.values()))], axis=1)
    out["residual"] = out["bill"] - out["estimate"]
    out["by_quantity"] = out["list"] - out["estimate"]
    out["by_price"] = out["bill"] - out["list"]
    out["rank"] = out["residual"].abs().round(6)
    names = list(keys.columns)
    out = out.sort_values(["rank", *names], ascending=[False, *[True] * len(names)], na_position="first")
    return out.drop(columns="rank").reset_index(drop=True)
