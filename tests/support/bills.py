"""Writes bills as AWS writes them, from resources and their quantities: rows by day, tiers filled row by row.

The tiers are walked here with fractions, apart from the code under test, and usage types are put together from the price
table's own column.
"""

from __future__ import annotations

import csv
import gzip
import io
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

with Path("data/pricing/regions.csv").open(encoding="utf-8", newline="") as _file:
    PREFIXES = {r["location"]: r["usage_type_prefix"] for r in csv.DictReader(_file)}

# meter → usage type without prefix, service code, operation, whether us-east-1 has a prefix; as AWS's bills have them
METERS = {
    "interface_endpoint_hour": ("VpcEndpoint-Hours", "AmazonVPC", "VpcEndpoint", True),
    "interface_endpoint_gb": ("VpcEndpoint-Bytes", "AmazonVPC", "VpcEndpoint", True),
    "gwlb_endpoint_hour": ("VpcEndpoint-GWLBE-Hours", "AmazonVPC", "VpcEndpoint", True),
    "gwlb_endpoint_gb": ("VpcEndpoint-GWLBE-Bytes", "AmazonVPC", "VpcEndpoint", True),
    "nat_gateway_hour": ("NatGateway-Hours", "AmazonEC2", "NatGateway", False),
    "nat_gateway_gb": ("NatGateway-Bytes", "AmazonEC2", "NatGateway", False),
    "tgw_vpc_attachment_hour": ("TransitGateway-Hours", "AmazonVPC", "TransitGatewayVPC", True),
    "tgw_vpn_attachment_hour": ("TransitGateway-Hours", "AmazonVPC", "TransitGatewayVPN", True),
    "tgw_vpc_gb": ("TransitGateway-Bytes", "AmazonVPC", "TransitGatewayVPC", True),
    "public_ipv4_in_use_hour": ("PublicIPv4:InUseAddress", "AmazonVPC", "", True),
    "public_ipv4_idle_hour": ("PublicIPv4:IdleAddress", "AmazonVPC", "", True),
    "site_to_site_vpn_hour": ("VPN-Usage-Hours:ipsec.1", "AmazonVPC", "CreateVpnConnection", True),
    "nlb_hour": ("LoadBalancerUsage", "AWSELB", "LoadBalancing:Network", False),
    "cross_az_gb_each_direction": ("DataTransfer-Regional-Bytes", "AmazonEC2", "InterZone-In", False),
    "internet_out_gb": ("DataTransfer-Out-Bytes", "AmazonEC2", "RunInstances", False),
}


@dataclass(frozen=True)
class Used:
    """What one resource used of a meter on one day."""

    account: str
    region: str
    meter: str
    resource: str
    day: date
    quantity: Fraction


@dataclass(frozen=True)
class Row:
    """A row of a bill."""

    line_type: str
    used: Used | None
    usage_type: str
    service: str
    operation: str
    quantity: Fraction
    cost: Fraction
    list: Fraction


def usage_type(meter, region):
    suffix, service, operation, prefixed = METERS[meter]
    prefix = "" if region == "us-east-1" and not prefixed else f"{PREFIXES[region]}-"
    return prefix + suffix, service, operation


def rows(uses, schedule, *, discount=Fraction(0), by_lines=False):
    """Bill uses in the order of their days: each fills the pool's tiers where the one before it left them.

    ``schedule(meter, region)`` is [(start, price)]. A discount lowers each row's cost, or stands in rows of its own.
    """
    filled = {}
    out = []
    for used in sorted(uses, key=lambda u: (u.day, u.resource, u.meter)):
        kind, service, operation = usage_type(used.meter, used.region)
        tiers = schedule(used.meter, used.region)
        pool = (used.region, used.meter)
        start = filled.get(pool, Fraction(0))
        end = filled[pool] = start + used.quantity
        for k, (low, price) in enumerate(tiers):
            high = tiers[k + 1][0] if k + 1 < len(tiers) else None
            part = (end if high is None else min(end, high)) - max(start, low)
            if part <= 0:
                continue
            whole = part * price
            cost = whole if by_lines else whole * (1 - discount)
            out.append(Row("Usage", used, kind, service, operation, part, cost, whole))
            if by_lines and discount:
                out.append(
                    Row("EdpDiscount", used, kind, service, operation, Fraction(0), -whole * discount, Fraction(0))
                )
    return out


def other_rows(day, cost=Fraction(5)):
    """An instance, a bucket, tax and a credit: nothing of the network's."""
    quiet = Used("111111111111", "us-east-1", "", "i-1", day, Fraction(1))
    return [
        Row("Usage", quiet, "BoxUsage:m5.large", "AmazonEC2", "RunInstances", Fraction(1), cost, cost),
        Row("Usage", quiet, "Requests-Tier1", "AmazonS3", "PutObject", Fraction(10), cost / 100, cost / 100),
        Row("Tax", None, "", "AmazonVPC", "", Fraction(1), cost / 10, Fraction(0)),
        Row("Credit", quiet, "NatGateway-Hours", "AmazonEC2", "NatGateway", Fraction(0), -cost / 20, Fraction(0)),
    ]


def number(value):
    return format(float(value), ".15g")


def _arn(used):
    kind = "natgateway" if used.meter.startswith("nat") else "vpc-endpoint"
    return f"arn:aws:ec2:{used.region}:{used.account}:{kind}/{used.resource}"


PAYER = "012345678901"


def legacy(lines, month):
    """The rows of a legacy Cost and Usage Report."""
    for n, r in enumerate(lines):
        u = r.used
        yield {
            "identity/LineItemId": f"id{n}",
            "bill/PayerAccountId": PAYER,
            "bill/BillingPeriodStartDate": f"{month}-01T00:00:00Z",
            "lineItem/UsageAccountId": u.account if u else PAYER,
            "lineItem/LineItemType": r.line_type,
            "lineItem/UsageStartDate": f"{u.day if u else f'{month}-01'}T00:00:00Z",
            "lineItem/ProductCode": r.service,
            "lineItem/UsageType": r.usage_type,
            "lineItem/Operation": r.operation,
            "lineItem/ResourceId": _arn(u) if u else "",
            "lineItem/UsageAmount": number(r.quantity),
            "lineItem/CurrencyCode": "USD",
            "lineItem/UnblendedCost": number(r.cost),
            "product/region": u.region if u else "",
            "pricing/publicOnDemandCost": number(r.list),
            "resourceTags/user:Name": 'a "quoted", name',
        }


def cur2(lines, month):
    """The rows of a CUR 2.0 export."""
    for row in legacy(lines, month):
        yield {
            "bill_payer_account_id": row["bill/PayerAccountId"],
            "bill_payer_account_name": "payer",
            "bill_billing_period_start_date": row["bill/BillingPeriodStartDate"],
            "line_item_usage_account_id": row["lineItem/UsageAccountId"],
            "line_item_line_item_type": row["lineItem/LineItemType"],
            "line_item_usage_start_date": row["lineItem/UsageStartDate"],
            "line_item_product_code": row["lineItem/ProductCode"],
            "line_item_usage_type": row["lineItem/UsageType"],
            "line_item_operation": row["lineItem/Operation"],
            "line_item_resource_id": row["lineItem/ResourceId"],
            "line_item_usage_amount": row["lineItem/UsageAmount"],
            "line_item_currency_code": "USD",
            "line_item_unblended_cost": row["lineItem/UnblendedCost"],
            "product_region_code": row["product/region"],
            "pricing_public_on_demand_cost": row["pricing/publicOnDemandCost"],
        }


_CATEGORIES = {"Tax": "Tax", "Credit": "Credit", "EdpDiscount": "Usage"}


def focus(lines, month):
    """The rows of a FOCUS 1.2 export of AWS."""
    for r in lines:
        u = r.used
        yield {
            "BilledCost": number(r.cost),
            "BillingAccountId": PAYER,
            "BillingCurrency": "USD",
            "BillingPeriodStart": f"{month}-01T00:00:00Z",
            "ChargeCategory": _CATEGORIES.get(r.line_type, "Usage"),
            "ChargeDescription": f"something of {r.usage_type}",
            "ChargePeriodStart": f"{u.day if u else f'{month}-01'}T00:00:00Z",
            "ListCost": number(r.list),
            "PricingQuantity": number(r.quantity),
            "RegionId": u.region if u else "NULL",
            "ResourceId": _arn(u) if u else "NULL",
            "ServiceName": r.service,
            "SkuMeter": r.usage_type or "NULL",
            "SubAccountId": u.account if u else PAYER,
            "x_Operation": r.operation or "NULL",
            "x_ServiceCode": r.service,
            "InvoiceId": "1",
        }


SHAPES = {"CUR": legacy, "CUR 2.0": cur2, "FOCUS 1.2": focus}


def write_csv(path, table):
    table = list(table)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(table[0]))
    writer.writeheader()
    writer.writerows(table)
    data = text.getvalue().encode()
    Path(path).write_bytes(gzip.compress(data, mtime=0) if str(path).endswith(".gz") else data)
    return path


_DATES = ("start_date", "PeriodStart", "StartDate")
_NUMBERS = (
    "usage_amount",
    "unblended_cost",
    "on_demand_cost",
    "BilledCost",
    "ListCost",
    "PricingQuantity",
    "Amount",
    "Cost",
)


def write_parquet(path, table):
    """With the types AWS's parquet has: timestamps, doubles, and nulls for what is absent. Names as Athena has them."""
    import pandas as pd

    frame = pd.DataFrame(table)
    for name in frame.columns:
        if name.lower().endswith(tuple(d.lower() for d in _DATES)):
            frame[name] = pd.to_datetime(frame[name], utc=True).dt.tz_localize(None)
        elif name.lower().replace("_", "").endswith(tuple(n.lower().replace("_", "") for n in _NUMBERS)):
            frame[name] = frame[name].astype(float)
        else:
            frame[name] = frame[name].replace({"": None, "NULL": None})
    if any("/" in n for n in frame.columns):
        from costmodel.actual_bills.reading.layout import normalize_column_name

        frame.columns = [normalize_column_name(n).replace(":", "_") for n in frame.columns]
    frame.to_parquet(path)
    return path


def days(month):
    year, number_ = map(int, month.split("-"))
    first = date(year, number_, 1)
    while first.month == number_:
        yield first
        first += timedelta(days=1)


def example(schedule):
    """The bill that ships as an example: made by these rules, nobody's; three accounts of a payer, a percentage taken off."""
    uses = []
    accounts = {"prod": "111111111111", "stage": "222222222222", "shared": "333333333333"}

    def use(account, region, resource, **meters):
        for n, day in enumerate(days("2026-10")):
            wave = Fraction(100 + (n * 7) % 31 - (40 if day.weekday() > 4 else 0), 100)
            for meter, quantity in meters.items():
                much = Fraction(quantity) * (wave if meter.endswith("_gb") or "direction" in meter else 1)
                uses.append(Used(accounts[account], region, meter, resource, day, much))

    for n, gb in enumerate((1800, 1500, 1600)):
        use(
            "prod",
            "us-east-1",
            f"nat-0prod{n}",
            nat_gateway_hour=24,
            nat_gateway_gb=gb,
            cross_az_gb_each_direction=gb / 4,
            internet_out_gb=gb / 6,
        )
        use("prod", "us-east-1", f"eipalloc-0prod{n}", public_ipv4_in_use_hour=24)
        use("stage", "us-east-1", f"nat-0stage{n}", nat_gateway_hour=24, **({"nat_gateway_gb": 40} if n == 0 else {}))
    for name, gb in {"kms": 3, "logs": 700, "ecr-dkr": 9, "secrets": 1, "sqs": 120}.items():
        use("prod", "us-east-1", f"vpce-0prod-{name}", interface_endpoint_hour=72, interface_endpoint_gb=gb)
        use(
            "stage",
            "us-east-1",
            f"vpce-0stage-{name}",
            interface_endpoint_hour=72,
            interface_endpoint_gb=Fraction(gb) / 50,
        )
    use("shared", "us-east-1", "vpce-0shared-logs", interface_endpoint_hour=72, interface_endpoint_gb=36_000)
    for name in accounts:
        use(name, "us-east-1", f"tgw-attach-0{name}", tgw_vpc_attachment_hour=24, tgw_vpc_gb=300)
    use("shared", "eu-central-1", "nat-0shared", nat_gateway_hour=24, nat_gateway_gb=90)
    use("shared", "eu-central-1", "vpn-0office", site_to_site_vpn_hour=24)
    use("shared", "eu-central-1", "eipalloc-0old", public_ipv4_idle_hour=24)
    lines = rows(uses, schedule, discount=Fraction(6, 100), by_lines=True)
    for day in days("2026-10"):
        lines += other_rows(day, Fraction(41))
    return lines
