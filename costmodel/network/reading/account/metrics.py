"""What CloudWatch says of bytes: through NAT gateways, endpoints and Transit Gateway attachments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from costmodel.network.reading.account.asking import Unread, explain_aws_error, fetch_all_pages
from costmodel.network.reading.account.calls import DATA, METRICS

if TYPE_CHECKING:
    from costmodel.network.reading.account.asking import Asked
    from costmodel.network.reading.account.aws_client import AwsClient, AwsResource

_AT_ONCE = 500  # metrics of one call
_DAY = 86_400
_NAMESPACES = {
    "AWS/NATGateway": ("NatGatewayId", ("BytesInFromSource", "BytesInFromDestination")),
    "AWS/PrivateLinkEndpoints": ("VPC Endpoint Id", ("BytesProcessed",)),
    "AWS/TransitGateway": ("TransitGatewayAttachment", ("BytesIn",)),
}
"""Namespace → the dimension that names the resource, and the metrics
(https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html,
https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-cloudwatch-metrics.html,
https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-cloudwatch-metrics.html). What enters a NAT gateway is what
it processes; what enters a Transit Gateway is what an attachment is billed."""


class Metered(NamedTuple):
    """Bytes of a resource over some days, by metric; and how many hours it has data of."""

    bytes: dict[str, float]
    hours: float


def fetch_metrics(
    asked: Asked, days: int, unread: list[Unread], *, until: datetime | None = None
) -> dict[str, Metered]:
    """Return the bytes that CloudWatch has of an account's resources over the last days, by the resource's id.

    Args:
        asked: the account.
        days: how many whole days back.
        unread: takes what could not be read.
        until: the end; None is now.
    """
    end = (until or datetime.now(UTC)).replace(hour=0, minute=0, second=0, microsecond=0)  # whole days only
    start = end - timedelta(days=days)
    out: dict[str, Metered] = {}
    for region in asked.regions:
        client = asked.client("cloudwatch", region)
        found = _list_metrics(client, asked, region, unread)
        if found:
            _sum_metric_data(client, found, (start, end), out, asked, region, unread)
    return out


def _list_metrics(
    client: AwsClient, asked: Asked, region: str, unread: list[Unread]
) -> dict[tuple[str, str], AwsResource]:
    """Return the metrics of a Region that count bytes, by resource and name."""
    metrics: dict[tuple[str, str], AwsResource] = {}
    for namespace, (dimension, names) in _NAMESPACES.items():
        found, why = fetch_all_pages(client, METRICS, Namespace=namespace)
        if why:
            unread.append(Unread(asked.account, region, METRICS.of, why))
            break
        for metric in found:
            dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions") or ()}
            if metric["MetricName"] in names and dimension in dimensions and "Subnet Id" not in dimensions:
                metrics[dimensions[dimension], metric["MetricName"]] = metric
    return metrics


def _sum_metric_data(
    client: AwsClient,
    found: dict[tuple[str, str], AwsResource],
    span: tuple[datetime, datetime],
    out: dict[str, Metered],
    asked: Asked,
    region: str,
    unread: list[Unread],
) -> None:
    """Sum the data of metrics by day into ``out``."""
    from botocore.exceptions import BotoCoreError, ClientError

    keys = list(found)
    for begin in range(0, len(keys), _AT_ONCE):
        part = keys[begin : begin + _AT_ONCE]
        queries = [
            {"Id": f"m{n}", "ReturnData": True, "MetricStat": {"Stat": "Sum", "Period": _DAY, "Metric": {
                "Namespace": found[key]["Namespace"], "MetricName": key[1], "Dimensions": found[key]["Dimensions"]}}}
            for n, key in enumerate(part)
        ]  # fmt: skip
        try:
            pages = client.get_paginator(DATA.operation).paginate(
                MetricDataQueries=queries, StartTime=span[0], EndTime=span[1]
            )
            for page in pages:
                for result in page[DATA.key]:
                    resource, metric = part[int(result["Id"][1:])]
                    one = out.setdefault(resource, Metered({}, 0.0))
                    one.bytes[metric] = one.bytes.get(metric, 0.0) + sum(result["Values"])
                    hours = max(one.hours, 24.0 * len(result["Values"]))
                    out[resource] = one._replace(hours=hours)
        except (ClientError, BotoCoreError) as error:
            unread.append(Unread(asked.account, region, DATA.of, explain_aws_error(error)))
            return
