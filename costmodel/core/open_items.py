"""Open items: what an answer does not know, and how far each of them can move a total."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from costmodel.core.decimals import round_to_cents

if TYPE_CHECKING:
    from decimal import Decimal

    from costmodel.core.errors import Remedy

QUANTITY, EXISTENCE, PRICE, REGION, TYPE = KINDS = ("quantity", "existence", "price", "region", "type")
"""The kinds of open items: an unknown quantity, a resource that may not exist, a missing price, an unknown Region, and
a resource type that is not priced."""


@dataclass(frozen=True)
class OpenItem:
    """Something that decides a cost and is not known, not decided or not priced.

    Attributes:
        kind: one of :data:`KINDS`.
        what: what is open, such as "zones of an InterfaceEndpoint".
        where: the resource, the path or the Region that it is about.
        why: why it is open, as a sentence.
        remedy: what to do about it; None if nothing can be done.
        at_least: what it costs a month at least, in ``currency``; None where no bound is known.
        at_most: what it costs a month at most; None where it is not bounded.
        currency: the currency of the bounds.
    """

    kind: str
    what: str
    where: str
    why: str
    remedy: Remedy | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    currency: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return the item as JSON: money a month as decimal strings, rounded to cents, or null."""
        return {
            "kind": self.kind,
            "what": self.what,
            "where": self.where,
            "why": self.why,
            "remedy": self.remedy.cli if self.remedy else None,
            "at_least": _format_amount(self.at_least),
            "at_most": _format_amount(self.at_most),
        }


def _format_amount(amount: Decimal | None) -> str | None:
    return None if amount is None else f"{round_to_cents(amount):f}"
