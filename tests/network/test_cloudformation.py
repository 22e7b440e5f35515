"""CloudFormation templates: functions, conditions, what is not said, and every sample."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.cli import main
from costmodel.core.errors import InputError
from costmodel.network.reading.cloudformation.values import TemplateValues, Undetermined
from costmodel.network.reading.load import read_estate
from tests.support.input_files import TEMPLATE

SAMPLES = Path(os.environ.get("COSTMODEL_SAMPLES", "/nowhere")) / "cloudformation"


def charges(source: Any, **said: str) -> dict[tuple[str, str], str]:
    """Return quantities by resource and meter."""
    network = cm.read_network(source, settings={k.replace("_", "."): v for k, v in said.items()})
    bill = cm.price(cm.meter(network, exact=True), cm.load_prices(), partial=True)
    rows = bill.frame
    return {
        (r, m): f"{q:.0f}" for r, m, q in zip(rows["ResourceId"], rows["x_Meter"], rows["PricingQuantity"], strict=True)
    }


@pytest.fixture
def path(tmp_path: Path) -> Path:
    out = tmp_path / "template.yaml"
    out.write_text(TEMPLATE)
    return out


def test_functions_conditions_and_parameters(path: Path) -> None:
    each = charges(path, region="eu-west-1", parameter_Nats="each")
    assert each["Nat", "nat_gateway_hour"] == "730"
    assert each["NatB", "nat_gateway_hour"] == "730"
    assert each["Kms", "interface_endpoint_hour"] == "1460"
    assert each["Sqs", "interface_endpoint_hour"] == "2190"
    assert each["Sns", "interface_endpoint_hour"] == "1460"
    assert each["NatB", "public_ipv4_in_use_hour"] == "730"
    one = charges(path, region="eu-west-1", parameter_Nats="one")
    assert ("NatB", "nat_gateway_hour") not in one
    assert one["Kms", "interface_endpoint_hour"] == "730"
    assert not any(name.startswith("Address") for name, _ in one)
    gateway = charges(path, region="us-east-1", parameter_Nats="one")
    assert ("Kms", "interface_endpoint_hour") not in gateway


def test_what_is_not_said_is_asked_for_and_never_free(path: Path) -> None:
    with pytest.raises(InputError, match="--set region="):
        cm.read_network(path)
    estate = read_estate(path, settings={"region": "eu-west-1"})
    left = {one.name: one.why for one in estate.left_out}
    assert "its template" in left["Child"]
    unknown = {u.name: u.why for u in estate.unknown}
    assert "parameter Nats" in unknown["NatB"]
    assert "--set 'Kms.zones=2'" in unknown["Kms"]
    with pytest.raises(InputError, match=r"has no parameter 'Nat'\. Did you mean 'Nats'"):
        cm.read_network(path, settings={"region": "eu-west-1", "parameter.Nat": "one"})
    told = CliRunner().invoke(main, ["estimate", str(path), "--set", "region=eu-west-1", "--format", "json"])
    assert told.exit_code == 1
    assert json.loads(told.stdout)["total"] is None


def test_json_says_the_same(path: Path, tmp_path: Path) -> None:
    from costmodel.network.reading.cloudformation import parse_template

    plain = tmp_path / "template.json"
    plain.write_text(json.dumps(parse_template(path.read_text(), "a").value))
    said = {"region": "eu-west-1", "parameter_Nats": "each"}
    assert charges(plain, **said) == charges(path, **said)


def test_a_template_stands_for_a_demand(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "demand.yaml"
    said = ["--set", "region=eu-west-1", "--set", "parameter.Nats=each", "--demand", str(out)]
    told = CliRunner().invoke(main, ["estimate", str(path), *said])
    assert told.exit_code == 1, told.output  # the nested stack is open
    demand = yaml.safe_load(out.read_text())
    assert demand["vpcs"][0]["name"] == "app-eu-west-1"
    assert {f["to"] for f in demand["flows"]} == {"internet", "kms", "sqs", "sns", "s3"}
    assert cm.read_demand(out).name


def test_the_region_may_stand_in_it(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(TEMPLATE.replace("!Sub 'com.amazonaws.${AWS::Region}.s3'", "com.amazonaws.eu-west-1.s3"))
    assert charges(path, parameter_Nats="one")["Nat", "nat_gateway_hour"] == "730"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (
            "Resources:\n  A:\n    Type: AWS::EC2::VPC\n   Properties: {",
            "line 4: this CloudFormation template is not valid",
        ),
        ("Resources:\n  A: {Type: AWS::EC2::VPC}\n  B: {Properties: {}}\n", "the resource 'B' has no Type"),
        ("Resources:\n  A: {Type: AWS::EC2::NatGateway, Properties: [1]}\n", None),
        (
            "Resources:\n  A: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcEndpointType: Interface, SubnetIds: 7}}\n",
            None,
        ),
        ("Resources:\n  A: {Type: AWS::EC2::EIP, Condition: Nowhere}\n", None),
        ("Resources:\n  A: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !If [A]}}\n", "CloudFormation"),
        ("Resources:\n  A: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Select [x, [a]]}}\n", "CloudFormation"),
    ],
)
def test_wrong_templates_are_refused_without_a_traceback(text: str, words: str | None, tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(text)
    told = CliRunner().invoke(main, ["estimate", str(path), "--set", "region=eu-west-1"])
    assert told.exception is None or isinstance(told.exception, SystemExit)
    if words is not None:
        assert told.exit_code == 2
        assert words in told.stderr


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="COSTMODEL_SAMPLES does not name a folder of samples")
@pytest.mark.parametrize("sample", sorted(SAMPLES.glob("*")) if SAMPLES.is_dir() else [], ids=lambda p: p.name[-40:])
def test_every_sample_is_priced(sample: Path) -> None:
    """NAT gateways whose condition holds by default are counted by hand here: the resources of that type."""
    from costmodel.network.reading.load import open_network_document

    estate = read_estate(sample, settings={"region": "us-east-1"})
    nats = [r for r in open_network_document(sample).value["Resources"].values() if r["Type"] == "AWS::EC2::NatGateway"]
    kept = [e for e in estate.entries if e["kind"] == "NatGateway"]
    left = [one for one in estate.left_out if one.type == "AWS::EC2::NatGateway"]
    assert len(kept) + len(left) == len(nats)
    assert estate.source == "CloudFormation template"


WORDS = st.sampled_from(["a", "b", "eu-west-1", "true", "false", ""])
CONDITIONS = st.recursive(
    st.tuples(st.just("equals"), WORDS, WORDS),
    lambda inner: st.one_of(
        st.tuples(st.just("not"), inner),
        st.tuples(st.sampled_from(["and", "or"]), st.lists(inner, min_size=2, max_size=4)),
    ),
    max_leaves=8,
)


def written(condition: Any) -> tuple[dict[str, Any], bool]:
    """Return a condition as a template has it, and whether it holds."""
    kind, *rest = condition
    if kind == "equals":
        return {"Fn::Equals": list(rest)}, rest[0] == rest[1]
    if kind == "not":
        text, holds = written(rest[0])
        return {"Fn::Not": [text]}, not holds
    parts = [written(c) for c in rest[0]]
    every = all(holds for _, holds in parts) if kind == "and" else any(holds for _, holds in parts)
    return {f"Fn::{kind.title()}": [text for text, _ in parts]}, every


@given(condition=CONDITIONS, yes=WORDS, no=WORDS)
@settings(max_examples=100, deadline=None)
def test_conditions_hold_as_they_say(condition: Any, yes: str, no: str) -> None:
    text, holds = written(condition)
    values = TemplateValues({"Conditions": {"C": text}}, {}, "eu-west-1")
    assert values.evaluate_condition("C") is holds
    assert values.evaluate_expression({"Fn::If": ["C", yes, no]}) == (yes if holds else no)


def test_a_circle_of_conditions_and_of_values_ends() -> None:
    values = TemplateValues({"Conditions": {"A": {"Fn::Not": [{"Condition": "B"}]}, "B": {"Condition": "A"}}}, {}, None)
    assert isinstance(values.evaluate_condition("A"), Undetermined)
    deep: Any = "x"
    for _ in range(200):
        deep = {"Fn::Sub": ["${a}", {"a": deep}]}
    assert isinstance(values.evaluate_expression(deep), Undetermined)


# ---------------------------------------------------------------- what decides a price, and kinds of other services
def priced(resources: dict[str, Any], **settings: str) -> Any:
    network = cm.read_network({"Resources": resources}, settings={"region": "us-east-1", **settings})
    return network, cm.price(cm.meter(network, exact=True), cm.load_prices(), partial=True)


@pytest.mark.parametrize(
    ("type_", "properties", "total"),
    [
        (
            "EC2::VPNConnection",
            {"TransitGatewayId": "tgw-1", "TunnelBandwidth": "large"},
            "481.80",
        ),  # 438.00 + 36.50 + 7.30
        ("EC2::VPNConnection", {"OutsideIpAddressType": "PrivateIpv4"}, "36.50"),
        ("EC2::VPNConnection", {"VpnConcentratorId": "vcn-1"}, "14.60"),  # 7.30 + 7.30
        ("EC2::VPNConcentrator", {"TransitGatewayId": "tgw-1"}, "1460.00"),  # 730 × (1.95 + 0.05)
        ("NetworkFirewall::Firewall", {"SubnetMappings": [{"SubnetId": "a"}, {"SubnetId": "b"}]}, "576.70"),
        ("NetworkFirewall::VpcEndpointAssociation", {}, "115.34"),
        ("EC2::ClientVpnTargetNetworkAssociation", {}, "73.00"),
        ("EC2::VerifiedAccessEndpoint", {}, "197.10"),
        ("EC2::RouteServerEndpoint", {}, "547.50"),
        ("NetworkManager::ConnectAttachment", {}, "47.45"),
        ("ElasticLoadBalancing::LoadBalancer", {"Scheme": "internal"}, "18.25"),
        (
            "ElasticLoadBalancingV2::LoadBalancer",
            {"Scheme": "internal", "MinimumLoadBalancerCapacity": {"CapacityUnits": 10}},
            "74.83",  # 16.425 + 10 × 730 × 0.008
        ),
    ],
)
def test_types_that_have_a_price(type_: str, properties: dict[str, Any], total: str) -> None:
    network, bill = priced({"X": {"Type": f"AWS::{type_}", "Properties": properties}})
    assert not network.left_out
    assert not bill.unpriced
    assert f"{bill.total:.2f}" == total


@pytest.mark.parametrize(
    ("type_", "properties"),
    [
        ("DirectConnect::Connection", {"Bandwidth": "10Gbps", "BillingMode": "FlatRateTier2"}),
        ("DirectConnect::PrivateVirtualInterface", {"EnableSiteLink": True}),
        ("Route53GlobalResolver::GlobalResolver", {}),
        ("EC2::VPNConnection", {"TunnelBandwidth": "huge"}),
    ],
)
def test_what_has_a_price_that_is_not_held_is_listed(type_: str, properties: dict[str, Any]) -> None:
    network, bill = priced({"X": {"Type": f"AWS::{type_}", "Properties": properties}})
    assert [one.name for one in network.left_out] == ["X"]
    assert bill.total == 0


def test_a_network_load_balancer_across_zones_is_asked_for_its_gb() -> None:
    across = {"Key": "load_balancing.cross_zone.enabled", "Value": "true"}
    properties = {"Type": "network", "Scheme": "internal", "Subnets": ["a", "b"], "LoadBalancerAttributes": [across]}
    resources = {"X": {"Type": "AWS::ElasticLoadBalancingV2::LoadBalancer", "Properties": properties}}
    _, bill = priced(resources)
    assert [u.meter for u in bill.unpriced] == ["cross_az_gb_each_direction"]
    assert f"{priced(resources, **{'X.gb_cross_zone': '100'})[1].total:.2f}" == "18.43"  # 16.425 + 100 × 2 × 0.01
