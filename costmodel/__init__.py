"""What private connectivity on AWS costs, which architecture costs least, and why."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from costmodel.actual_bills.reading.load import read_bill as read_bill
    from costmodel.actual_bills.reconcile import reconcile as reconcile
    from costmodel.comparison.breakeven import breakeven as breakeven
    from costmodel.comparison.options import compare as compare
    from costmodel.core.tiers import Tiers as Tiers
    from costmodel.demand.reading.load import read_demand as read_demand
    from costmodel.flow_logs.reading.load import read_flows as read_flows
    from costmodel.network.bill import Bill as Bill
    from costmodel.network.bill import price as price
    from costmodel.network.reading.account import read_account as read_account
    from costmodel.network.reading.load import read_network as read_network
    from costmodel.network.usage import meter as meter
    from costmodel.optimizer.optimize import optimize as optimize
    from costmodel.pricing.reading.price_tables import load_prices as load_prices

__version__ = "0.1.0"

_WHERE = {
    "Bill": "costmodel.network.bill",
    "Tiers": "costmodel.core.tiers",
    "breakeven": "costmodel.comparison.breakeven",
    "compare": "costmodel.comparison.options",
    "load_prices": "costmodel.pricing.reading.price_tables",
    "meter": "costmodel.network.usage",
    "optimize": "costmodel.optimizer.optimize",
    "price": "costmodel.network.bill",
    "read_account": "costmodel.network.reading.account",
    "read_bill": "costmodel.actual_bills.reading.load",
    "read_demand": "costmodel.demand.reading.load",
    "read_flows": "costmodel.flow_logs.reading.load",
    "read_network": "costmodel.network.reading.load",
    "reconcile": "costmodel.actual_bills.reconcile",
}

__all__ = [
    "Bill",
    "Tiers",
    "breakeven",
    "compare",
    "load_prices",
    "meter",
    "optimize",
    "price",
    "read_account",
    "read_bill",
    "read_demand",
    "read_flows",
    "read_network",
    "reconcile",
]


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used, so that a command pays only for what it needs (PEP 562)."""
    if name not in _WHERE:
        message = f"module 'costmodel' has no attribute {name!r}"
        raise AttributeError(message)
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    """List the public names."""
    return [*__all__, "__version__"]
