"""What a template does not determine: counted where every possibility agrees, bounded where they differ."""

from __future__ import annotations

import json
import time
from decimal import Decimal

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import costmodel as cm
from costmodel.cli import main
from costmodel.core.errors import InputError
from costmodel.network.reading.load import (
    build_network_from_estate,
    parse_estate,
    parse_network_text,
    read_estate,
)
from tests.support.run_cli import run

BOOK = cm.load_prices()
REGION = {"region": "us-east-1"}
ENDPOINT, NAT, ADDRESS = Decimal("7.30"), Decimal("32.85"), Decimal("3.65")
CENT = Decimal("0.01")
UNDECIDED = "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Ref P, x]}\n"


def bill_of(tmp_path, text, **settings):
    path = tmp_path / "template.yaml"
    path.write_text(text, encoding="utf-8")
    given_settings = REGION | {key.replace("__", "."): value for key, value in settings.items()}
    return cm.price(cm.meter(cm.read_network(path, settings=given_settings), exact=True), BOOK, partial=True)


def bounds(bill):
    most = bill.openness.at_most
    return bill.total, None if most is None else most["USD"].quantize(Decimal("0.01"))


def interface_endpoint(subnets):
    return (
        "Resources:\n  E: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcEndpointType: Interface, VpcId: v, "
        f"ServiceName: com.amazonaws.us-east-1.kms, SubnetIds: {subnets}}}}}\n"
    )


@pytest.mark.parametrize(
    ("subnets", "least", "most"),
    [
        ("[!If [C, a, b], !If [C, c, d]]", 2, 2),  # two zones, whatever C is
        ("[a, !If [C, b, !Ref 'AWS::NoValue']]", 1, 2),
        ("!If [C, [a, b, c], [a]]", 1, 3),
        ("[!FindInMap [M, !Ref P, a], !FindInMap [M, !Ref P, b]]", 2, 2),  # two expressions are two subnets
        ("[a, b]", 2, 2),
    ],
)
def test_zones_are_known_where_every_possibility_agrees(tmp_path, subnets, least, most):
    bill = bill_of(tmp_path, f"{UNDECIDED}Mappings: {{M: {{x: {{a: s1, b: s2}}}}}}\n" + interface_endpoint(subnets))
    assert bounds(bill) == (least * ENDPOINT, most * ENDPOINT)
    assert bool(bill.open) is (least != most)


@pytest.mark.parametrize(
    "subnets", ["!Split [',', !Sub '${P}']", "!Split [',', '{{resolve:ssm:/net/subnets}}']", "!Ref L"]
)
def test_a_text_with_an_open_part_is_open(tmp_path, subnets):
    more = "Parameters: {P: {Type: String}, L: {Type: 'List<AWS::EC2::Subnet::Id>'}}\n"
    bill = bill_of(tmp_path, more + interface_endpoint(subnets))
    (item,) = bill.open
    assert (item.kind, item.where) == ("quantity", "E")
    assert "depends on" in item.why


def test_a_condition_on_an_open_text_is_undecided(tmp_path):
    text = (
        "Parameters: {P: {Type: String}}\nConditions: {C: !Equals [!Sub '${P}-x', 'a-x']}\n"
        "Resources: {N: {Type: AWS::EC2::NatGateway, Condition: C, Properties: {SubnetId: s, AllocationId: e}}}\n"
    )
    assert bounds(bill_of(tmp_path, text)) == (0, NAT + ADDRESS)
    assert bill_of(tmp_path, text, parameter__P="a").total == NAT + ADDRESS
    assert bill_of(tmp_path, text, parameter__P="b").total == 0
    assert bill_of(tmp_path, text, N__count="1").total == NAT + ADDRESS
    assert bill_of(tmp_path, text, condition__C="true").total == NAT + ADDRESS


@pytest.mark.parametrize(
    ("type_", "properties", "known", "most"),
    [
        (
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "Type: network, Scheme: !Ref P, Subnets: [a, b]",
            "16.425",
            "7.30",
        ),
        ("AWS::EC2::Instance", "SubnetId: s, NetworkInterfaces: [{AssociatePublicIpAddress: !Ref P}]", "0", "3.65"),
        ("AWS::EC2::NatGateway", "SubnetId: s, ConnectivityType: !Ref P, AllocationId: e", "32.85", "3.65"),
    ],
)
def test_an_open_attribute_is_never_taken_for_its_default(tmp_path, type_, properties, known, most):
    text = f"Parameters: {{P: {{Type: String}}}}\nResources: {{R: {{Type: '{type_}', Properties: {{{properties}}}}}}}\n"
    least, upper = bounds(bill_of(tmp_path, text))
    assert abs(least - Decimal(known)) < CENT
    assert abs(upper - Decimal(known) - Decimal(most)) < CENT


def test_tasks_with_public_addresses_are_counted(tmp_path):
    text = (
        "Resources: {S: {Type: AWS::ECS::Service, Properties: {DesiredCount: 4, "
        "NetworkConfiguration: {AwsvpcConfiguration: {AssignPublicIp: ENABLED, Subnets: [s]}}}}}\n"
    )
    assert bill_of(tmp_path, text).total == 4 * ADDRESS


LIMITED = (
    "Parameters:\n  Make: {Type: String, AllowedValues: ['true', 'false'], Default: 'true'}\n"
    "  N: {Type: Number, Default: 2, MinValue: 1, MaxValue: 4}\n"
    "Conditions: {C: !Equals [!Ref N, 2]}\n"
    "Resources: {N1: {Type: AWS::EC2::NatGateway, Condition: C, Properties: {SubnetId: s, AllocationId: e}}}\n"
)


@pytest.mark.parametrize("value", ["parameter__Make=True", "parameter__Make=yes", "parameter__N=two", "parameter__N=9"])
def test_a_parameter_that_cloudformation_refuses_is_refused(tmp_path, value):
    name, _, text = value.partition("=")
    with pytest.raises(InputError, match="parameter"):
        bill_of(tmp_path, LIMITED, **{name: text})


def test_a_number_is_a_number_however_it_is_written(tmp_path):
    assert bill_of(tmp_path, LIMITED, parameter__N="2.0").total == NAT + ADDRESS
    assert bill_of(tmp_path, LIMITED, parameter__N="3").total == 0


def test_pseudo_parameters_can_be_given(tmp_path):
    text = (
        "Conditions: {C: !Equals [!Ref 'AWS::AccountId', '111111111111']}\n"
        "Resources: {N: {Type: AWS::EC2::NatGateway, Condition: C, Properties: {SubnetId: s, AllocationId: e}}}\n"
    )
    path = tmp_path / "t.yaml"
    path.write_text(text, encoding="utf-8")
    settings = REGION | {"parameter.AWS::AccountId": "111111111111"}
    assert cm.price(cm.meter(cm.read_network(path, settings=settings), exact=True), BOOK).total == NAT + ADDRESS


def test_the_partition_is_the_regions(tmp_path):
    text = (
        "Conditions: {Gov: !Equals [!Ref 'AWS::Partition', aws-us-gov]}\n"
        "Resources: {N: {Type: AWS::EC2::NatGateway, Condition: Gov, Properties: {SubnetId: s, AllocationId: e}}}\n"
    )
    path = tmp_path / "t.yaml"
    path.write_text(text, encoding="utf-8")
    assert len(cm.read_network(path, settings={"region": "us-gov-west-1"})) == 1
    assert len(cm.read_network(path, settings=REGION)) == 0


def test_loops_are_unrolled(tmp_path):
    text = (
        "Transform: AWS::LanguageExtensions\nParameters: {L: {Type: CommaDelimitedList}}\nResources:\n"
        "  Fn::ForEach::Nats: [Az, [A, B, C], {'Nat${Az}': "
        "{Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Sub 's-${Az}', AllocationId: e}}}]\n"
        "  Fn::ForEach::More: [X, !Ref L, {'More${X}': {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref X}}}]\n"
    )
    bill = bill_of(tmp_path, text)
    assert bill.total == 3 * (NAT + ADDRESS)
    assert [(item.kind, item.where) for item in bill.open] == [("existence", "Fn::ForEach::More")]
    assert bill_of(tmp_path, text, parameter__L="a,b").total == 5 * NAT + 3 * ADDRESS + 2 * ADDRESS


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Resources:\n  A: {Type: AWS::EC2::EIP}\n  A: {Type: AWS::EC2::EIP}\n", "line 3.*'A' appears twice"),
        ("a0: &a [x, x, x]\n" + "".join(f"a{n}: &a{n} [{', '.join(['*a' + (str(n - 1) if n > 1 else '')] * 9)}]\n"
         for n in range(1, 9)) + "Resources: {A: {Type: AWS::EC2::EIP, Properties: {X: *a8}}}\n", "aliases"),
        ("Resources: &r {A: {Type: AWS::EC2::EIP, Properties: {X: *r}}}\n", "aliases"),
        ("Resources: {A: {Type: AWS::EC2::VPC, Properties: {CidrBlock: !Cidr [10.0.0.0/8, 300000000, 8]}}}\n",
         r"Resources\.A.*256"),
        ("Resources: {A: {Type: AWS::EC2::VPC, Properties: {Tags: [{Key: Name, Value: !Select [.inf, [a]]}]}}}\n",
         r"Resources\.A.*whole number"),
        ("Resources: {A: {Type: AWS::EC2::EIP, Properties: {X: " + "{'Fn::Sub': ['${a}${a}', {a: " * 40 + "xx"
         + "}]}" * 40 + "}}}\n", "characters"),
        (("Mappings: {M: {a: {b: [!FindInMap [M, a, b], !FindInMap [M, a, b]]}}}\n"
         "Resources: {A: {Type: AWS::EC2::EIP, Properties: {X: !Select [9, !FindInMap [M, a, b]], Y: !Select [a, [b]]}}}\n"),
         "whole number"),
    ],
)  # fmt: skip
def test_small_bombs_are_refused_in_a_second(tmp_path, text, said):
    path = tmp_path / "t.yaml"
    path.write_text(text, encoding="utf-8")
    start = time.perf_counter()
    with pytest.raises(InputError, match=f"(?s){said}"):
        cm.read_network(path, settings=REGION)
    assert time.perf_counter() - start < 5


def test_terraforms_words_in_user_data_do_not_matter(tmp_path):
    text = (
        "Resources:\n  N: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: s, AllocationId: e}}\n  I:\n"
        "    Type: AWS::EC2::Instance\n    Properties:\n      NetworkInterfaces: [{AssociatePublicIpAddress: false}]\n"
        '      UserData: |\n        terraform {\n          required_version = ">= 1.5"\n        }\n'
    )
    assert bill_of(tmp_path, text).total == NAT + ADDRESS


def test_what_may_change_a_template_is_open(tmp_path):
    text = (
        "Transform: [OurMacro]\nResources:\n  Fn::Transform: {Name: AWS::Include}\n"
        "  N: {Type: AWS::EC2::NatGatway, Properties: {}}\n  C: {Type: 'Custom::Thing', Properties: {}}\n"
    )
    open_ = {item.where: item for item in bill_of(tmp_path, text).open}
    assert set(open_) == {"Transform", "Fn::Transform", "N"}
    assert "did you mean AWS::EC2::NatGateway" in open_["N"].why


def test_a_difference_is_never_a_saving_where_it_is_open(tmp_path):
    one = "Resources:\n  N: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: s, AllocationId: e}}\n"
    more = "  M: {Type: AWS::EC2::NatGateway, Condition: C, Properties: {SubnetId: t, AllocationId: f}}\n"
    before, after = tmp_path / "before.yaml", tmp_path / "after.yaml"
    before.write_text(one, encoding="utf-8")
    after.write_text(UNDECIDED + one + more, encoding="utf-8")
    asked = ("diff", before, after, "--set", "region=us-east-1", "--fail-above", "1")
    done = run(*asked, "--format", "json")
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["difference"]) == (1, None)
    assert (answer["difference_at_least"], answer["difference_at_most"]) == ("0.00", "36.50")
    assert run(*asked, "--allow-unpriced").exit_code == 0
    said = run(*asked, "--set", "parameter.P=x", "--format", "json")  # only the second template has P
    assert (said.exit_code, json.loads(said.stdout)["difference"]) == (1, "36.50")


# ---------------------------------------------------------------- an oracle: every decision, one by one
ELEMENTS = ("s{n}", "!If [C{c}, s{n}, t{n}]", "!If [C{c}, s{n}, !Ref 'AWS::NoValue']")


@st.composite
def open_templates(draw):
    """Return a template with up to nine undecided conditions, more than are decided at once, and a decision of each."""
    number = draw(st.integers(1, 9))
    lines = ["Parameters:", *(f"  P{c}: {{Type: String}}" for c in range(number))]
    lines += ["Conditions:", *(f"  C{c}: !Equals [!Ref P{c}, x]" for c in range(number)), "Resources:"]
    for r in range(draw(st.integers(1, 4))):
        subnets = [
            draw(st.sampled_from(ELEMENTS)).format(n=n, c=draw(st.integers(0, number - 1)))
            for n in range(draw(st.integers(1, 3)))
        ]
        condition = f"Condition: C{draw(st.integers(0, number - 1))}, " if draw(st.booleans()) else ""
        properties = f"VpcEndpointType: Interface, VpcId: v, ServiceName: x, SubnetIds: [{', '.join(subnets)}]"
        lines.append(f"  E{r}: {{Type: AWS::EC2::VPCEndpoint, {condition}Properties: {{{properties}}}}}")
    decisions = draw(st.lists(st.booleans(), min_size=number, max_size=number))
    return "\n".join(lines) + "\n", {f"condition.C{c}": str(value).lower() for c, value in enumerate(decisions)}


def bill_of_text(text, settings):
    estate = parse_estate(parse_network_text(text, "t.yaml"), settings=REGION | settings)
    return cm.price(cm.meter(build_network_from_estate(estate), exact=True), BOOK, partial=True)


@settings(max_examples=60)
@given(open_templates())
def test_every_decision_lies_between_the_bounds(case):
    text, decisions = case
    bill, actual = bill_of_text(text, {}), bill_of_text(text, decisions)
    assert not actual.open
    most = bill.openness.at_most
    assert bill.total_exact <= actual.total_exact
    assert most is None or actual.total_exact <= most["USD"]
    if not bill.open:
        assert actual.total_exact == bill.total_exact


def test_a_flag_inside_a_block_is_open_too(tmp_path):
    text = (
        "Parameters: {P: {Type: String}}\nResources: {S: {Type: AWS::ECS::Service, Properties: {DesiredCount: 4, "
        "NetworkConfiguration: {AwsvpcConfiguration: {AssignPublicIp: !Ref P, Subnets: [s]}}}}}\n"
    )
    assert bounds(bill_of(tmp_path, text)) == (0, 4 * ADDRESS)
    assert bill_of(tmp_path, text, parameter__P="ENABLED").total == 4 * ADDRESS
    assert not bill_of(tmp_path, text, parameter__P="DISABLED").open


def test_a_list_of_allowed_values_is_checked_element_by_element(tmp_path):
    text = (
        "Parameters: {L: {Type: CommaDelimitedList, AllowedValues: [a, b]}}\n"
        "Resources: {E: {Type: AWS::EC2::VPCEndpoint, Properties: {VpcEndpointType: Interface, VpcId: v, "
        "ServiceName: x, SubnetIds: !Ref L}}}\n"
    )
    assert bill_of(tmp_path, text, parameter__L="a,b").total == 2 * ENDPOINT
    with pytest.raises(InputError, match="does not allow"):
        bill_of(tmp_path, text, parameter__L="a,c")


# ---------------------------------------------------------------- names in files that costmodel writes
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).map(str.strip)
HOSTILE = st.sampled_from(["a, b", "${AWS::StackName}-vpc", "a[0]", "a: b", "# x", "true", "1.0", "'", '"', "{x}", "-"])


@given(NAMES.filter(bool) | HOSTILE)
def test_a_demand_file_can_be_read_whatever_the_names_are(name):
    from costmodel.network.estate_report import render_demand_file

    demand = {"region": "us-east-1", "vpcs": [{"name": name, "zones": 2}], "flows": [{"from": name, "to": "internet"}]}
    assert yaml.safe_load(render_demand_file("x", demand)) == demand


def test_a_plan_of_a_stack_named_by_an_expression_can_be_compared(tmp_path):
    text = (
        "Resources:\n  V: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16, "
        "Tags: [{Key: Name, Value: !Sub '${AWS::StackName}, vpc'}]}}\n"
        "  S: {Type: AWS::EC2::Subnet, Properties: {VpcId: !Ref V, CidrBlock: 10.0.0.0/24}}\n"
        "  N: {Type: AWS::EC2::NatGateway, Properties: {SubnetId: !Ref S, AllocationId: e}}\n"
    )
    path, out = tmp_path / "t.yaml", tmp_path / "demand.yaml"
    path.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(main, ["estimate", str(path), "--set", "region=us-east-1", "--demand", str(out)])
    assert done.exit_code == 0, done.output
    assert cm.read_demand(out)
    assert read_estate(path, settings=REGION).entries
