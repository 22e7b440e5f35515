"""What AWS counts and sells: a meter, its unit, the sentence it is billed by and where that sentence stands."""

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
        id: the name the price table knows it by.
        title: what a bill calls the charge.
        service: the AWS service that charges it.
        usage_type: the end of AWS's usage type, after the Region's prefix; None where none is known.
        operation: AWS's operation, where it tells apart meters of one usage type.
        unit: what one is: Hours, GB, Requests …
        rule: how the quantity is counted, in one sentence.
        url: where AWS says so.
        owner: whose quantities pool: the payer's, one account's, the organization's, which is the payer too, but holds
            every account of a file whose payer nobody names, or one firewall's.
        everywhere: pool over all Regions of a partition, priced by its one global row.
        charged: the column that holds the account that pays, whosever pool it is.
        at: the column that holds the location whose price applies.
        to: the column that holds the other Region of a pair, if the price is a pair's.
        once: charged once a pool, whatever the number of resources and their count: the longest one counts.
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
        """What tells its pools from other meters': its name, and whose quantities they add up."""
        return self.id, self.owner

    def get_owners(self, table: Table) -> Codes:
        """Return whose pool each row of a table belongs to; a table without organizations has its payers."""
        name = self.owner if self.owner != "organization" or self.owner in table else "payer"
        return getattr(table, name)  # type: ignore[no-any-return]

    def with_region_pair(self, at: str, to: str) -> Meter:
        """Return this meter for a pair of Regions: the columns that hold the sender and the receiver."""
        return replace(self, at=at, to=to)
