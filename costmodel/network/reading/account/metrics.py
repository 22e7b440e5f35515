"""What CloudWatch says of bytes: through NAT gateways, endpoints and Transit Gateway attachments."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

from costmodel.network.reading.account.asking import Unread, explain_aws_error, fetch_all_pages
from costmodel.network.reading.account.calls import DATA, METRICS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.network.reading.account.asking import Asked
    from costmodel.network.reading.account.aws_client import AwsClient, AwsResource

_COUNTED = (
    ("describe_vpc_endpoints", "VpcEndpointId", "CreationTimestamp"),
    ("describe_nat_gateways", "NatGatewayId", "CreateTime"),
    ("describe_transit_gateway_attachments", "TransitGatewayAttachmentId", "CreationTime"),
)
"""The resources that CloudWatch counts bytes of: the operation that lists them, their id, their time of creation."""
_AT_ONCE = 500  # metrics of one call
_DAY, _HOUR = 86_400, 3600
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
    """Bytes of a resource by metric, and the hours that they were counted in: those asked for in which it existed.

    CloudWatch has data of the minutes with traffic only: a resource without data had none.
    """

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
        if not any((one.account, one.region) == (asked.account, region) for one in list_unread_metrics(unread)):
            _set_hours(asked, region, (start, end), out)
    return out


def list_unread_metrics(unread: Sequence[Unread]) -> list[Unread]:
    """Return what could not be read of CloudWatch: there, no data does not mean no traffic."""
    return [one for one in unread if one.what in (METRICS.of, DATA.of)]


def _set_hours(asked: Asked, region: str, span: tuple[datetime, datetime], out: dict[str, Metered]) -> None:
    """Set the hours of every resource that CloudWatch counts.

    One that existed all the time and has no data had no traffic. Of a younger one without data, nothing is known yet.
    """
    whole = _count_hours(None, span)
    for operation, id_key, created_key in _COUNTED:
        for r in asked.get_resources(operation, region):
            hours = _count_hours(r.get(created_key), span)
            id_ = str(r.get(id_key))
            if id_ in out and hours > 0:
                out[id_] = out[id_]._replace(hours=hours)
            elif id_ not in out and hours == whole and r.get("VpcEndpointType") != "Gateway":
                out[id_] = Metered({}, hours)


def _count_hours(created: object, span: tuple[datetime, datetime]) -> float:
    """Return the hours of a span in which a resource existed."""
    begin = max(span[0], created) if isinstance(created, datetime) else span[0]
    return (span[1] - begin).total_seconds() / _HOUR


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
                    hours = _count_hours(None, span)
                    one = out.setdefault(resource, Metered({}, hours))
                    one.bytes[metric] = one.bytes.get(metric, 0.0) + sum(result["Values"])
        except (ClientError, BotoCoreError) as error:
            unread.append(Unread(asked.account, region, DATA.of, explain_aws_error(error)))
            return
