"""What CloudWatch counts: bytes through gateways, endpoints, attachments, load balancers and connections."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.network.reading.account.asking import Unread, explain_aws_error, fetch_all_pages
from costmodel.network.reading.account.calls import DATA, IDS, METRICS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from costmodel.network.reading.account.asking import Asked
    from costmodel.network.reading.account.aws_client import Answer, AwsClient, AwsResource


class MeasuredKind(NamedTuple):
    """A kind of resource that CloudWatch counts traffic of.

    Attributes:
        answer: what the answer is filed under that lists the resources.
        created: the key of its time of creation; "" where AWS does not show one.
        namespace: CloudWatch's namespace.
        dimension: the dimension that names the resource.
        metrics: the metrics: bytes, or another count of use.
        value: makes the dimension's value of a resource; None is its id.
        applies: whether CloudWatch counts a resource.
    """

    answer: str
    created: str
    namespace: str
    dimension: str
    metrics: tuple[str, ...]
    value: Callable[[Mapping[str, Any]], str] | None = None
    applies: Callable[[Mapping[str, Any]], bool] = lambda _: True

    def find_value(self, resource: Answer) -> str:
        """Return the dimension's value of a resource."""
        return str(resource.get(IDS[self.answer])) if self.value is None else self.value(resource)


def _cut_balancer_name(resource: Mapping[str, Any]) -> str:
    """Return what CloudWatch calls a load balancer: the end of its ARN, such as net/NAME/ID."""
    return str(resource.get("LoadBalancerArn")).partition("loadbalancer/")[2]


def _make_balancer_row(type_: str, namespace: str) -> MeasuredKind:
    return MeasuredKind(
        "describe_load_balancers", "CreatedTime", namespace, "LoadBalancer", ("ProcessedBytes",),
        _cut_balancer_name, lambda r: r.get("Type") == type_,
    )  # fmt: skip


MEASURED = (
    MeasuredKind(
        "describe_vpc_endpoints", "CreationTimestamp", "AWS/PrivateLinkEndpoints", "VPC Endpoint Id",
        ("BytesProcessed",), applies=lambda r: r.get("VpcEndpointType") != "Gateway",
    ),
    MeasuredKind(
        "describe_nat_gateways", "CreateTime", "AWS/NATGateway", "NatGatewayId",
        ("BytesInFromSource", "BytesInFromDestination"),
    ),
    MeasuredKind(
        "describe_transit_gateway_attachments", "CreationTime", "AWS/TransitGateway",
        "TransitGatewayAttachment", ("BytesIn",),
    ),
    _make_balancer_row("application", "AWS/ApplicationELB"),
    _make_balancer_row("network", "AWS/NetworkELB"),
    _make_balancer_row("gateway", "AWS/GatewayELB"),
    MeasuredKind(
        "describe_classic_load_balancers", "CreatedTime", "AWS/ELB", "LoadBalancerName",
        ("EstimatedProcessedBytes",),
    ),
    MeasuredKind("describe_vpn_connections", "", "AWS/VPN", "VpnId", ("TunnelDataIn", "TunnelDataOut")),
    MeasuredKind(
        "describe_client_vpn_endpoints", "CreationTime", "AWS/ClientVPN", "Endpoint",
        ("IngressBytes", "EgressBytes"),
    ),
    MeasuredKind(
        "list_resolver_endpoints", "CreationTime", "AWS/Route53Resolver", "EndpointId",
        ("InboundQueryVolume", "OutboundQueryVolume"),
    ),
    MeasuredKind(
        "list_firewalls", "", "AWS/NetworkFirewall", "FirewallName", ("ReceivedPackets",),
        lambda r: str(r.get("FirewallName")),
    ),
)  # fmt: skip
"""What CloudWatch counts, as AWS documents it:
https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html,
https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-cloudwatch-metrics.html,
https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-cloudwatch-metrics.html,
https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html,
https://docs.aws.amazon.com/vpn/latest/s2svpn/monitoring-cloudwatch-vpn.html,
https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/monitoring-resolver-with-cloudwatch.html,
https://docs.aws.amazon.com/network-firewall/latest/developerguide/monitoring-cloudwatch.html.
What enters a NAT gateway is what it processes; what enters a Transit Gateway is what an attachment is billed."""

_AT_ONCE = 500  # metrics of one call
_DAY, _HOUR = 86_400, 3600


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

    One that existed all the time and has no data had no traffic. Of a younger one without data, and of one whose age is
    not known, nothing is known yet.
    """
    whole = _count_hours(None, span)
    for row in MEASURED:
        for r in filter(row.applies, asked.get_resources(row.answer, region)):
            created = _parse_time(r.get(row.created))
            hours = _count_hours(created, span)
            id_ = str(r.get(IDS[row.answer]))
            if id_ in out and hours > 0:
                out[id_] = out[id_]._replace(hours=hours)
            elif id_ not in out and hours == whole and row.created:
                out[id_] = Metered({}, hours)


def _parse_time(value: object) -> datetime | None:
    """Return a time of creation; some services write it as text."""
    if isinstance(value, datetime):
        return value
    try:
        parsed = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return parsed.replace(tzinfo=UTC) if parsed is not None and parsed.tzinfo is None else parsed


def _count_hours(created: datetime | None, span: tuple[datetime, datetime]) -> float:
    """Return the hours of a span in which a resource existed."""
    begin = max(span[0], created) if created is not None else span[0]
    return (span[1] - begin).total_seconds() / _HOUR


class _Found(NamedTuple):
    """A metric of a resource."""

    id: str
    name: str
    metric: AwsResource


def _list_metrics(client: AwsClient, asked: Asked, region: str, unread: list[Unread]) -> list[_Found]:
    """Return the metrics of a Region that count use.

    CloudWatch has the same bytes under several sets of dimensions, such as by subnet; the smallest set is the whole.
    Where a service has no total, such as a firewall by zone, the metrics of the smallest set add up to it.
    """
    wanted: dict[str, list[MeasuredKind]] = {}
    for row in MEASURED:
        if asked.get_resources(row.answer, region):
            wanted.setdefault(row.namespace, []).append(row)
    out: list[_Found] = []
    for namespace, rows in wanted.items():
        found, why = fetch_all_pages(client, METRICS, Namespace=namespace)
        if why:
            unread.append(Unread(asked.account, region, METRICS.of, why))
            break
        for row in rows:
            out += select_metrics(found, row, asked.get_resources(row.answer, region))
    return out


def select_metrics(found: Sequence[AwsResource], row: MeasuredKind, resources: Sequence[AwsResource]) -> list[_Found]:
    """Return the metrics of some resources, each under the smallest set of dimensions."""
    ids = {row.find_value(r): str(r.get(IDS[row.answer])) for r in resources if row.applies(r)}
    several: dict[tuple[str, str], dict[int, list[AwsResource]]] = {}
    for metric in found:
        dimensions = {d["Name"]: d["Value"] for d in metric.get("Dimensions") or ()}
        id_ = ids.get(str(dimensions.get(row.dimension)))
        if id_ is not None and metric["MetricName"] in row.metrics:
            sets = several.setdefault((id_, metric["MetricName"]), {})
            sets.setdefault(len(dimensions), []).append(metric)
    return [_Found(id_, name, metric) for (id_, name), sets in several.items() for metric in sets[min(sets)]]


def _sum_metric_data(
    client: AwsClient,
    found: Sequence[_Found],
    span: tuple[datetime, datetime],
    out: dict[str, Metered],
    asked: Asked,
    region: str,
    unread: list[Unread],
) -> None:
    """Sum the data of metrics by day into ``out``."""
    from botocore.exceptions import BotoCoreError, ClientError

    for begin in range(0, len(found), _AT_ONCE):
        part = found[begin : begin + _AT_ONCE]
        queries = [
            {"Id": f"m{n}", "ReturnData": True, "MetricStat": {"Stat": "Sum", "Period": _DAY, "Metric": {
                "Namespace": one.metric["Namespace"], "MetricName": one.name, "Dimensions": one.metric["Dimensions"]}}}
            for n, one in enumerate(part)
        ]  # fmt: skip
        try:
            pages = client.get_paginator(DATA.operation).paginate(
                MetricDataQueries=queries, StartTime=span[0], EndTime=span[1]
            )
            for page in pages:
                for result in page[DATA.key]:
                    resource, metric, _ = part[int(result["Id"][1:])]
                    hours = _count_hours(None, span)
                    one = out.setdefault(resource, Metered({}, hours))
                    one.bytes[metric] = one.bytes.get(metric, 0.0) + sum(result["Values"])
        except (ClientError, BotoCoreError) as error:
            unread.append(Unread(asked.account, region, DATA.of, explain_aws_error(error)))
            return
