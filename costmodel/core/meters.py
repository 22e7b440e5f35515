"""What AWS counts and charges: a meter, its AWS service, its unit, its rule, and AWS's page that has the rule."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from costmodel.core.table import Codes, Table

UNITS = (
    "Hours",
    "GB",
    "Requests",
    "Connections",
    "Queries",
    "LCU-Hours",
    "Months",
    "Gbps-Hours",
    "Analyses",
    "Assessments",
)


@dataclass(frozen=True)
class BilledService:
    """An AWS service, as bills name it.

    Attributes:
        code: AWS's service code on a Cost and Usage Report.
        name: FOCUS's ServiceName.
        category: FOCUS's ServiceCategory.
        subcategory: FOCUS's ServiceSubcategory, one that FOCUS lists under the category.
    """

    code: str
    name: str
    category: str
    subcategory: str


@dataclass(frozen=True, eq=False)
class Meter:
    """One thing AWS counts.

    Attributes:
        id: its name in the price table.
        title: what a bill calls the charge.
        service: the AWS service that charges it.
        usage_type: the end of AWS's usage type, after the Region's prefix; None where it is not known.
        operation: AWS's operation, where several meters have one usage type.
        unit: what one is: Hours, GB, Requests …
        rule: how the quantity is counted, in one sentence.
        url: where AWS says so.
        owner: the column of the owner of a pool, which adds up quantities: ``payer``; ``account``; ``organization``,
            which is the payer too, but includes every account of a file that names no payer; or ``firewall``.
        everywhere: whether one pool covers all Regions of a partition, at the price of its global row.
        charged: the column of the account that pays, which may be another one than the pool's owner.
        at: the column of the location whose price applies.
        to: the column of the other Region, where the price is of a pair of Regions.
        once: whether one charge covers a pool, for any number of resources: the quantity is that of the largest.
        includes: (meter, n): each unit of that meter in the same pool includes n units of this one.
        covered: what a bill calls the quantity that an allowance or another meter covers.
        allowance: the price row of a free quantity that the payer shares over all pools of this meter.
    """

    id: str
    title: str
    service: BilledService
    usage_type: str | None
    unit: str
    rule: str
    url: str
    operation: str | None = None
    owner: str = "payer"
    charged: str = "account"
    everywhere: bool = False
    at: str = "location"
    to: str | None = None
    once: bool = False
    includes: tuple[Meter, int] | None = None
    covered: str = "free allowance"
    allowance: str | None = None

    @property
    def pool(self) -> tuple[str, str]:
        """The part of a pool's key that the meter decides: its id, and the column of the pool's owner."""
        return self.id, self.owner

    def get_owners(self, table: Table) -> Codes:
        """Return (rows,) the owner of the pool of each row; the payer, where a table has no organizations."""
        name = self.owner if self.owner != "organization" or self.owner in table else "payer"
        owners: Codes = getattr(table, name)
        return owners

    def with_region_pair(self, at: str, to: str) -> Meter:
        """Return this meter for a pair of Regions, with the columns of the sender and of the receiver."""
        return replace(self, at=at, to=to)
