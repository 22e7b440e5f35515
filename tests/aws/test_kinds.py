"""The contract of every kind of resource, and of every assumption: what holds for one holds for the next one added."""

from __future__ import annotations

import itertools
import re
from decimal import Decimal

import numpy as np
import pytest

from costmodel.architectures.build import PATHS
from costmodel.aws import KINDS, METERS, VARIANTS
from costmodel.core.assumptions import ASSUMPTIONS, build_assumption_rows, resolve_assumptions
from costmodel.core.meters import UNITS, BilledService
from costmodel.core.table import Codes, Table
from costmodel.network.network import Network, compute_quantities
from tests.support.paths import ROOT

DEFAULTS = resolve_assumptions()
QUANTITIES = ("count", "number", "gb", "hours")
ids = [k.__name__ for k in KINDS]


def table(kind, size=3, exact=False, **values):
    """Resources of a kind: every quantity something, every choice its first word."""
    columns = {}
    for n, (name, column) in enumerate(kind.columns.items()):
        if column.type in QUANTITIES:
            value = values.get(name, {"hours": 730.0, "count": 2.0}.get(column.type, 100.0 + n))
            columns[name] = (
                np.array([Decimal(str(value))] * size, dtype=object) if exact else np.full(size, float(value))
            )
        else:
            word = column.choices[0] if column.choices else "eu-west-1"
            columns[name] = Codes.repeat_word(word, size)
    words = dict.fromkeys(("account", *kind.accounts, "payer"), "111111111111") | {"location": "us-east-1"}
    columns |= {name: Codes.repeat_word(word, size) for name, word in words.items()}
    columns |= {"count": np.ones(size), "name": np.array(["a", "b", "c"][:size], dtype=object)}
    return Table(size, columns)


def charged(kind, assumptions=DEFAULTS, **values):
    return {m: q[0] for m, q in compute_quantities(kind, table(kind, 1, **values), assumptions).items()}


@pytest.mark.parametrize("kind", KINDS, ids=ids)
def test_a_kind_has_a_sentence_and_charges_or_says_why_it_is_free(kind):
    assert kind.__doc__
    assert bool(compute_quantities(kind, table(kind), DEFAULTS)) != bool(kind.free)
    if kind.free:
        assert "https://" in kind.free


@pytest.mark.parametrize("kind", KINDS, ids=ids)
def test_one_rule_prices_one_and_many_in_floats_and_in_decimals(kind):
    one, many = compute_quantities(kind, table(kind, 1), DEFAULTS), compute_quantities(kind, table(kind, 3), DEFAULTS)
    exact = compute_quantities(kind, table(kind, 3, exact=True), DEFAULTS)
    assert list(one) == list(many) == list(exact)
    for meter, quantity in many.items():
        assert quantity.shape == (3,), meter.id
        assert quantity.tolist() == [one[meter][0]] * 3
        assert [float(q) for q in exact[meter]] == pytest.approx(quantity.tolist())
        assert all(isinstance(q, Decimal) for q in exact[meter]), meter.id


@pytest.mark.parametrize("kind", KINDS, ids=ids)
def test_its_rule_and_its_assumptions_read_no_column_that_it_does_not_declare(kind):
    """A misspelt column fails: the table has the kind's own columns and no others."""
    columns = {name: getattr(table(kind), name) for name in kind.columns}
    strict = Table(3, columns)
    kind(strict).compute_charges()
    for replace in kind.assumes.values():
        replaced = replace(strict)
        assert set(replaced) <= set(kind.columns)
        kind(strict.with_columns(replaced)).compute_charges()


FOCUS_NETWORKING = {
    *("Application Networking", "Content Delivery", "Network Connectivity", "Network Infrastructure"),
    *("Network Routing", "Network Security", "Other (Networking)"),
}
"""The subcategories of FOCUS 1.2's category Networking."""


@pytest.mark.parametrize("kind", KINDS, ids=ids)
def test_the_services_that_charge_it_have_names_of_focus(kind):
    for m in kind.list_meters():
        assert isinstance(m.service, BilledService), m.id
        assert m.service.code
        assert " " not in m.service.code
        assert m.service.name
        assert (m.service.category, m.service.subcategory in FOCUS_NETWORKING) == ("Networking", True), m.id


def test_a_service_is_declared_once():
    services = {m.service for m in METERS.values()}
    assert len({s.code for s in services}) == len({s.name for s in services}) == len(services)


@pytest.mark.parametrize("kind", KINDS, ids=ids)
def test_it_names_every_meter_it_charges(kind):
    assert set(compute_quantities(kind, table(kind), DEFAULTS)) <= set(kind.list_meters())


def test_a_peering_connection_and_data_over_a_transit_gateway_charge_two_accounts():
    found = {kind.__name__: kind.accounts for kind in KINDS if kind.accounts}
    peerings = dict.fromkeys(("VpcPeering", "RemoteVpcPeering"), ("peer_account",))
    data = dict.fromkeys(("VpcData", "VpnData", "DirectConnectData"), ("received_account", "sent_account"))
    assert found == peerings | data


@pytest.mark.parametrize("kind", KINDS, ids=ids)
def test_it_is_linear_in_what_a_path_may_put_but_for_the_pieces_it_names(kind):
    for name, column in kind.columns.items():
        if column.type not in ("gb", "number"):
            continue
        others = {n: 0 for n, c in kind.columns.items() if c.type in ("gb", "number")}
        edges = [0.0, *kind.pieces.get(name, ()), 1e9]
        for low, high in itertools.pairwise(edges):
            at = [charged(kind, **others | {name: low + (high - low) * share}) for share in (0, 0.5, 1)]
            for meter in at[0]:
                middle = (at[0][meter] + at[2][meter]) / 2
                assert at[1][meter] == pytest.approx(middle, rel=1e-9), (name, meter.id)


@pytest.mark.parametrize("kind", KINDS, ids=ids)
def test_nothing_used_for_no_time_is_charged_only_by_the_month(kind):
    nothing = {n: 0 for n, c in kind.columns.items() if c.type in QUANTITIES}
    for meter, quantity in charged(kind, **nothing).items():
        assert quantity == (1 if meter.id == "route53_hosted_zone_month" else 0), meter.id


@pytest.mark.parametrize("kind", KINDS, ids=ids)
def test_a_part_of_an_hour_is_a_full_one_but_for_addresses(kind):
    part, full = charged(kind, hours=99.25), charged(kind, hours=100)
    for meter in full:
        if not meter.id.startswith("public_ipv4_"):
            assert part[meter] == full[meter], meter.id
        else:
            assert part[meter] < full[meter] or part[meter] == full[meter] == 0


@pytest.mark.parametrize("kind", [k for k in KINDS if k.level == "zones" and not k.free], ids=lambda k: k.__name__)
def test_one_more_zone_adds_one_hourly_charge(kind):
    assumptions = DEFAULTS | {"resource-endpoint-hours": "zone"}
    two, three = charged(kind, assumptions, zones=2, public_ips=0), charged(kind, assumptions, zones=3, public_ips=0)
    more = [(m.unit, three[m] - two[m]) for m in two if three[m] != two[m]]
    assert more == [("Hours", 730)]


@pytest.mark.parametrize("meter", METERS.values(), ids=list(METERS))
def test_a_meter_says_what_is_counted_and_where_that_stands(meter):
    assert meter.title
    assert meter.unit in UNITS
    assert meter.rule.startswith(("each", "per", "the", "once"))
    assert meter.url.startswith("https://")


def test_meters_of_one_id_are_one_meter():
    """But for whose pools they fill: a NAT gateway's hours are the payer's, or those of its firewall."""
    seen = {}
    for kind in KINDS:
        for m in kind.list_meters():
            same = (m.title, m.service, m.usage_type, m.unit, m.rule, m.url, m.operation, m.everywhere)
            assert seen.setdefault(m.id, same) == same, m.id
    of_firewalls = {m.id for kind in KINDS for m in kind.list_meters() if m.owner == "firewall" and m.includes}
    assert of_firewalls == {
        f"{kind}_{unit}" for kind in ("nat_gateway", "regional_nat_gateway") for unit in ("hour", "gb")
    }
    assert all(METERS[name].owner == "payer" for name in of_firewalls), "the first kind's is the meter of that id"


DATA = ("VpcData", "VpnData", "DirectConnectData")
"""Of demands alone, where a metering policy says who pays a Transit Gateway's GB."""


def test_the_kinds_of_network_files():
    assert set(VARIANTS) - {"ResolverProfileAssociation", "ResourceGateway", "DirectConnectTransfer", *DATA} == {
        *("InterfaceEndpoint", "GatewayEndpoint", "GatewayLoadBalancerEndpoint", "ResourceEndpoint"),
        *("ServiceNetworkEndpoint", "EndpointService", "NetworkLoadBalancer", "GatewayLoadBalancer", "LatticeService"),
        *("LatticeResource", "NatGateway", "RegionalNatGateway", "TransitGatewayAttachment", "VpcPeering"),
        *("PublicIpv4", "ResolverEndpoint", "PrivateHostedZone", "ResolverProfile", "VpnConnection"),
        *("DirectConnectPort", "InternetEgress", "InterZoneTransfer", "InterRegionTransfer"),
        *("ApplicationLoadBalancer", "ClassicLoadBalancer", "NetworkFirewall", "CloudWanCoreNetworkEdge"),
        *("CloudWanAttachment", "VpnConcentrator", "ClientVpnEndpoint", "DnsFirewall", "Ipam", "TrafficMirrorSession"),
        *("ReachabilityAnalyzer", "NetworkAccessAnalyzer", "VpcEncryptionControl", "RouteServerEndpoint"),
        *("VerifiedAccessEndpoint", "TransitGatewayMulticast", "TunnelEndpoint"),
    }


# ---------------------------------------------------------------- assumptions
def test_every_assumption_is_read_somewhere():
    """By a kind, by a path, or by the readers of bytes and the pools (which have one each)."""
    kinds = {setting.partition("=")[0] for kind in KINDS for setting in kind.assumes}
    paths = {name for path in PATHS for name in path.assumes}
    assert kinds | paths | {"gb", "free-egress", "zones-unknown"} == set(ASSUMPTIONS)


def test_what_kinds_and_paths_read_are_assumptions():
    for kind in KINDS:
        for setting in kind.assumes:
            name, _, value = setting.partition("=")
            assert value in ASSUMPTIONS[name].meanings
    for path in PATHS:
        assert set(path.assumes) <= set(ASSUMPTIONS)


@pytest.mark.parametrize("kind", [k for k in KINDS if k.assumes], ids=lambda k: k.__name__)
def test_a_switch_of_a_kind_changes_what_it_charges(kind):
    for setting in kind.assumes:
        name = setting.partition("=")[0]
        answers = [charged(kind, DEFAULTS | {name: value}) for value in ASSUMPTIONS[name].meanings]
        assert answers[0] != answers[1]


@pytest.mark.parametrize("assumption", ASSUMPTIONS.values(), ids=list(ASSUMPTIONS))
def test_an_assumption_has_two_meanings_and_a_source(assumption):
    assert len(assumption.meanings) >= 2
    assert all(assumption.meanings.values())
    assert not assumption.settled or "https://" in assumption.settled
    assert ("settled: " in assumption.explain_value(assumption.default)) == bool(assumption.settled)
    assert assumption.explain_value(list(assumption.meanings)[1]) == list(assumption.meanings.values())[1]
    assert "https://" in assumption.why or "AWS" in assumption.why or "measurements" in assumption.why


def test_what_aws_settles_is_marked_and_can_still_be_switched():
    settled = {a.name for a in ASSUMPTIONS.values() if a.settled}
    assert settled == {"cross-zone-transit-gateway", "regional-nat-hours"}
    used = {name: ASSUMPTIONS[name].default for name in sorted(settled)} | {"gwlb-hours": "zone"}
    assert [value for _, value in build_assumption_rows(used)] == ["free (settled)", "zone (settled)", "zone"]
    assert build_assumption_rows({"regional-nat-hours": "gateway"}) == [["regional-nat-hours", "gateway"]]


def test_a_network_knows_its_size():
    network = Network({KINDS[0]: table(KINDS[0]), KINDS[2]: table(KINDS[2], 2)})
    assert len(network) == 5


# ---------------------------------------------------------------- what the code may not spell
SOURCE = sorted((ROOT / "costmodel").rglob("*.py"))


@pytest.mark.parametrize("file", SOURCE, ids=lambda f: str(f.relative_to(ROOT)))
def test_no_price_region_or_tier_edge_stands_in_code(file):
    """Prices are data. A docstring or a message may name a Region as an example."""
    code = re.sub(r'"""(.|\n)*?"""', "", file.read_text(encoding="utf-8"))
    code = "\n".join(
        line.partition("#")[0] for line in code.splitlines() if "epilog" not in line and "message" not in line
    )
    assert not re.search(r'["\'](us|eu|ap|sa|ca|me|af|il|mx|cn)(-gov)?-[a-z]+-\d["\']', code)
    assert not re.search(r"\b(1_?048_?576|5_?242_?880|10_?240|51_?200|153_?600)\b", code)
    assert not re.search(r"\b0\.0\d+\b", code), "a unit price?"
    if file.name != "units.py":
        assert not re.search(r"\b(730|1024)\b", code), "only units.py spells these"
