"""The live account: networks of ours built on moto's server come back; denial, throttling and pages survive."""

from __future__ import annotations

import json
import logging
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.actual_bills.live_waste import find_waste
from costmodel.cli import main
from costmodel.core.errors import CostmodelError, InputError
from costmodel.flow_logs.reading.inventory import read_inventory
from costmodel.network.live_resource import Seen
from costmodel.network.reading.account import assemble_account, build_iam_policy, read_account
from costmodel.network.reading.account.asking import Asked
from costmodel.network.reading.account.calls import CALLS, OF_BALANCERS
from tests.support.live import HELD, Cloud

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

boto3 = pytest.importorskip("boto3")
server = pytest.importorskip("moto.server")
REGION = "eu-west-1"
PLAIN = {"InterfaceEndpoint": {"zones": 2}, "NatGateway": {"public_ips": 1}, "GatewayLoadBalancer": {"zones": 2},
         "ResolverEndpoint": {"ips": 2}, "TransitGatewayAttachment": {"attachment": "vpc"}}  # fmt: skip

LACKS = {
    "consumers of endpoint services",
    "reserved capacity of load balancers",
    "Direct Connect virtual interfaces",
    "Route 53 Profiles",
    "associations of Route 53 Profiles",
}
"""What moto does not answer."""

pytestmark = pytest.mark.xdist_group("moto")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    logging.getLogger("werkzeug").setLevel(logging.CRITICAL)
    one = server.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    one.start()
    host, port = one.get_host_and_port()
    yield f"http://{host}:{port}"
    one.stop()


@pytest.fixture
def cloud(url: str, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    """An account that is empty but two VPCs; every client of this test asks moto's server."""
    import requests

    for name, value in {"AWS_ENDPOINT_URL": url, "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "b",
                        "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_MAX_ATTEMPTS": "3",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    return fresh(url, requests)


def fresh(url: str, requests: Any) -> Cloud:
    requests.post(f"{url}/moto-api/reset", timeout=60)
    session = boto3.Session(region_name=REGION)
    ec2 = session.client("ec2")
    for vpc in ec2.describe_vpcs()["Vpcs"]:  # the default one, with its subnets
        for subnet in ec2.describe_subnets(Filters=[{"Name": "vpc-id", "Values": [vpc["VpcId"]]}])["Subnets"]:
            ec2.delete_subnet(SubnetId=subnet["SubnetId"])
        ec2.delete_vpc(VpcId=vpc["VpcId"])
    return Cloud(session.client, REGION)


def answered(told: Any) -> dict[str, Any]:
    """Return the JSON of an answer, past what moto's server prints into the same stream."""
    out: dict[str, Any] = json.loads(told.stdout[told.stdout.index("{\n") :])
    return out


def kinds(entries: list[dict[str, Any]]) -> Counter[tuple[Any, ...]]:
    """Count entries by kind and what they are charged by."""
    keys = ("kind", "zones", "public_ips", "ips", "attachment")
    return Counter(tuple(e.get(k) for k in keys) for e in entries)


ENTRIES = st.lists(
    st.sampled_from(HELD).flatmap(
        lambda kind: st.fixed_dictionaries({
            "kind": st.just(kind),
            **({"zones": st.integers(1, 3)} if kind in ("InterfaceEndpoint", "GatewayLoadBalancer") else {}),
            **({"public_ips": st.integers(0, 1)} if kind == "NatGateway" else {}),
            **({"ips": st.integers(2, 4)} if kind == "ResolverEndpoint" else {}),
            **({"attachment": st.just("vpc")} if kind == "TransitGatewayAttachment" else {}),
        })
    ),
    max_size=8,
)  # fmt: skip


@settings(
    max_examples=6, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck)
)
@given(entries=ENTRIES)
def test_a_network_built_on_moto_is_that_network_again(entries: list[dict[str, Any]], cloud: Cloud, url: str) -> None:
    import requests

    cloud = fresh(url, requests)
    names = [cloud.make(e) for e in entries]
    read = read_account(regions=[REGION], days=0)
    assert {u.what for u in read.unread} <= LACKS, read.unread
    assert kinds(read.estate.entries) == kinds(entries)
    assert {e["name"] for e in read.estate.entries} == set(names)
    made = cm.read_network({"resources": [{**e, "region": REGION} for e in entries]} if entries else {"resources": []})
    book = cm.load_prices()
    ours = cm.price(cm.meter(made, exact=True), book, partial=True)
    theirs = cm.price(cm.meter(read.network, exact=True), book, partial=True)
    assert theirs.total == ours.total


def test_a_kind_of_each_is_written_as_files_that_can_be_read(cloud: Cloud, tmp_path: Path) -> None:
    for kind in HELD:
        cloud.make({"kind": kind, **PLAIN.get(kind, {})})
    network, demand, inventory = tmp_path / "network.yaml", tmp_path / "demand.yaml", tmp_path / "inventory.json"
    told = CliRunner().invoke(main, ["account", "--region", REGION, "--network", str(network), "--demand", str(demand),
                                     "--inventory", str(inventory), "--format", "json"])  # fmt: skip
    assert told.exit_code == 1, told.output  # moto lacks three of the calls
    answer = answered(told)
    assert any("Route 53 Profiles" in line for line in answer["unread"])
    assert answer["accounts"] == ["123456789012"]
    again = cm.price(cm.meter(cm.read_network(network), exact=True), cm.load_prices(), partial=True)
    assert f"{again.totals['USD']:.2f}" == answer["total"]
    written = yaml.safe_load(demand.read_text())
    reached = {f["to"] for f in written["flows"]}
    assert "internet" in reached
    assert reached & {"s3", "dynamodb"}
    assert cm.read_demand(demand).name
    known = read_inventory([inventory])
    nats = [e["name"] for e in answer["network"]["resources"] if e["kind"] == "NatGateway"]
    assert {i.gateway for i in known.interfaces.values() if i.type == "nat_gateway"} == set(nats)
    assert set(known.zones.values()) == {f"euw1-az{n}" for n in (1, 2, 3)}


def test_metrics_are_scaled_to_a_month_by_direction(cloud: Cloud) -> None:
    nat = cloud.make({"kind": "NatGateway", "public_ips": 1})
    endpoint = cloud.make({"kind": "InterfaceEndpoint", "zones": 2})
    attachment = cloud.make({"kind": "TransitGatewayAttachment", "attachment": "vpc"})
    client = boto3.client("cloudwatch", region_name=REGION)
    today = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0)
    gb = 2**30

    def put(space: str, name: str, dimension: str, id_: str, value: float, days: int) -> None:
        for day in range(1, days + 1):
            client.put_metric_data(Namespace=space, MetricData=[{
                "MetricName": name, "Dimensions": [{"Name": dimension, "Value": id_}],
                "Timestamp": today - timedelta(days=day), "Value": value}])  # fmt: skip

    put("AWS/NATGateway", "BytesInFromSource", "NatGatewayId", nat, 3 * gb, 10)
    put("AWS/NATGateway", "BytesInFromDestination", "NatGatewayId", nat, 30 * gb, 10)
    put("AWS/PrivateLinkEndpoints", "BytesProcessed", "VPC Endpoint Id", endpoint, 0.0, 10)
    put("AWS/TransitGateway", "BytesIn", "TransitGatewayAttachment", attachment, 7 * gb, 4)
    read = read_account(regions=[REGION], days=14)
    by = {e["name"]: e for e in read.estate.entries}
    # CloudWatch has data of days with traffic only: 10 of the 14 days, and 4 of them.
    assert by[nat]["gb_processed"] == pytest.approx(33 * 10 / 14 * 730 / 24)
    assert by[attachment]["gb_sent"] == pytest.approx(7 * 4 / 14 * 730 / 24)
    assert read.demand is not None
    flow = next(f for f in read.demand["flows"] if f["to"] == "internet")
    assert (flow["gb_sent"], flow["gb_received"]) == pytest.approx((3 * 730 / 24 * 10 / 14, 30 * 730 / 24 * 10 / 14))
    told = CliRunner().invoke(main, ["account", "--region", REGION, "--format", "json"])
    found = {f["id"].rsplit("-", 1)[0]: f for f in answered(told)["findings"]}
    assert found["endpoint-no-traffic"]["resource"] == endpoint
    assert float(found["endpoint-no-traffic"]["monthly"]) == pytest.approx(2 * 730 * 0.011)
    assert found["nat-gateway-no-route"]["resource"] == nat
    assert found["gateway-endpoint-missing"]["confidence"] == "low"
    assert float(found["gateway-endpoint-missing"]["monthly"]) == pytest.approx(33 * 10 / 14 * 730 / 24 * 0.048)


def test_what_has_no_data_in_the_days_asked_is_idle(cloud: Cloud) -> None:
    """It exists since before those days, and CloudWatch could be read: no data means no traffic."""
    from costmodel.network.reading.account.seen import collect_seen_resources

    endpoint = cloud.make({"kind": "InterfaceEndpoint", "zones": 2})
    nat = cloud.make({"kind": "NatGateway", "public_ips": 1})
    later = datetime.now(UTC) + timedelta(days=30)
    seen = {one.id: one for one in collect_seen_resources(read_account(regions=[REGION], days=14, until=later))}
    assert (seen[endpoint].bytes, seen[endpoint].days) == (0, pytest.approx(14))
    assert (seen[nat].bytes, seen[nat].days) == (0, pytest.approx(14))
    young = {one.id: one for one in collect_seen_resources(read_account(regions=[REGION], days=14))}
    assert young[endpoint].bytes is None  # it did not exist on the days that were asked for


def test_what_cloudwatch_does_not_show_is_not_0_gb(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    from botocore.exceptions import ClientError

    cloud.make({"kind": "NatGateway", "public_ips": 1})
    original = boto3.Session.client

    def client(self: Any, service: str, *args: Any, **more: Any) -> Any:
        made = original(self, service, *args, **more)
        if service == "cloudwatch":
            made.meta.events.register("before-call.*.*", _deny)
        return made

    def _deny(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "ListMetrics")

    assert any(flow["to"] == "internet" for flow in (read_account(regions=[REGION]).demand or {})["flows"])
    monkeypatch.setattr(boto3.Session, "client", client)
    read = read_account(regions=[REGION])
    assert read.demand is not None
    assert not read.demand["flows"]
    assert any("are not known: these flows are left out" in note for note in read.demand_notes)


def test_exactly_the_calls_of_the_policy_are_made(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every request that leaves is recorded as the action that IAM would check."""
    made: set[str] = set()
    names = {c.service: c.action.partition(":")[0] for c in CALLS}
    original = boto3.Session.client

    def client(self: Any, service: str, *args: Any, **more: Any) -> Any:
        out = original(self, service, *args, **more)
        out.meta.events.register(
            "before-call.*.*", lambda model, **_: made.add(f"{names.get(service, service)}:{model.name}")
        )
        return out

    cloud.make({"kind": "NatGateway", "public_ips": 1})
    cloud.make({"kind": "NetworkLoadBalancer"})
    boto3.client("cloudwatch", region_name=REGION).put_metric_data(
        Namespace="AWS/NATGateway", MetricData=[{"MetricName": "BytesInFromSource", "Value": 1.0, "Dimensions": [
            {"Name": "NatGatewayId", "Value": "nat-1"}]}])  # fmt: skip
    monkeypatch.setattr(boto3.Session, "client", client)
    read_account()
    assert made == set(build_iam_policy()["Statement"][0]["Action"])
    boto3.client("organizations", region_name="us-east-1").create_organization(FeatureSet="ALL")
    other = boto3.client("organizations", region_name="us-east-1").create_account(
        AccountName="b", Email="b@example.com"
    )
    made.clear()
    read = read_account(regions=[REGION], role="reader", organization=True)
    assert made | {"ec2:DescribeRegions"} == set(build_iam_policy(organization=True)["Statement"][0]["Action"])
    assert other["CreateAccountStatus"]["AccountId"] in read.accounts
    assert not [a for a in made if not a.partition(":")[2].startswith(("Describe", "List", "Get", "AssumeRole"))]


def test_the_policy_is_printed() -> None:
    told = CliRunner().invoke(main, ["account", "--iam-policy"])
    assert told.exit_code == 0
    assert json.loads(told.stdout) == build_iam_policy()
    more = CliRunner().invoke(main, ["account", "--iam-policy", "--organization"])
    assert "sts:AssumeRole" in json.loads(more.stdout)["Statement"][0]["Action"]


def test_pages_are_followed(cloud: Cloud) -> None:
    """moto hands out pages of what it lists only if asked: so are 25 endpoints, ten at a time."""
    import costmodel.network.reading.account.asking as module

    for _ in range(25):
        cloud.make({"kind": "GatewayEndpoint"})
    session = boto3.Session(region_name=REGION)
    call = next(c for c in CALLS if c.operation == "describe_vpc_endpoints")
    found, why = module.fetch_all_pages(session.client("ec2"), call, PaginationConfig={"PageSize": 10})
    assert not why
    assert len(found) == 25
    assert len({r["VpcEndpointId"] for r in found}) == 25


def refused(
    monkeypatch: pytest.MonkeyPatch, action: str, status: int, code: str, most: float = float("inf")
) -> Counter[str]:
    """Let AWS refuse an action of EC2, always or so many times; count how often it did."""
    from botocore.awsrequest import AWSResponse

    original, times = boto3.Session.client, Counter[str]()
    text = f"<Response><Errors><Error><Code>{code}</Code><Message>No.</Message></Error></Errors></Response>"

    class Raw:
        def stream(self, **_: Any) -> Any:
            yield text.encode()

    def refuse(request: Any, **_: Any) -> Any:
        body = request.body if isinstance(request.body, str) else (request.body or b"").decode()
        if f"Action={action}&" not in f"{body}&" or times[action] >= most:
            return None
        times[action] += 1
        return AWSResponse(request.url, status, {"Content-Type": "text/xml"}, Raw())

    def client(self: Any, service: str, *args: Any, **more: Any) -> Any:
        out = original(self, service, *args, **more)
        out.meta.events.register("before-send.ec2.*", refuse)
        return out

    monkeypatch.setattr(boto3.Session, "client", client)
    return times


def test_what_is_denied_is_listed_and_the_rest_is_read(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    nat = cloud.make({"kind": "NatGateway", "public_ips": 1})
    cloud.make({"kind": "InterfaceEndpoint", "zones": 1})
    refused(monkeypatch, "DescribeVpcEndpoints", 403, "UnauthorizedOperation")
    read = read_account(regions=[REGION], days=0)
    assert [e["name"] for e in read.estate.entries] == [nat]
    why = [u.why for u in read.unread if u.what == "VPC endpoints"]
    assert why == ["UnauthorizedOperation: No."]
    assert any("VPC endpoints of 123456789012 in eu-west-1: UnauthorizedOperation" in note for note in read.notes)
    told = CliRunner().invoke(main, ["account", "--region", REGION, "--days", "0"])
    assert told.exit_code == 1
    assert "Not read: VPC endpoints" in told.stderr


def test_throttling_is_waited_out(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    nat = cloud.make({"kind": "NatGateway", "public_ips": 1})
    times = refused(monkeypatch, "DescribeNatGateways", 503, "RequestLimitExceeded", most=2)
    read = read_account(regions=[REGION], days=0)
    assert times["DescribeNatGateways"] == 2
    assert [e["name"] for e in read.estate.entries] == [nat]
    assert "NAT gateways" not in {u.what for u in read.unread}


def test_who_asks_must_be_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "nothing"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(CostmodelError, match="aws sts get-caller-identity"):
        read_account(regions=[REGION])
    with pytest.raises(InputError, match="list-profiles"):
        read_account("nobody", [REGION])
    with pytest.raises(InputError, match="--role"):
        read_account(organization=True)


def test_a_region_must_be_one(cloud: Cloud) -> None:
    del cloud
    with pytest.raises(InputError, match="Unknown Region 'mars-1'"):
        read_account(regions=["mars-1"])


RECORDED: dict[str, list[dict[str, Any]]] = {
    "describe_vpcs": [{"VpcId": "vpc-1", "CidrBlock": "10.0.0.0/16", "OwnerId": "111111111111",
                       "Tags": [{"Key": "Name", "Value": "app"}]}],
    "describe_subnets": [{"SubnetId": f"subnet-{n}", "VpcId": "vpc-1", "AvailabilityZoneId": f"euw1-az{n}"} for n in (1, 2)],
    "describe_vpc_endpoints": [
        {"VpcEndpointId": "vpce-1", "VpcEndpointType": "Interface", "VpcId": "vpc-1", "State": "pendingAcceptance",
         "ServiceName": "com.amazonaws.vpce.eu-west-1.vpce-svc-1", "SubnetIds": ["subnet-1"], "OwnerId": "111111111111"},
        {"VpcEndpointId": "vpce-2", "VpcEndpointType": "GatewayLoadBalancer", "VpcId": "vpc-1", "State": "available",
         "ServiceName": "com.amazonaws.vpce.eu-west-1.vpce-svc-2", "SubnetIds": ["subnet-1", "subnet-2"]},
        {"VpcEndpointId": "vpce-3", "VpcEndpointType": "ServiceNetwork", "VpcId": "vpc-1", "State": "available",
         "ServiceNetworkArn": "arn:aws:vpc-lattice:eu-west-1:1:servicenetwork/sn-1", "SubnetIds": ["subnet-1"]},
        {"VpcEndpointId": "vpce-4", "VpcEndpointType": "Resource", "VpcId": "vpc-1", "State": "available",
         "ResourceConfigurationArn": "arn:aws:vpc-lattice:eu-west-1:1:resourceconfiguration/rcfg-1",
         "SubnetIds": ["subnet-1", "subnet-2"]},
        {"VpcEndpointId": "vpce-5", "VpcEndpointType": "Interface", "VpcId": "vpc-1", "State": "available",
         "ServiceName": "com.amazonaws.us-east-1.kms", "ServiceRegion": "us-east-1", "SubnetIds": ["subnet-1"]},
        {"VpcEndpointId": "vpce-6", "VpcEndpointType": "Tunnel", "VpcId": "vpc-1", "State": "available"},
        {"VpcEndpointId": "vpce-7", "VpcEndpointType": "Interface", "VpcId": "vpc-1", "State": "deleted"},
        {"VpcEndpointId": "vpce-8", "VpcEndpointType": "Interface", "OwnerId": "222222222222", "State": "available"},
    ],
    "describe_nat_gateways": [
        {"NatGatewayId": "nat-1", "AvailabilityMode": "regional", "VpcId": "vpc-1", "State": "available",
         "NatGatewayAddresses": [{"AvailabilityZoneId": "euw1-az1", "AllocationId": "eipalloc-1"},
                                 {"AvailabilityZoneId": "euw1-az2", "AllocationId": "eipalloc-2"}]},
        {"NatGatewayId": "nat-2", "State": "deleted"},
    ],
    "describe_addresses": [{"AllocationId": f"eipalloc-{n}", "PublicIp": f"203.0.113.{n}"} for n in (1, 2, 3)],
    "describe_network_interfaces": [
        {"NetworkInterfaceId": "eni-1", "Description": "ELB net/front/1", "InterfaceType": "network_load_balancer",
         "OwnerId": "111111111111", "Association": {"PublicIp": "203.0.113.8", "IpOwnerId": "amazon-elb"}},
        {"NetworkInterfaceId": "eni-2", "OwnerId": "111111111111",
         "Association": {"PublicIp": "203.0.113.9", "IpOwnerId": "amazon"}},
    ],
    "describe_load_balancers": [{"LoadBalancerArn": "arn:lb/net/front", "Type": "network", "Scheme": "internet-facing",
                                 "AvailabilityZones": [{"SubnetId": "subnet-1"}, {"SubnetId": "subnet-2"}]}],
    "describe_load_balancer_attributes arn:lb/net/front": [
        {"Key": "load_balancing.cross_zone.enabled", "Value": "true"}],
    "describe_capacity_reservation arn:lb/net/front": [{"CapacityUnits": 5500}],
    "describe_transit_gateway_attachments": [
        {"TransitGatewayAttachmentId": f"tgw-attach-{n}", "TransitGatewayId": "tgw-1", "ResourceType": type_,
         "ResourceId": "vpc-1", "ResourceOwnerId": owner, "State": "available"}
        for n, (type_, owner) in enumerate([("vpc", "111111111111"), ("vpc", "222222222222"), ("connect", "111111111111"),
                                            ("peering", "111111111111"), ("direct-connect-gateway", "111111111111"),
                                            ("vpn", "111111111111"), ("client-vpn", "111111111111"),
                                            ("network-function", "111111111111"), ("vpn-concentrator", "111111111111")])
    ],
    "describe_vpn_connections": [{"VpnConnectionId": "vpn-1", "TransitGatewayId": "tgw-1", "State": "available"},
                                 {"VpnConnectionId": "vpn-2", "State": "available", "TransitGatewayId": "tgw-1",
                                  "Options": {"TunnelBandwidth": "large", "OutsideIpAddressType": "PrivateIpv4"}}],
    "describe_connections": [{"connectionId": "dxcon-1", "bandwidth": "10Gbps", "connectionState": "available"},
                             {"connectionId": "dxcon-2", "bandwidth": "10Gbps", "connectionState": "available",
                              "billingMode": "FlatRateTier2"}],
    "describe_virtual_interfaces": [{"virtualInterfaceId": "dxvif-1", "siteLinkEnabled": True},
                                    {"virtualInterfaceId": "dxvif-2", "siteLinkEnabled": False}],
    "list_profiles": [{"Id": "rp-1", "ShareStatus": "NOT_SHARED"}, {"Id": "rp-2", "ShareStatus": "SHARED_WITH_ME"}],
    "list_profile_associations": [{"Id": "rpassoc-1"}],
    "list_services": [{"id": "svc-1"}],
    "list_service_network_resource_associations": [{"id": "snra-1"}],
}  # fmt: skip


def test_recorded_answers_of_what_moto_lacks() -> None:
    """Answers in the shapes of botocore's own models, for the kinds moto does not hold."""
    asked = Asked("111111111111", [REGION], lambda *_: None, {(REGION, k): v for k, v in RECORDED.items()})
    read = assemble_account([asked], {}, [])
    by: dict[str, list[dict[str, Any]]] = {}
    for entry in read.estate.entries:
        by.setdefault(entry["name"], []).append(
            {k: v for k, v in entry.items() if k not in ("name", "account", "region")}
        )
    assert by["vpce-1"] == [{"kind": "InterfaceEndpoint", "zones": 1}]
    assert by["vpce-2"] == [{"kind": "GatewayLoadBalancerEndpoint", "zones": 2}]
    assert by["vpce-3"] == [{"kind": "ServiceNetworkEndpoint", "zones": 1}]
    assert by["vpce-4"] == [{"kind": "ResourceEndpoint", "zones": 2}]
    assert by["vpce-5"] == [{"kind": "InterfaceEndpoint", "service_region": "us-east-1", "zones": 1}]
    assert {"vpce-6", "vpce-7", "vpce-8"}.isdisjoint(by)
    assert {one.name for one in read.estate.left_out} == {
        "vpce-6",
        "tgw-attach-6",
        "tgw-attach-7",
        "dxcon-2",
        "dxvif-1",
    }
    assert by["nat-1"] == [{"kind": "RegionalNatGateway", "zones": 2, "public_ips": 2}]
    assert by["eipalloc-3"] == [{"kind": "PublicIpv4"}]
    assert {"eipalloc-1", "eipalloc-2", "nat-2"}.isdisjoint(by)
    assert by["arn:lb/net/front"] == [{"kind": "NetworkLoadBalancer", "reserved_lcus": 5500, "gb_cross_zone": 0}]
    assert {(u.name, u.column) for u in read.estate.unknown} == {("arn:lb/net/front", "gb_cross_zone")}
    assert by["eni-1 (203.0.113.8)"] == by["eni-2 (203.0.113.9)"] == [{"kind": "PublicIpv4"}]
    attached = {n: e[0]["attachment"] for n, e in by.items() if "attachment" in e[0] and n.startswith("tgw-attach")}
    assert attached == {"tgw-attach-0": "vpc", "tgw-attach-2": "connect", "tgw-attach-3": "peering",
                        "tgw-attach-4": "direct-connect"}  # fmt: skip
    assert [e["kind"] for e in by["vpn-1"]] == ["VpnConnection", "TransitGatewayAttachment"]
    assert by["vpn-2"][0] == {"kind": "VpnConnection", "bandwidth": "large", "public_ips": 0}
    assert by["tgw-attach-8"] == [{"kind": "VpnConcentrator"}]
    assert by["dxcon-1"][0]["speed"] == "10G"
    assert {by[n][0]["kind"] for n in ("rp-1", "rpassoc-1", "svc-1", "snra-1")} == {
        "ResolverProfile", "ResolverProfileAssociation", "LatticeService", "LatticeResource"}  # fmt: skip
    assert {e["account"] for e in read.estate.entries} == {"111111111111"}
    assert cm.price(cm.meter(read.network), cm.load_prices(), partial=True).totals["USD"] > 0


def test_recorded_answers_have_the_shapes_that_botocore_knows() -> None:
    """A member that AWS does not have would be one we made up."""
    session = boto3.Session(region_name=REGION)
    calls = {c.operation: c for c in (*CALLS, *OF_BALANCERS)}

    def fits(value: Any, shape: Any, where: str) -> None:
        if shape.type_name == "list":
            for one in value:
                fits(one, shape.member, where)
        elif shape.type_name == "structure":
            for name, inner in value.items():
                assert name in shape.members, f"{where}.{name}"
                fits(inner, shape.members[name], f"{where}.{name}")

    for asked, answer in RECORDED.items():
        operation = asked.partition(" ")[0]
        call = calls[operation]
        client = session.client(call.service)
        model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[operation])
        shape = model.output_shape.members[call.key]
        fits(answer if shape.type_name == "list" else answer[0], shape, operation)


def test_findings_of_states() -> None:
    states = ["pendingAcceptance", "rejected", "failed", "expired", "available"]
    seen = [Seen(f"vpce-{n}", "1", REGION, "endpoint", type="Interface", state=s) for n, s in enumerate(states)]
    seen += [Seen("vpce-g", "1", REGION, "endpoint", type="Gateway", service="s3", routed=False, vpc="vpc-1"),
             Seen("eip-1", "1", REGION, "address", used=False), Seen("eip-2", "1", REGION, "address")]  # fmt: skip
    found = find_waste(seen, lambda name: {"hour": 8.03} if name.startswith(("vpce", "eip")) else {})
    assert {f.id.rsplit("-", 1)[0]: f.resource for f in found} == {
        "endpoint-pending": "vpce-0", "endpoint-rejected": "vpce-1", "endpoint-failed": "vpce-2",
        "endpoint-expired": "vpce-3", "gateway-endpoint-no-route": "vpce-g", "idle-address": "eip-1"}  # fmt: skip
    assert all(f.next for f in found)
