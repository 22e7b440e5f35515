"""The columns that a bill is read by, and the dimensions that its cost is summed by: one entry for each.

Readers, queries, sums, reports, help and the dashboard loop over these entries. To add a dimension, add an entry to
``DIMENSIONS``.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BillColumn:
    """A column of words that rows of a bill are grouped by.

    Attributes:
        name: the name here, in frames and in JSON.
        cur: its names in a Cost and Usage Report, legacy or 2.0, as Athena writes them. The first that a report has
            counts.
        focus: its names in a FOCUS export, in lowercase. The first that an export has counts.
        cur_key: a map column of CUR 2.0 and the key in it, for reports that have none of the names.
        focus_key: the same for FOCUS exports.
        filled_by: names in a Cost and Usage Report whose words fill the blanks, row by row.
        missing: what a note says about an export without this column; "" if no note is needed.
    """

    name: str
    cur: tuple[str, ...] = ()
    focus: tuple[str, ...] = ()
    cur_key: tuple[str, str] | None = None
    focus_key: tuple[str, str] | None = None
    filled_by: tuple[str, ...] = ()
    missing: str = ""


@dataclass(frozen=True)
class Dimension(BillColumn):
    """A column that the network's cost is summed by.

    Attributes:
        title: the heading of its column in tables, and of its tab in the dashboard.
        derived_from: the column that the classification of a row adds, where the dimension is not read from the bill.
        daily: whether the cost of each day is split by it.
        ranked: whether tables list it, the largest cost first. Days are in the order of the calendar instead.
        per_resource: whether it is read only where the rows are summed by resource.
    """

    title: str = ""
    derived_from: str = ""
    daily: bool = False
    ranked: bool = True
    per_resource: bool = False

    @property
    def column(self) -> str:
        """The column of :attr:`costmodel.actual_bills.actual_bill.ActualBill.groups` with its words."""
        return self.derived_from or self.name


DIMENSIONS = (
    Dimension("charge", title="Charge", derived_from="meter", daily=True),
    Dimension(
        "account",
        title="Account",
        cur=("line_item_usage_account_id", "bill_payer_account_id"),
        focus=("subaccountid", "billingaccountid"),
        missing="has no accounts",
        daily=True,
    ),
    Dimension(
        "region",
        title="Region",
        cur=("product_region_code", "product_region"),
        cur_key=("product", "region"),
        focus=("regionid",),
        filled_by=("product_region", "product_from_region_code"),
        missing="has no Region column: Regions are taken from the usage types",
        daily=True,
    ),
    Dimension("day", title="Day", cur=("line_item_usage_start_date",), focus=("chargeperiodstart",), ranked=False),
    Dimension(
        "resource",
        title="Resource",
        cur=("line_item_resource_id",),
        focus=("resourceid",),
        missing="names no resources, so findings name none either: turn on resource ids (INCLUDE RESOURCES) in "
        "the export",
        per_resource=True,
    ),
)
"""What the network's cost is summed by, in the order of tables and tabs."""

COLUMNS = (
    BillColumn("payer", cur=("bill_payer_account_id",), focus=("billingaccountid",)),
    BillColumn("month", cur=("bill_billing_period_start_date",), focus=("billingperiodstart",)),
    BillColumn("to_region", cur=("product_to_region_code",)),
    BillColumn("service", cur=("line_item_product_code",), focus=("x_servicecode", "servicename")),
    BillColumn("usage_type", cur=("line_item_usage_type",), focus=("skumeter", "x_usagetype")),
    BillColumn(
        "operation",
        cur=("line_item_operation",),
        focus=("x_operation",),
        missing="has no operations: Transit Gateway attachments and load balancers cannot all be distinguished",
    ),
    BillColumn(
        "line_type",
        cur=("line_item_line_item_type",),
        focus=("chargecategory",),
        missing="has no line-item types: taxes and credits cannot be distinguished from usage",
    ),
    BillColumn("description", focus=("chargedescription",)),
    BillColumn("provider", focus=("serviceprovidername", "providername")),
    BillColumn(
        "currency",
        cur=("line_item_currency_code",),
        focus=("billingcurrency",),
        missing="names no currency: its amounts are taken as US dollars",
    ),
)
"""The other columns of words: what rows are classified by, and what a whole bill has in common."""

AMOUNTS = (
    BillColumn(
        "quantity",
        cur=("line_item_usage_amount",),
        focus=("pricingquantity", "consumedquantity"),
        missing="has no quantities, so nothing can be re-rated",
    ),
    BillColumn("cost", cur=("line_item_unblended_cost",), focus=("billedcost",)),
    BillColumn("list", cur=("pricing_public_on_demand_cost",), focus=("listcost",)),
)
"""The columns of numbers."""

SPECIAL = ("day", "resource")
"""Dimensions that are queried apart: rows are summed by day, or by resource."""

WORDS = (
    *(column.name for column in COLUMNS),
    *(d.name for d in DIMENSIONS if not d.derived_from and d.name not in SPECIAL),
)
"""The columns of words that each query groups by."""

NUMBERS = tuple(column.name for column in AMOUNTS)


def list_source_columns() -> list[BillColumn]:
    """Return the columns that are read from an export: dimensions, other words and amounts."""
    return [*AMOUNTS, *COLUMNS, *(d for d in DIMENSIONS if not d.derived_from)]


def get_dimension(name: str) -> Dimension | None:
    """Return the dimension of a name, or None."""
    return next((d for d in DIMENSIONS if d.name == name), None)
