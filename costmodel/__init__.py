"""What private connectivity on AWS costs, which architecture costs least, and why."""

from __future__ import annotations

import sys
from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from costmodel.bill import Bill as Bill
    from costmodel.bill import meter as meter
    from costmodel.bill import price as price
    from costmodel.compare import breakeven as breakeven
    from costmodel.compare import compare as compare
    from costmodel.ingest.account import read_account as read_account
    from costmodel.ingest.bills import read_bill as read_bill
    from costmodel.ingest.demand import read_demand as read_demand
    from costmodel.ingest.flows import read_flows as read_flows
    from costmodel.ingest.network import read_network as read_network
    from costmodel.ingest.prices import load_prices as load_prices
    from costmodel.optimize import optimize as optimize
    from costmodel.reconcile import reconcile as reconcile
    from costmodel.tiers import Tiers as Tiers

__version__ = "0.1.0"

_WHERE = {
    "Bill": "costmodel.bill",
    "Tiers": "costmodel.tiers",
    "breakeven": "costmodel.compare",
    "compare": "costmodel.compare",
    "load_prices": "costmodel.ingest.prices",
    "meter": "costmodel.bill",
    "optimize": "costmodel.optimize",
    "price": "costmodel.bill",
    "read_account": "costmodel.ingest.account",
    "read_bill": "costmodel.ingest.bills",
    "read_demand": "costmodel.ingest.demand",
    "read_flows": "costmodel.ingest.flows",
    "read_network": "costmodel.ingest.network",
    "reconcile": "costmodel.reconcile",
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


class _Package(ModuleType):
    """Keeps ``cm.compare`` the function, although importing the module of that name would put the module there."""

    def __setattr__(self, name: str, value: object) -> None:
        """Set an attribute, unless a submodule would hide a public name."""
        if not (name in _WHERE and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
