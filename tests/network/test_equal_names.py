"""Resources of one name are as many resources: in usage, settings, templates, answers, differences and on the page."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.aws import KINDS
from costmodel.cli.frame import parse_name_values
from costmodel.core.errors import InputError
from costmodel.documents.document import load_document, parse_document
from costmodel.network.estate_report import render_usage_file
from costmodel.network.modules import list_bill_pieces
from costmodel.network.reading.load import build_network_from_estate, open_network_document, parse_estate
from costmodel.network.reading.names import Names
from costmodel.network.reading.usage_file import build_usage_template, list_open_resources, normalize_usage_addresses
from tests.support.paths import EXAMPLES
from tests.support.plans import plan, resource
from tests.support.run_cli import run

BOOK = cm.load_prices()
INSPECTION = EXAMPLES / "gallery" / "inspection.yaml"
TWO = """
region: us-east-1
on: 2026-11-01
resources:
  - {kind: TransitGatewayAttachment, name: egress, attachment: vpc, gb_sent: 24000}
  - {kind: InternetEgress, name: egress, gb_sent: 3000}
"""


@pytest.fixture
def two(tmp_path):
    path = tmp_path / "two.yaml"
    path.write_text(TWO, encoding="utf-8")
    return path


def total(source, **more):
    return cm.price(cm.meter(cm.read_network(source, **more), exact=True), BOOK).total


# ---------------------------------------------------------------- the case
def test_one_more_gb_of_one_of_two_costs_one_gb(two):
    """730 × 0.05 + 24,000 × 0.02 + 3,000 × 0.09 = 36.50 + 480 + 270; one GB more to the internet is 0.09."""
    assert total(two) == Decimal("786.50")
    assert total(two, settings={"InternetEgress:egress.gb_sent": "3001"}) == Decimal("786.59")
    assert total(two, usage={"usage": {"InternetEgress:egress": {"gb_sent": 3001}}}) == Decimal("786.59")
    assert total(two, settings={"TransitGatewayAttachment:egress.gb_sent": "24001"}) == Decimal("786.52")
    assert total(two, settings={"InternetEgress.gb_sent": "3001"}) == Decimal("786.59")


def test_a_template_as_it_is_changes_nothing(two, tmp_path):
    """It once said `egress: {gb_sent: 3000}` of both: 366.50."""
    usage = tmp_path / "usage.yaml"
    assert run("estimate", two, "--usage-template", "-o", usage).exit_code == 0
    assert yaml.safe_load(usage.read_text(encoding="utf-8"))["usage"] == {
        "TransitGatewayAttachment:egress": {"gb_sent": 24000},
        "InternetEgress:egress": {"gb_sent": 3000},
    }
    answer = json.loads(run("estimate", two, "--usage", usage, "--format", "json").stdout)
    assert answer["total"] == "786.50"


@pytest.mark.parametrize(
    "said", [{"settings": {"egress.gb_sent": "1"}}, {"usage": {"usage": {"egress": {"gb_sent": 1}}}}]
)
def test_a_name_that_fits_two_is_refused_with_both(two, said):
    with pytest.raises(InputError, match="2 resources are called 'egress' and have 'gb_sent'") as error:
        cm.read_network(two, **said)
    assert "'TransitGatewayAttachment:egress', 'InternetEgress:egress'" in str(error.value)


def test_the_command_refuses_it_without_a_traceback(two):
    done = run("estimate", two, "--set", "egress.gb_sent=1")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "InternetEgress:egress" in done.stderr


def test_a_name_is_enough_where_one_of_two_has_the_quantity():
    """A NAT gateway and a load balancer of one name: only the first has gb_cross_zone, 0.01 on both sides."""
    value = {"region": "us-east-1", "resources": [
        {"kind": "NatGateway", "name": "api", "gb_processed": 100},
        {"kind": "GatewayLoadBalancer", "name": "api", "zones": 1},
    ]}  # fmt: skip
    assert total(value, settings={"api.gb_cross_zone": "100"}) == total(value) + 2
    with pytest.raises(InputError, match=r"have 'hours'.*'NatGateway:api', 'GatewayLoadBalancer:api'"):
        cm.read_network(value, settings={"api.hours": "1"})


def test_two_of_one_kind_and_name_are_two_rows():
    """Endpoints of 1 and 2 zones: 3 × 7.30; 100 GB of the second are 1.00."""
    value = {"region": "us-east-1", "resources": [
        {"kind": "InterfaceEndpoint", "name": "kms", "zones": 1}, {"kind": "InterfaceEndpoint", "name": "kms", "zones": 2},
    ]}  # fmt: skip
    assert list(build_usage_template(parse_estate(load_document(value, "n")))) == [
        "InterfaceEndpoint:kms#1",
        "InterfaceEndpoint:kms#2",
    ]
    assert total(value, settings={"InterfaceEndpoint:kms#2.gb_processed": "100"}) == Decimal("22.90")
    for name in ("kms", "InterfaceEndpoint:kms"):
        with pytest.raises(InputError, match="'InterfaceEndpoint:kms#1', 'InterfaceEndpoint:kms#2'"):
            cm.read_network(value, settings={f"{name}.gb_processed": "100"})


def test_what_says_a_kind_goes_over_what_does_not():
    value = {"region": "us-east-1", "resources": [
        {"kind": "NatGateway", "name": f"nat[{i}]"} for i in range(2)] + [
        {"kind": "InternetEgress", "name": f"nat[{i}]"} for i in range(2)]}  # fmt: skip
    usage = {"usage": {"NatGateway:nat[0]": {"gb_processed": 7}, "NatGateway:nat[*]": {"gb_processed": 5},
                       "nat[*]": {"gb_processed": 3}, "NatGateway:nat": {"hours": 2}}}  # fmt: skip
    gateways = next(t for kind, t in cm.read_network(value, usage=usage) if kind.kind == "NatGateway")
    assert (list(gateways.gb_processed), list(gateways.hours)) == ([7, 5], [2, 2])


def test_a_load_balancer_and_its_addresses_share_a_name_in_a_plan():
    """Of one address in a plan, what lacks a quantity takes it, as its message says; else the kind must be said."""
    made = plan(resource("aws_lb.q", load_balancer_type="network", subnets=["subnet-1", "subnet-2"]))
    base = total(made)
    assert total(made, settings={"PublicIpv4:aws_lb.q.count": "3"}) == base + Decimal("3.65")
    with pytest.raises(InputError, match=r"'NetworkLoadBalancer:aws_lb\.q', 'PublicIpv4:aws_lb\.q'"):
        cm.read_network(made, settings={"aws_lb.q.count": "3"})
    assert list(build_usage_template(parse_estate(open_network_document(made)))) == ["aws_lb.q"]


def test_a_variable_is_no_setting_of_a_network_file(two):
    """It was taken for a plan's variable and ignored."""
    with pytest.raises(InputError, match="no resource is called 'var'"):
        cm.read_network(two, settings={"var.gb_sent": "1"})


# ---------------------------------------------------------------- answers
def test_answers_tell_the_two_apart(two):
    charges = json.loads(run("estimate", two, "--format", "json").stdout)["charges"]
    costs = {}
    for c in charges:
        key = (c["ResourceType"], c["ResourceId"])
        costs[key] = costs.get(key, 0) + Decimal(c["ContractedCost"])
    assert costs == {("TransitGatewayAttachment", "egress"): Decimal("516.5"), ("InternetEgress", "egress"): 270}
    for format_ in ("table", "markdown"):
        text = run("estimate", two, "--format", format_).stdout
        assert (text.count("TransitGatewayAttachment:egress"), text.count("InternetEgress:egress")) == (2, 1)


def test_differences_tell_the_two_apart(two, tmp_path):
    after = tmp_path / "after.yaml"
    after.write_text(TWO.replace("3000", "3001"), encoding="utf-8")
    (change,) = json.loads(run("diff", two, after, "--format", "json").stdout)["resources"]
    assert (change["kind"], change["difference"]) == ("InternetEgress", "0.09")


def test_gb_that_go_are_those_of_the_one_that_goes(two, tmp_path):
    after = tmp_path / "after.yaml"
    after.write_text(TWO.replace("  - {kind: InternetEgress, name: egress, gb_sent: 3000}\n", ""), encoding="utf-8")
    assert "3,000 GB are carried by resources that are removed" in run("diff", two, after).stderr


def one_kind(*zones):
    rows = [{"kind": "InterfaceEndpoint", "name": "kms", "zones": n} for n in zones]
    return {"region": "us-east-1", "on": "2026-11-01", "resources": rows}


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ((1, 2), (2, 1), []),  # only their order
        ((1, 2), (1, 2, 3), [("added", "21.9")]),
        ((1, 2, 3), (3, 1), [("removed", "-14.6")]),
        ((1, 2), (1, 3), [("changed", "7.3")]),
        ((1, 1), (1,), [("removed", "-7.3")]),
    ],
)
def test_a_difference_keeps_equal_names_of_one_kind_apart(tmp_path, before, after, changes):
    paths = tmp_path / "a.json", tmp_path / "b.json"
    for path, zones in zip(paths, (before, after), strict=True):
        path.write_text(json.dumps(one_kind(*zones)), encoding="utf-8")
    found = json.loads(run("diff", *paths, "--format", "json").stdout)["resources"]
    assert [(c["change"], c["difference"]) for c in found] == changes


def test_what_is_open_of_one_is_not_open_of_the_other():
    """The addresses of a balancer are unknown, its hours are not."""
    made = plan(resource("aws_lb.q", load_balancer_type="network", unknown=["subnets"]))
    bill = cm.price(cm.meter(cm.read_network(made), exact=True), BOOK, partial=True)
    assert {p.kind: p.open for p in list_bill_pieces(bill)} == {"NetworkLoadBalancer": False, "PublicIpv4": True}


# ---------------------------------------------------------------- any network
HOSTILE = st.sampled_from(
    ["egress", "yes", "null", "~", "5", "1.10", "2026-11-01", "-x", "- x", "a: b", "a #b", "#", "'", '"', "a\nb", "{x}",
     "[0]", "a[0]", "a[1]", "a[*]", "a", "x.y", "<<", "=", "a=b", "Ångström ✓", "\u2028", "*a", "&a", "!t", "%", "|", "?",
     " lead", "trail ", "a]", "NatGateway", "NatGateway:egress", "InternetEgress:egress", "egress#1", "egress#2",
     "NatGateway:egress#1", "var.x", "region", "k" * 1100, "\U0001f680"]
)  # fmt: skip
NAMES = st.one_of(
    HOSTILE, st.text(st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n\t"), max_size=8)
)
PEERS = {"peer_region": "eu-west-1", "service_region": "eu-west-1", "to_region": "eu-west-1"}
AMOUNTS = {"count": st.integers(0, 5), "gb": st.decimals(0, 9999, places=2), "number": st.integers(0, 99),
           "hours": st.sampled_from([0, 100, 730])}  # fmt: skip


def _put(entry, path, value):
    for key in path[:-1]:
        entry = entry.setdefault(key, {})
    entry[path[-1]] = value


@st.composite
def entries(draw):
    """A resource of any kind, with some of its quantities, or all."""
    kind = draw(st.sampled_from([k for k in KINDS if k.given is None or k.columns[k.given].type != "name"]))
    entry = {"kind": kind.kind, "name": draw(NAMES)} | ({kind.when[0]: kind.when[1]} if kind.when else {})
    for column in kind.columns.values():
        if column.type == "name":  # it refers to another resource
            continue
        needed = column.default is None or column.path[0] == kind.given
        if column.type == "location":
            entry |= {column.path[0]: PEERS[column.path[0]]}
        elif needed or draw(st.booleans()):
            of = AMOUNTS[column.type] if column.type in AMOUNTS else st.sampled_from(column.choices)
            _put(entry, column.path, draw(of))
    return entry | ({"count": draw(st.integers(1, 3))} if draw(st.booleans()) else {})


NETWORKS = st.lists(entries(), min_size=1, max_size=8).map(lambda rows: {"region": "us-east-1", "resources": rows})


def said(estate):
    """What a network is, row by row."""
    bill = cm.price(cm.meter(build_network_from_estate(estate), exact=True), BOOK, partial=True)
    return bill.totals, bill.unpriced, list(bill.frame.fillna("").itertuples(index=False, name=None))


@given(NETWORKS)
def test_a_template_changes_no_figure_whatever_the_names(value):
    estate = parse_estate(load_document(value, "network"))
    text = render_usage_file("network", build_usage_template(estate))
    again = parse_estate(load_document(value, "network"), usage=parse_document(text, "usage.yaml"))
    assert said(again) == said(estate)


@given(NETWORKS, st.data())
def test_every_resource_can_be_set_alone(value, data):
    estate = parse_estate(load_document(value, "network"))
    rows = list_open_resources(estate)
    numbers = [(one, key) for one in rows for key, v in one.quantities.items() if not isinstance(v, dict)]
    if not numbers:
        return
    one, key = data.draw(st.sampled_from(numbers))
    address = estate.names.get_address(one.number)
    settings = parse_name_values([f"{address}.{key}=77"], "--set")
    after = parse_estate(load_document(value, "network"), settings=settings)
    changed = {i for i, (a, b) in enumerate(zip(estate.entries, after.entries, strict=True)) if a != b}
    assert changed <= {one.number}
    assert str(after.entries[one.number][key]) == "77"


@given(st.lists(st.tuples(st.sampled_from(["NatGateway", "InternetEgress"]), NAMES), max_size=8))
def test_every_resource_has_an_address_of_its_own(resources):
    names = Names(resources)
    for i in range(len(resources)):
        assert names.find_resources(names.get_address(i)).numbers == [i]


def test_usage_under_any_address_meets_what_a_page_says():
    value = yaml.safe_load(TWO)
    estate = parse_estate(load_document(value, "n"))
    usage = {"InternetEgress:egress#1": {"gb_sent": 1}, "TransitGatewayAttachment:egress": {"gb_sent": 2}}
    assert normalize_usage_addresses(estate, usage) == {
        "InternetEgress:egress": {"gb_sent": 1}, "TransitGatewayAttachment:egress": {"gb_sent": 2},
    }  # fmt: skip
    assert normalize_usage_addresses(
        parse_estate(load_document(one_kind(1), "n")), {"InterfaceEndpoint:kms": {"gb_processed": 1}}
    ) == {"kms": {"gb_processed": 1}}
