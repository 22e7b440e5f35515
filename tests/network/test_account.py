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
from costmodel.actual_bills.account_rollup import sum_account_costs
from costmodel.actual_bills.live_waste import find_waste
from costmodel.cli import main
from costmodel.core.certainty import LIKELY
from costmodel.core.errors import CostmodelError, InputError
from costmodel.flow_logs.reading.inventory import read_inventory
from costmodel.network.live_resource import Seen
from costmodel.network.reading.account import asking, assemble_account, build_iam_policy, read_account
from costmodel.network.reading.account.asking import Asked, Unread
from costmodel.network.reading.account.belonging import collect_belongings
from costmodel.network.reading.account.calls import CALLS, ITEM_CALLS, POLICY
from costmodel.network.reading.account.describe import iterate_plan_resources
from costmodel.network.reading.account.metrics import MEASURED, select_metrics
from costmodel.network.reading.account.seen import collect_seen_resources
from costmodel.network.reading.resource_types import NO_CHARGE, list_resource_types
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
    "Client VPN endpoints",
    "firewall endpoints in other VPCs",
    "Resolvers on Outposts",
    "secondary networks",
    "trust stores",
    "traffic policy records",
    "clusters of routing controls",
    "readiness checks",
    "IPAMs",
    "VPC encryption controls",
    "VPN concentrators",
    "Verified Access endpoints",
    "accelerators",
    "custom routing accelerators",
    "associations of DNS Firewall",
    "domain lists of DNS Firewall",
    "attachments of Cloud WAN",
    "peerings of Cloud WAN",
    "endpoints of VPC Route Server",
    "multicast domains",
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
        "AWS_MAX_ATTEMPTS": "1",
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


PARENTS: dict[str, list[dict[str, Any]]] = {
    "list_firewalls": [{"FirewallArn": "arn:aws:network-firewall:eu-west-1:1:firewall/f"}],
    "describe_firewall": [{"FirewallPolicyArn": "arn:aws:network-firewall:eu-west-1:1:firewall-policy/p"}],
    "describe_client_vpn_endpoints": [{"ClientVpnEndpointId": "cvpn-endpoint-1"}],
    "list_firewall_domain_lists": [{"Id": "rslvr-fdl-1"}],
    "list_core_networks": [{"CoreNetworkId": "core-network-1"}],
}
"""One of each thing that moto does not hold and that is asked for more."""


def list_one_of_each(fetch: Any) -> Any:
    """Ask as ``fetch`` does, and answer with one of each thing that moto does not hold."""

    def fetch_or_pretend(client: Any, call: Any, **arguments: Any) -> Any:
        found, why = fetch(client, call, **arguments)
        return PARENTS.get(call.answer, found), why

    return fetch_or_pretend


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

    nat = cloud.make({"kind": "NatGateway", "public_ips": 1})
    cloud.make({"kind": "NetworkLoadBalancer"})
    boto3.client("cloudwatch", region_name=REGION).put_metric_data(
        Namespace="AWS/NATGateway", MetricData=[{"MetricName": "BytesInFromSource", "Value": 1.0, "Dimensions": [
            {"Name": "NatGatewayId", "Value": nat}]}])  # fmt: skip
    monkeypatch.setattr(boto3.Session, "client", client)
    monkeypatch.setattr(asking, "fetch_all_pages", list_one_of_each(asking.fetch_all_pages))
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
    assert [one.name for one in read.estate.left_out] == ["VPC endpoints of 123456789012 in eu-west-1"]
    answer = CliRunner().invoke(main, ["account", "--region", REGION, "--days", "0", "--format", "json"])
    assert answered(answer)["total"] is None  # nobody knows what the endpoints cost


def test_throttling_is_waited_out(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    nat = cloud.make({"kind": "NatGateway", "public_ips": 1})
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
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
                                            ("network-function", "111111111111"), ("vpn-concentrator", "111111111111"), ("new", "111111111111")])
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
    "describe_vpc_endpoint_service_configurations": [{"ServiceId": "vpce-svc-1", "ServiceName": "com.example.svc"}],
    "describe_internet_gateways": [{"InternetGatewayId": "igw-1", "OwnerId": "111111111111",
                                    "Attachments": [{"VpcId": "vpc-1"}]}],
    "describe_vpc_peering_connections": [
        {"VpcPeeringConnectionId": "pcx-1", "RequesterVpcInfo": {"OwnerId": "111111111111", "VpcId": "vpc-1"},
         "AccepterVpcInfo": {"VpcId": "vpc-2", "Region": "eu-west-1"}}],
    "list_resolver_endpoints": [{"Id": "rslvr-in-1", "IpAddressCount": 2}],
    "list_hosted_zones": [{"Id": "/hostedzone/Z1", "Config": {"PrivateZone": True}}],
    "describe_classic_load_balancers": [{"LoadBalancerName": "classic", "Scheme": "internet-facing",
                                         "Subnets": ["subnet-1"]}],
    "list_firewalls": [{"FirewallArn": "arn:fw/1", "FirewallName": "one"}],
    "describe_firewall arn:fw/1": [
        {"FirewallArn": "arn:fw/1", "FirewallPolicyArn": "arn:policy/1", "VpcId": "vpc-1",
         "SubnetMappings": [{"SubnetId": "subnet-1"}, {"SubnetId": "subnet-2"}]}],
    "describe_firewall_policy arn:policy/1": [{"TLSInspectionConfigurationArn": "arn:tls/1"}],
    "list_vpc_endpoint_associations": [{"VpcEndpointAssociationArn": "arn:association/1"}],
    "describe_client_vpn_endpoints": [{"ClientVpnEndpointId": "cvpn-1", "Status": {"Code": "available"}},
                                      {"ClientVpnEndpointId": "cvpn-2", "Status": {"Code": "deleted"}}],
    "describe_client_vpn_target_networks cvpn-1": [
        {"AssociationId": f"cvpn-assoc-{n}", "Status": {"Code": code}}
        for n, code in enumerate(("associated", "associated", "disassociated"))],
    "describe_vpn_concentrators": [{"VpnConcentratorId": "vpnc-1", "TransitGatewayAttachmentId": "tgw-attach-8"},
                                   {"VpnConcentratorId": "vpnc-2", "State": "available"}],
    "describe_traffic_mirror_sessions": [{"TrafficMirrorSessionId": "tms-1", "OwnerId": "111111111111"},
                                         {"TrafficMirrorSessionId": "tms-2", "OwnerId": "222222222222"}],
    "describe_route_server_endpoints": [{"RouteServerEndpointId": "rse-1", "State": "available"}],
    "describe_verified_access_endpoints": [{"VerifiedAccessEndpointId": "vae-1", "Status": {"Code": "active"}}],
    "describe_vpc_encryption_controls": [{"VpcEncryptionControlId": "vpcec-1", "State": "available"}],
    "describe_transit_gateway_multicast_domains": [{"TransitGatewayMulticastDomainId": "tgw-mcast-1"}],
    "describe_ipams": [{"IpamId": "ipam-1", "Tier": "advanced"}, {"IpamId": "ipam-2", "Tier": "free"}],
    "describe_carrier_gateways": [{"CarrierGatewayId": "cagw-1", "State": "available"}],
    "describe_flow_logs": [{"FlowLogId": "fl-1"}],
    "list_firewall_rule_group_associations": [{"Id": "rslvr-frgassoc-1", "Status": "COMPLETE"}],
    "list_firewall_domain_lists": [{"Id": "rslvr-fdl-1", "Name": "mine"}],
    "get_firewall_domain_list rslvr-fdl-1": [{"Id": "rslvr-fdl-1", "DomainCount": 3}],
    "list_resolver_query_log_configs": [{"Id": "rqlc-1", "OwnerId": "111111111111", "Status": "CREATED"}],
    "describe_secondary_networks": [{"SecondaryNetworkId": "sn-1", "OwnerId": "111111111111"}],
    "list_outpost_resolvers": [{"Id": "rslvr-op-1", "Status": "OPERATIONAL"}],
    "describe_trust_stores": [{"TrustStoreArn": "arn:truststore/1", "Status": "ACTIVE"}],
    "list_traffic_policy_instances": [{"Id": "tpi-1", "State": "Applied"}],
    "list_clusters": [{"ClusterArn": "arn:cluster/1", "Status": "DEPLOYED"}],
    "list_readiness_checks": [{"ReadinessCheckArn": "arn:readiness-check/1"}],
    "list_core_networks": [{"CoreNetworkId": "core-network-1", "State": "AVAILABLE"}],
    "get_core_network core-network-1": [{"Edges": [{"EdgeLocation": "eu-west-1"}, {"EdgeLocation": "us-east-1"}]}],
    "list_attachments": [
        {"AttachmentId": f"attachment-{n}", "AttachmentType": type_, "EdgeLocation": "us-east-1", "State": "AVAILABLE"}
        for n, type_ in enumerate(("VPC", "CONNECT", "SITE_TO_SITE_VPN", "TRANSIT_GATEWAY_ROUTE_TABLE",
                                   "DIRECT_CONNECT_GATEWAY"))],
    "list_peerings": [{"PeeringId": "peering-1", "EdgeLocation": "us-east-1", "State": "AVAILABLE"}],
    "list_accelerators": [{"AcceleratorArn": "arn:accelerator/1", "Status": "DEPLOYED"}],
    "list_custom_routing_accelerators": [{"AcceleratorArn": "arn:accelerator/2"}],
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
        "tgw-attach-9",
        "dxcon-2",
        "dxvif-1",
        "cagw-1",
        "fl-1",
        "rqlc-1",
        "attachment-3",
        "attachment-4",
        "rslvr-op-1",
        "sn-1",
        "arn:truststore/1",
        "tpi-1",
        "arn:cluster/1",
        "arn:readiness-check/1",
        "arn:accelerator/1",
        "arn:accelerator/2",
    }
    assert by["nat-1"] == [{"kind": "RegionalNatGateway", "zones": 2, "public_ips": 2}]
    assert by["eipalloc-3"] == [{"kind": "PublicIpv4"}]
    assert {"eipalloc-1", "eipalloc-2", "nat-2"}.isdisjoint(by)
    assert by["arn:lb/net/front"] == [{"kind": "NetworkLoadBalancer", "reserved_lcus": 5500, "gb_cross_zone": 0}]
    assert {(u.name, u.column) for u in read.estate.unknown} == {
        ("arn:lb/net/front", "gb_cross_zone"), ("ipam-1", "active_ips")}  # fmt: skip
    assert by["classic"] == [{"kind": "ClassicLoadBalancer"}]
    assert by["arn:fw/1"] == [{"kind": "NetworkFirewall", "zones": 2, "advanced_inspection": True}]
    assert by["arn:association/1"] == [{"kind": "NetworkFirewall", "zones": 0, "secondary_endpoints": 1}]
    assert by["cvpn-1"] == [{"kind": "ClientVpnEndpoint", "associations": 0}]
    assert by["cvpn-assoc-0"] == by["cvpn-assoc-1"] == [{"kind": "ClientVpnEndpoint", "associations": 1}]
    assert by["rslvr-fdl-1"] == [{"kind": "DnsFirewall", "domains": 3}]
    assert {"cvpn-2", "cvpn-assoc-2", "tms-2", "ipam-2", "vpnc-1"}.isdisjoint(by)
    assert {n: by[n][0]["kind"] for n in ("vpnc-2", "tms-1", "rse-1", "vae-1", "vpcec-1", "tgw-mcast-1")} == {
        "vpnc-2": "VpnConcentrator", "tms-1": "TrafficMirrorSession", "rse-1": "RouteServerEndpoint",
        "vae-1": "VerifiedAccessEndpoint", "vpcec-1": "VpcEncryptionControl", "tgw-mcast-1": "TransitGatewayMulticast",
    }  # fmt: skip
    wan = {e["name"]: e["region"] for e in read.estate.entries if e["kind"].startswith("CloudWanAttachment")}
    assert wan == dict.fromkeys(("attachment-0", "attachment-1", "attachment-2", "peering-1"), "us-east-1")
    edges = {e["region"] for e in read.estate.entries if e["kind"] == "CloudWanCoreNetworkEdge"}
    assert edges == {"eu-west-1", "us-east-1"}
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
    calls = {c.answer: c for c in (*CALLS, *(one.call for one in ITEM_CALLS), POLICY)}

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
        model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[call.operation])
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


NOT_ASKED = {
    "aws_alb": "another name of aws_lb",
    **dict.fromkeys(
        (
            "aws_instance", "aws_spot_instance_request", "aws_ecs_service", "aws_eks_node_group", "aws_autoscaling_group",
            "aws_launch_template", "aws_launch_configuration", "aws_db_instance", "aws_rds_cluster_instance",
            "aws_dms_replication_instance", "aws_redshift_cluster",
        ),
        "its public addresses are those of network interfaces, which are read",
    ),
    "aws_ec2_transit_gateway_peering_attachment_accepter": "read as the attachment that it accepts",
    "aws_service_discovery_private_dns_namespace": "its hosted zone is read",
    "aws_dx_hosted_connection": "read as a connection",
    "aws_dx_transit_virtual_interface": "read as a virtual interface",
    **dict.fromkeys(
        ("aws_ec2_network_insights_path", "aws_ec2_network_insights_analysis"), "an analysis is billed once, when it runs"
    ),
    **dict.fromkeys(
        (
            "aws_cloudfront_distribution", "aws_route53_health_check", "aws_msk_vpc_connection",
            "aws_opensearch_vpc_endpoint", "aws_redshift_endpoint_access", "aws_route53globalresolver_global_resolver",
        ),
        "billed with a service that is not private networking",
    ),
    "aws_ec2_network_insights_access_scope_analysis": "an analysis is billed once, when it runs",
    **dict.fromkeys(
        (
            "aws_interconnect_connection", "aws_rtbfabric_requester_gateway", "aws_rtbfabric_responder_gateway",
            "aws_networkfirewall_container_association",
        ),
        "new services, whose APIs are not asked yet",
    ),
    **dict.fromkeys(("aws_cloudformation_stack", "aws_cloudformation_stack_set"), "what they make is read"),
}  # fmt: skip
"""The types that no call lists, and why."""


def test_every_type_that_is_billed_is_read_from_an_account() -> None:
    """What the recorded estate is read as, and what has a reason, are all types that are billed."""
    billed = {one.terraform for one in list_resource_types() if one.charge != NO_CHARGE}
    asked = Asked("111111111111", [REGION], lambda *_: None, {(REGION, k): v for k, v in RECORDED.items()})
    read = {one["type"] for one in iterate_plan_resources(asked)}
    assert billed - read - set(NOT_ASKED) == set()
    assert read & set(NOT_ASKED) == set()
    assert set(NOT_ASKED) <= billed


def test_metrics_count_once_whatever_dimensions_they_have() -> None:
    """The smallest set of dimensions is the whole: bytes by subnet or by zone are parts of it, and not counted again."""

    def metric(name: str, **dimensions: str) -> dict[str, Any]:
        return {
            "MetricName": name,
            "Dimensions": [{"Name": k.replace("_", " "), "Value": v} for k, v in dimensions.items()],
        }

    arn = "arn:aws:elasticloadbalancing:eu-west-1:1:loadbalancer/net/front/1"
    balancer = next(row for row in MEASURED if row.namespace == "AWS/NetworkELB")
    found = [metric("ProcessedBytes", LoadBalancer="net/front/1", AvailabilityZone="a"),
             metric("ProcessedBytes", LoadBalancer="net/front/1"), metric("ProcessedBytes", LoadBalancer="net/other/2"),
             metric("NewFlowCount", LoadBalancer="net/front/1")]  # fmt: skip
    resources = [{"LoadBalancerArn": arn, "Type": "network"}, {"LoadBalancerArn": f"{arn}9", "Type": "gateway"}]
    assert [one[:2] for one in select_metrics(found, balancer, resources)] == [(arn, "ProcessedBytes")]
    firewall = next(row for row in MEASURED if row.namespace == "AWS/NetworkFirewall")
    parts = [metric("ReceivedPackets", FirewallName="f", AvailabilityZone=zone, Engine=engine)
             for zone in "ab" for engine in ("Stateful", "Stateless")]  # fmt: skip
    chosen = select_metrics(parts, firewall, [{"FirewallArn": "arn:f", "FirewallName": "f"}])
    assert [one.id for one in chosen] == ["arn:f"] * 4


IDLE = ("attachment", "load-balancer", "vpn-connection", "client-vpn", "resolver-endpoint", "firewall")


@pytest.mark.parametrize("kind", IDLE)
def test_what_carries_nothing_is_a_finding_and_what_is_not_known_is_none(kind: str) -> None:
    one = Seen("id", "1", REGION, kind, bytes=0, days=14)
    (found,) = find_waste([one], lambda _: {"meter": 36.5})
    assert (found.monthly, found.confidence) == (36.5, LIKELY)
    assert "14 days" in found.title
    for other in (Seen("id", "1", REGION, kind, bytes=1, days=14), Seen("id", "1", REGION, kind, bytes=None, days=0)):
        assert find_waste([other], lambda _: {"meter": 36.5}) == []


def test_everything_that_may_be_idle_is_seen() -> None:
    """Of each kind of the recorded estate something is looked at."""
    answers = {(REGION, k): v for k, v in RECORDED.items()} | {
        (REGION, "list_resolver_endpoints"): [{"Id": "rslvr-in-1"}]
    }
    asked = Asked("111111111111", [REGION], lambda *_: None, answers)
    seen = collect_seen_resources(assemble_account([asked], {}, []))
    assert {one.kind for one in seen} == {"endpoint", "nat-gateway", "address", *IDLE}
    assert "tgw-attach-5" not in {one.id for one in seen}  # of a VPN connection, which is seen itself
    assert "tgw-attach-1" not in {one.id for one in seen}  # another account's


@pytest.mark.parametrize("dimension", ["account", "region", "service", "vpc", "tag:team"])
def test_the_sums_of_a_dimension_are_the_bill(dimension: str) -> None:
    answers: dict[tuple[str, str], Any] = {(REGION, k): v for k, v in RECORDED.items()}
    answers[REGION, "describe_nat_gateways"] = [
        {**RECORDED["describe_nat_gateways"][0], "Tags": [{"Key": "team", "Value": "a"}]}
    ]
    asked = Asked("111111111111", [REGION], lambda *_: None, answers)
    account = assemble_account([asked], {}, [])
    bill = cm.price(cm.meter(account.network, exact=True), cm.load_prices(), partial=True)
    belongings = collect_belongings(account.described)
    rows = sum_account_costs(bill, belongings, dimension)
    assert sum(row.cost for row in rows) == pytest.approx(bill.totals["USD"], abs=0.01)
    by = {row.value: row for row in rows}
    if dimension == "vpc":
        assert {"vpc-1", "not in a VPC", "unknown"} == set(by)
    if dimension == "tag:team":
        assert float(by["a"].cost) == pytest.approx(2 * 730 * (0.048 + 0.005))  # a regional NAT gateway in two zones
        assert "tags not read" in by


def test_what_is_open_is_counted_where_it_belongs() -> None:
    """vpce-6 is in vpc-1 and has no price, and an account whose firewalls are not shown has an unknown part."""
    asked = Asked("111111111111", [REGION], lambda *_: None, {(REGION, k): v for k, v in RECORDED.items()})
    unread = [Unread("111111111111", REGION, "the subnets of firewalls", "InternalError: no")]
    account = assemble_account([asked], {}, unread)
    bill = cm.price(cm.meter(account.network, exact=True), cm.load_prices(), partial=True)
    rows = sum_account_costs(bill, collect_belongings(account.described), "vpc")
    assert sum(row.open for row in rows) == len(bill.open)
    by = {row.value: row.open for row in rows}
    assert by["vpc-1"] >= 1
    assert by["unknown"] >= 1


def test_a_firewall_that_is_not_shown_is_open() -> None:
    """It is listed, and how many subnets it is in cannot be read: it is not free."""
    answers = {(REGION, "list_firewalls"): RECORDED["list_firewalls"]}
    unread = [Unread("1", REGION, "the subnets of firewalls", "InternalError: no")]
    account = assemble_account([Asked("1", [REGION], lambda *_: None, answers)], {}, unread)
    bill = cm.price(cm.meter(account.network, exact=True), cm.load_prices(), partial=True)
    assert [item.where for item in bill.open] == [f"the subnets of firewalls of 1 in {REGION}"]


def test_a_dimension_must_be_one() -> None:
    told = CliRunner().invoke(main, ["account", "--by", "vcp"])
    assert told.exit_code == 2
    assert "Did you mean 'vpc'" in told.stderr


def test_the_demand_has_the_transit_gateway_that_exists_and_no_idle_default_vpc() -> None:
    vpcs = [
        {"VpcId": f"vpc-{n}", "OwnerId": "111111111111", "CidrBlock": f"10.{n}.0.0/16", "IsDefault": n == 3}
        for n in (1, 2, 3)
    ]
    attached = [{"TransitGatewayAttachmentId": "tgw-attach-1", "TransitGatewayId": "tgw-1", "ResourceType": "vpc",
                 "ResourceId": "vpc-1", "ResourceOwnerId": "111111111111", "State": "available"}]  # fmt: skip
    endpoints = [{"VpcEndpointId": f"vpce-{vpc}", "VpcEndpointType": "Interface", "VpcId": vpc, "State": "available",
                  "ServiceName": "com.amazonaws.eu-west-1.kms", "SubnetIds": ["subnet-1"]} for vpc in ("vpc-1", "vpc-2")]  # fmt: skip
    answers: dict[tuple[str, str], Any] = {
        (REGION, "describe_vpcs"): vpcs,
        (REGION, "describe_transit_gateway_attachments"): attached,
        (REGION, "describe_vpc_endpoints"): endpoints,
    }
    account = assemble_account([Asked("111111111111", [REGION], lambda *_: None, answers)], {}, [])
    assert account.demand is not None
    assert [row["name"] for row in account.demand["vpcs"]] == ["vpc-1", "vpc-2"]
    assert account.demand["existing"] == {"transit_gateway": ["vpc-1"]}
    assert any("vpc-3" in note for note in account.demand_notes)
    read = cm.read_demand(account.demand)
    kept = [need for need in read.existing if need.kind.kind == "VpcAttachment" or "Attachment" in need.kind.__name__]
    assert sum(len(need.ids) for need in kept) == 1
