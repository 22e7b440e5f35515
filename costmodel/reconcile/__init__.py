"""A real bill: what it says, what it should say, what is wasted, and how far an estimate is from it."""

from __future__ import annotations

from costmodel.reconcile.actual import ActualBill
from costmodel.reconcile.compare import reconcile
from costmodel.reconcile.finding import Finding, together
from costmodel.reconcile.findings import findings
from costmodel.reconcile.rerate import Rerated, Rerating, rerate

__all__ = ["ActualBill", "Finding", "Rerated", "Rerating", "findings", "reconcile", "rerate", "together"]
