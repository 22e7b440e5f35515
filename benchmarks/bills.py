"""A bill of 50 million rows, against the same two answers by hand in DuckDB, against pandas, and against reading text."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import duckdb
import ibis.backends.duckdb  # noqa: F401 - imports apart
import pandas as pd

from benchmarks.timing import Result, faster, in_turns, within
from costmodel.actual_bills.reading.load import read_bill

ROWS = 50_000_000
PANDAS = 5_000_000
TEXT = 3_000_000
HOURS = 744
GIB = 1 << 30

_MAKE = """
with kind(n, usage_type, operation, product) as (values
  (0, 'NatGateway-Hours', 'NatGateway', 'AmazonEC2'), (1, 'NatGateway-Bytes', 'NatGateway', 'AmazonEC2'),
  (2, 'USE1-VpcEndpoint-Hours', 'VpcEndpoint', 'AmazonVPC'), (3, 'USE1-VpcEndpoint-Bytes', 'VpcEndpoint', 'AmazonVPC'),
  (4, 'EUC1-VpcEndpoint-Hours', 'VpcEndpoint', 'AmazonVPC'), (5, 'EUC1-NatGateway-Bytes', 'NatGateway', 'AmazonEC2'),
  (6, 'DataTransfer-Out-Bytes', 'RunInstances', 'AmazonEC2'), (7, 'DataTransfer-Regional-Bytes', 'InterZone-In', 'AmazonEC2'),
  (8, 'USE1-TransitGateway-Bytes', 'TransitGatewayVPC', 'AmazonVPC'), (9, 'USE1-PublicIPv4:InUseAddress', '', 'AmazonVPC')),
item as (
  select i, coalesce(k.usage_type, ['BoxUsage:m5.', 'EBS:VolumeUsage.gp', 'EUC1-Requests-Tier', 'Lambda-GB-Second-'][1 + i % 4] || (i * 7919) % 120)
    usage_type, coalesce(k.operation, 'Op' || i % 7) operation,
    coalesce(k.product, ['AmazonEC2', 'AmazonEC2', 'AmazonS3', 'AWSLambda'][1 + i % 4]) product,
    (100000000000 + (i // 337) % 200)::varchar account
  from range($items) r(i) left join kind k on i % 4 = 0 and k.n = (i // 4) % 10)
select '123456789012' bill_payer_account_id, timestamp '2026-10-01' bill_billing_period_start_date,
  timestamp '2026-11-01' bill_billing_period_end_date, account line_item_usage_account_id,
  case when i % 5003 = 3 then 'Tax' when (i + h) % 997 = 0 and i % 4 = 0 then 'EdpDiscount' else 'Usage' end line_item_line_item_type,
  timestamp '2026-10-01' + to_hours(h::int) line_item_usage_start_date, timestamp '2026-10-01' + to_hours(h::int + 1) line_item_usage_end_date,
  product line_item_product_code, usage_type line_item_usage_type, operation line_item_operation,
  case when usage_type like 'EUC1%' then 'eu-central-1' else 'us-east-1' end product_region_code,
  case when i % 3 = 0 then 'us-east-1a' else '' end line_item_availability_zone,
  'arn:aws:ec2:us-east-1:' || account || ':thing/' || lpad(((i * 48271) % 1000003)::varchar, 17, '0') line_item_resource_id,
  (i * 7919 + h * 104729) % 1000003 / 1e5 line_item_usage_amount, 'USD' line_item_currency_code, 0.045 line_item_unblended_rate,
  (i * 104729 + h * 7919) % 1000003 / 1e6 line_item_unblended_cost, 0.045 line_item_blended_rate,
  (i * 104729 + h * 7919) % 1000003 / 1e6 line_item_blended_cost, '$0.045 per ' || usage_type line_item_line_item_description,
  'Hrs' pricing_unit, (i * 1299709 + h) % 1000003 / 1e6 pricing_public_on_demand_cost
from range($hours) t(h) cross join item limit $rows
"""

_WORDS = ("NatGateway", "VpcEndpoint", "DataTransfer", "TransitGateway", "PublicIPv4")
_HAND = """
select line_item_usage_start_date::date as day, bill_payer_account_id, line_item_usage_account_id, product_region_code,
  line_item_product_code, line_item_usage_type, line_item_operation, line_item_line_item_type, sum(line_item_usage_amount),
  sum(line_item_unblended_cost), sum(pricing_public_on_demand_cost), count(*) from read_parquet($path) where {where} group by all
"""
_LEAST = """
select line_item_usage_start_date::date as day, product_region_code, line_item_usage_type, sum(line_item_usage_amount),
  sum(line_item_unblended_cost) from read_parquet($path) where {where} group by all
"""
_REST = """
select line_item_usage_type, line_item_product_code, line_item_line_item_type, count(*), sum(line_item_unblended_cost)
from read_parquet($path) group by all
"""
_USED = (
    "bill_payer_account_id", "bill_billing_period_start_date", "line_item_usage_account_id", "product_region_code",
    "line_item_product_code", "line_item_usage_type", "line_item_operation", "line_item_line_item_type",
    "line_item_currency_code", "line_item_usage_start_date", "line_item_resource_id", "line_item_usage_amount",
    "line_item_unblended_cost", "pricing_public_on_demand_cost",
)  # fmt: skip


def results() -> list[Result]:
    """Return the figures; both sides have found the same cost."""
    with tempfile.TemporaryDirectory(prefix="costmodel-bench-") as folder:
        return _results(Path(folder))


def _results(folder: Path) -> list[Result]:
    con = duckdb.connect(config={"memory_limit": "640MB", "temp_directory": str(folder)})
    con.execute("set preserve_insertion_order = false")
    large, part, text = folder / "large.parquet", folder / "part.parquet", folder / "text.csv.gz"
    _make(large, ROWS, "parquet")
    _make(part, PANDAS, "parquet")
    _make(text, TEXT, "csv, compression gzip")
    where = " or ".join(f"contains(line_item_usage_type, '{w}')" for w in _WORDS)

    def hand() -> float:
        con.execute(_REST, {"path": str(large)}).fetchall()
        rows = con.execute(_HAND.format(where=where), {"path": str(large)}).fetchnumpy()
        kept = rows["line_item_line_item_type"] != "Tax"
        return float(rows["sum(line_item_unblended_cost)"][kept].sum())

    def least() -> object:
        return con.execute(_LEAST.format(where=where), {"path": str(large)}).fetchnumpy()

    def ours(path: Path, *, resources: bool = False) -> Any:
        return read_bill(path, resources=resources)

    _same(ours(large).cost.network.cost, hand())
    _same(ours(part).cost.network.cost, _pandas(part))
    summary = in_turns(lambda: ours(large), hand, 5)
    alone = in_turns(least, least, 3)[0]
    note = (
        f"{alone:.1f} s for day, Region and usage type alone; peak memory {_memory(large) / GIB:.2f} GiB with resources"
    )
    first = within(f"Bill, {ROWS:,} rows of parquet: network by day and account", summary, 1.3, "DuckDB by hand", note)
    pandas = in_turns(lambda: ours(part), lambda: _pandas(part), 3)
    merely = _merely(con, text)
    reading = in_turns(lambda: ours(text, resources=True), lambda: con.execute(merely).fetchall(), 5)
    return [
        first._replace(held=first.held and _memory(large) < GIB),
        faster(f"Bill, the {PANDAS:,} rows that pandas can hold", pandas, 5.0, "pandas"),
        within(f"Bill, {TEXT:,} rows of CSV.gz, all there is", reading, 1.3, "DuckDB merely reading the columns used"),
    ]


def _make(path: Path, rows: int, format_: str) -> None:
    con = duckdb.connect(config={"temp_directory": str(path.parent)})
    con.execute("set preserve_insertion_order = false")
    values = {"items": ROWS // HOURS + 1, "hours": HOURS, "rows": rows}
    con.execute(f"create table bill as {_MAKE}" if rows < ROWS else "select 1", values if rows < ROWS else None)
    if rows < ROWS:
        con.execute(f"copy bill to '{path}' (format {format_})")
    else:
        query = _MAKE
        for name, value in values.items():
            query = query.replace(f"${name}", str(value))
        con.execute(f"copy ({query}) to '{path}' (format {format_})")


def _pandas(path: Path) -> float:
    """Return the same summary by pandas."""
    frame = pd.read_parquet(path, columns=[c for c in _USED if c != "line_item_resource_id"])
    frame = frame[
        frame["line_item_usage_type"].str.contains("|".join(_WORDS)) & (frame["line_item_line_item_type"] != "Tax")
    ]
    frame["day"] = frame["line_item_usage_start_date"].dt.date
    keys = ["day", *(c for c in _USED[:9] if c != "line_item_usage_start_date")]
    return float(frame.groupby(keys)[list(_USED[11:])].sum()["line_item_unblended_cost"].sum())


def _merely(con: Any, path: Path) -> str:
    """Return the query that reads the columns that ours uses, and does nothing with them."""
    names = [r[0] for r in con.execute("describe select * from read_csv($path)", {"path": str(path)}).fetchall()]
    kinds = {n: "DOUBLE" if n in _USED[11:] else "VARCHAR" for n in names}
    options = f"header = true, auto_detect = false, columns = {kinds}, compression = 'gzip'"
    return f"select {', '.join(f'max({n})' for n in _USED)} from read_csv('{path}', {options})"


def _memory(path: Path) -> float:
    """Return the peak memory of a process that reads it, resources and all."""
    peak = "next(l for l in open('/proc/self/status') if l.startswith('VmHWM')).split()[1]"  # of this program alone
    code = f"import costmodel as cm; cm.read_bill({str(path)!r}); print({peak})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - ours
    return float(done.stdout) * 1024


def _same(one: float, other: float) -> None:
    assert abs(one - other) <= 1e-9 * abs(other), (one, other)
