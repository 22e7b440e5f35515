"""The contract of every path and architecture, and what a plan of them builds."""

from __future__ import annotations

import csv
from decimal import Decimal

import numpy as np
import pytest

import costmodel as cm
from costmodel import aws
from costmodel.architectures.build import PATHS, build_network, list_paths
from costmodel.architectures.paths.base import OPEN
from costmodel.architectures.patterns import PATTERNS
from costmodel.architectures.preferences import make_plan_by_preference
from costmodel.comparison.options import price_architectures
from costmodel.core.errors import InfeasibleError
from costmodel.demand.reading.load import read_demand
from costmodel.network.focus import iterate_focus_rows
from tests.support import random_demands
from tests.support.paths import DATA, ROOT

BOOK = cm.load_prices()
RULES = DATA / "catalogue" / "rules.csv"
SEEDS = range(25)


def demand(seed):
    return read_demand(random_demands.make(seed))


# ---------------------------------------------------------------- every path
def test_the_paths_are_the_contracts():
    assert [p.name for p in PATHS] == [
        *("gateway-endpoint", "own-endpoint", "hub-transit-gateway", "hub-peering", "hub-virtual-private-gateway"),
        *(
            "shared-vpc",
            "nat-per-zone",
            "nat-single",
            "nat-regional",
            "nat-centralized",
            "nat-centralized-single",
            "resource-endpoint",
            "lattice",
        ),
        *("cross-region-endpoint", "routed-transit-gateway", "routed-peering"),
    ]
    assert [p.name for p in PATHS if not p.default] == ["shared-vpc"]
    assert {p.mode for p in PATHS if p.name.startswith("nat-")} == {"nat"}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_path_answers_for_a_whole_column(seed):
    d = demand(seed)
    for path in list_paths(d):
        verdict = path.check_feasibility(d)
        assert verdict.shape == (len(d.flows),)
        flows = np.flatnonzero(verdict == OPEN)
        if not len(flows):
            continue
        for need in path.list_needs(d, flows):
            assert need.ids.shape == need.level.shape == flows.shape, path.name
            assert ((need.level == 0) | ((need.ids >= 0) & (need.ids < d.count_ids(need.kind.ids)))).all(), path.name
        for put in path.list_puts(d, flows):
            assert put.ids.shape == put.amount.shape == flows.shape, path.name
            assert (put.amount >= 0).all()
            assert ((put.ids >= 0) & (put.ids < d.count_ids(put.kind.ids))).all(), (path.name, put.kind)
            assert put.column in put.kind.columns, (path.name, put.column)


@pytest.mark.parametrize("seed", SEEDS)
def test_what_a_path_says_of_some_flows_it_says_of_each(seed):
    """No answer for a flow depends on which other flows are asked with it."""
    d = demand(seed)
    for path in list_paths(d):
        flows = np.flatnonzero(path.check_feasibility(d) == OPEN)
        for one in flows[:3]:
            whole, alone = path.list_puts(d, flows), path.list_puts(d, np.array([one]))
            at = np.flatnonzero(flows == one)[0]
            of_all = {(p.kind, p.column, p.ids[at], p.amount[at]) for p in whole if p.amount[at]}
            assert of_all == {(p.kind, p.column, p.ids[0], p.amount[0]) for p in alone if p.amount[0]}


@pytest.mark.parametrize("seed", SEEDS)
def test_a_plan_built_in_blocks_is_the_plan_built_flow_by_flow(seed):
    d = demand(seed)
    for name in PATTERNS:
        try:
            plan = make_plan_by_preference(d, PATTERNS[name])
        except InfeasibleError:
            continue
        whole = {
            kind: {n: getattr(t, n).sum() for n, c in kind.columns.items() if c.type == "gb"}
            for kind, t in build_network(d, plan)
        }
        sums = {kind: dict.fromkeys(columns, 0.0) for kind, columns in whole.items()}
        for flow in range(len(plan)):
            single = np.full(len(plan), -1)
            single[flow] = plan[flow]
            for kind, table in build_network(d, single):
                for column in sums[kind]:
                    sums[kind][column] += float(
                        (getattr(table, column) * (table.count if kind.level == "count" else 1)).sum()
                    )
        for kind, columns in whole.items():
            counts = dict(build_network(d, plan))[kind].count
            for column in columns:
                total = (
                    getattr(dict(build_network(d, plan))[kind], column) * (counts if kind.level == "count" else 1)
                ).sum()
                assert total == pytest.approx(sums[kind][column]), (name, kind, column)


def test_every_rule_of_a_path_is_described_and_every_description_used():
    with RULES.open(encoding="utf-8", newline="") as file:
        described = {r["id"] for r in csv.DictReader(file)}
    source = "".join(f.read_text(encoding="utf-8") for f in (ROOT / "costmodel").rglob("*.py"))
    unused = {
        rule
        for rule in described
        if f'"{rule}"' not in source and not rule.startswith("quota-") and not rule.endswith("-mixed")
    }
    assert unused == set()
    reached = set()
    for seed in range(150):
        d = demand(seed)
        for path in list_paths(d):
            reached |= {list(d.rules)[v - 1] for v in np.unique(path.check_feasibility(d)) if v}
    assert reached <= described
    assert len(reached) >= 20


# ---------------------------------------------------------------- architectures
def test_the_architectures_are_the_contracts_in_its_order():
    assert list(PATTERNS) == [
        *("per-vpc-endpoints", "centralized-transit-gateway", "centralized-peering", "shared-vpc", "nat-per-zone"),
        *("nat-single", "nat-regional", "nat-centralized", "nat-for-everything", "lattice"),
    ]
    names = {p.name for p in PATHS}
    for pattern in PATTERNS.values():
        assert set(pattern) == {"aws", "internet", "own", "lattice", "on-premises"}
        assert set().union(*pattern.values()) <= names


def plans(document):
    """Architecture → {(VPC, service): path}."""
    d = read_demand(document)
    offered, out = list_paths(d), {}
    for option in price_architectures(d, BOOK):
        names = d.vpcs.name[d.flows.vpc], d.services.name[d.flows.service]
        out[option.name] = (
            option.why_not
            if option.plan is None
            else {(v, s): offered[p].name for v, s, p in zip(*names, option.plan, strict=True)}
        )
    return out


def test_each_flow_takes_the_first_feasible_path():
    found = plans(
        {
            "region": "us-east-1",
            "vpcs": [{"name": "app"}],
            "flows": [{"from": "app", "to": s} for s in ("s3", "kms", "internet")],
        }
    )
    assert found["per-vpc-endpoints"] == {
        ("app", "s3"): "gateway-endpoint",
        ("app", "kms"): "own-endpoint",
        ("app", "internet"): "nat-per-zone",
    }
    assert found["centralized-peering"][("app", "kms")] == "hub-peering"
    assert found["nat-for-everything"] == {("app", s): "nat-per-zone" for s in ("s3", "kms", "internet")}
    assert found["nat-single"] == {
        ("app", "s3"): "gateway-endpoint",
        ("app", "kms"): "nat-single",
        ("app", "internet"): "nat-single",
    }


def test_own_services_take_the_way_of_the_architecture_first():
    found = plans(
        {
            "region": "us-east-1",
            "vpcs": [{"name": "app"}, {"name": "db"}],
            "services": [
                {"name": "api", "vpc": "db", "kind": "endpoint-service"},
                {"name": "database", "vpc": "db", "kind": "resource"},
            ],
            "flows": [{"from": "app", "to": "api"}, {"from": "app", "to": "database"}],
        }
    )
    assert found["lattice"] == {("app", "api"): "lattice", ("app", "database"): "lattice"}
    assert found["centralized-transit-gateway"] == {
        ("app", "api"): "routed-transit-gateway",
        ("app", "database"): "routed-transit-gateway",
    }
    assert found["centralized-peering"] == {("app", "api"): "routed-peering", ("app", "database"): "routed-peering"}
    assert found["per-vpc-endpoints"] == {("app", "api"): "own-endpoint", ("app", "database"): "resource-endpoint"}


def test_a_site_is_served_by_an_interface_endpoint_in_the_hub_in_every_architecture():
    site = {
        "region": "us-east-1",
        "vpcs": [{"name": "hub1", "hub": True}, {"name": "office", "on_premises": True}],
        "flows": [{"from": "office", "to": "s3"}],
    }
    found = plans(site)
    for name, plan in found.items():
        transit = name in ("centralized-transit-gateway", "nat-centralized")
        assert plan == {("office", "s3"): "hub-transit-gateway" if transit else "hub-virtual-private-gateway"}, name
    assert set(plans({**site, "existing": {"transit_gateway": True}})["nat-single"].values()) == {"hub-transit-gateway"}


# ---------------------------------------------------------------- constraints
ONE = {"region": "us-east-1", "vpcs": [{"name": "app"}], "flows": [{"from": "app", "to": "kms", "gb_sent": 1}]}


@pytest.mark.parametrize(
    ("constraints", "architecture", "rule"),
    [
        ({"private": True}, "nat-single", "nat-private"),
        ({"endpoint_policy": ["app"]}, "nat-per-zone", "endpoint-policy"),
        ({"min_zones": 4}, "shared-vpc", None),
        ({"forbid": ["nat-per-zone", "own-endpoint"]}, "per-vpc-endpoints", "forbidden"),
        ({"forbid": [{"path": "nat-regional", "vpc": "app", "service": "kms"}]}, "nat-regional", "forbidden"),
    ],
)
def test_a_constraint_closes_paths(constraints, architecture, rule):
    why = plans({**ONE, "constraints": constraints})[architecture]
    if rule is None:
        assert why == {("app", "kms"): "nat-per-zone"}  # falls through to what is left
    else:
        assert why == [(rule, "app", "kms")]


def to_own(kind, protocol, **more):
    """One flow to a service of the user's own, in another VPC."""
    service = {"name": "api", "vpc": "db", "kind": kind, "protocol": protocol}
    flow = {"from": "app", "to": "api"}
    return {
        "region": "us-east-1",
        "vpcs": [{"name": "app"}, {"name": "db"}],
        "services": [service],
        "flows": [flow],
        **more,
    }


def test_a_flow_that_nothing_serves_is_told_why_it_and_not_what_other_paths_are_for():
    for document, rule in (
        (to_own("resource", "udp"), "resource-protocol"),
        (to_own("lattice", "udp"), "lattice-protocol"),
    ):
        found = plans(document)
        routed = {"centralized-transit-gateway", "centralized-peering"}
        assert {name for name, plan in found.items() if isinstance(plan, dict)} == routed
        assert all(found[name] == [(rule, "app", "api")] for name in found if name not in routed), found


@pytest.mark.parametrize("existing", [{}, {"transit_gateway": True}])
def test_a_site_to_the_internet_is_told_that_sites_do_not_leave_through_nat_gateways(existing):
    vpcs = [{"name": "shared", "hub": True}, {"name": "office", "on_premises": True}]
    site = {"region": "us-east-1", "vpcs": vpcs, "flows": [{"from": "office", "to": "internet"}]}
    found = plans({**site, "existing": existing})
    assert {str(why) for why in found.values()} == {str([("nat-on-premises", "office", "internet")])}


def test_a_users_constraint_is_told_before_facts_and_what_paths_are_for():
    forbid = {"constraints": {"forbid": ["lattice"]}}
    found = plans(to_own("lattice", "http", **forbid))
    assert found["lattice"] == found["per-vpc-endpoints"] == [("forbidden", "app", "api")]
    document = {**ONE, "services": [{"name": "kms", "region": "eu-west-1"}], "constraints": {"private": True}}
    assert plans(document)["per-vpc-endpoints"] == [("nat-private", "app", "kms")]  # after interface-region, a fact
    both = to_own("lattice", "udp", **forbid)  # to allow it would not help: a path is out for what cannot be first
    assert plans(both)["lattice"] == [("lattice-protocol", "app", "api")]


@pytest.mark.parametrize("kind", ["endpoint-service", "resource", "lattice"])
@pytest.mark.parametrize("region", ["us-gov-west-1", "cn-north-1", "eusc-de-east-1"])
def test_nothing_private_links_two_partitions(kind, region):
    document = to_own(kind, "tcp")
    document["vpcs"] = [{"name": "app", "region": region}, {"name": "db"}]
    assert {str(why) for why in plans(document).values()} == {str([("partition", "app", "api")])}
    document["vpcs"][0]["region"] = "us-west-2"
    assert isinstance(plans(document)["centralized-peering"], dict)


@pytest.mark.parametrize(
    ("client", "server", "sold"),
    [
        ("us-east-1", "us-gov-east-1", True),
        ("us-gov-west-1", "us-east-1", True),
        ("us-east-1", "cn-north-1", False),
        ("cn-north-1", "us-gov-west-1", False),
        ("eu-central-1", "eusc-de-east-1", False),
        ("cn-north-1", "cn-northwest-1", True),
    ],
)
def test_nat_gateways_reach_a_partition_where_transfer_there_is_sold(client, server, sold):
    document = {**ONE, "region": client, "services": [{"name": "kms", "region": server}]}
    for name, plan in plans(document).items():
        path = name if name in ("nat-single", "nat-regional", "nat-centralized") else "nat-per-zone"
        assert plan == ({("app", "kms"): path} if sold else [("partition", "app", "kms")]), name


def test_a_policy_of_the_vpcs_own_closes_the_hub():
    found = plans({**ONE, "constraints": {"vpc_policy": True}})
    assert found["centralized-transit-gateway"] == {("app", "kms"): "own-endpoint"}
    assert found["nat-single"] == [("vpc-policy", "app", "kms")]


def test_a_pinned_flow_keeps_its_path_in_every_architecture():
    found = plans({**ONE, "constraints": {"pin": [{"vpc": "app", "service": "kms", "path": "own-endpoint"}]}})
    assert {str(plan) for plan in found.values()} == {str({("app", "kms"): "own-endpoint"})}


def test_a_pin_that_would_mix_nat_gateways_is_infeasible():
    document = {**ONE, "flows": [*ONE["flows"], {"from": "app", "to": "internet"}]}
    document["constraints"] = {"pin": [{"vpc": "app", "service": "kms", "path": "nat-single"}]}
    d = read_demand(document)
    option = price_architectures(d, BOOK)["nat-per-zone"]
    assert option.why_not == [("nat-mixed", "app", None)]
    assert not option.feasible
    assert price_architectures(d, BOOK)["nat-single"].feasible


def test_build_refuses_two_sorts_of_nat_in_a_vpc_and_names_both():
    d = read_demand({**ONE, "flows": [{"from": "app", "to": "kms"}, {"from": "app", "to": "internet"}]})
    names = [p.name for p in list_paths(d)]
    with pytest.raises(InfeasibleError, match="app cannot use both nat-per-zone and nat-single"):
        build_network(d, np.array([names.index("nat-per-zone"), names.index("nat-single")]))


def test_a_peak_above_what_a_path_carries_closes_it():
    found = plans({**ONE, "flows": [{"from": "app", "to": "kms", "peak_gbps": 150}]})
    assert found["per-vpc-endpoints"] == {("app", "kms"): "own-endpoint"}  # 100 Gbps in each of three zones
    assert found["nat-single"] == [("bandwidth", "app", "kms")]  # one gateway carries 100
    found = plans({**ONE, "flows": [{"from": "app", "to": "kms", "peak_gbps": 301}]})
    assert found["per-vpc-endpoints"] == [("bandwidth", "app", "kms")]


def test_residency_keeps_flows_in_their_region():
    document = {**ONE, "services": [{"name": "kms", "region": "eu-west-1"}]}
    assert plans(document)["per-vpc-endpoints"] == {("app", "kms"): "nat-per-zone"}
    assert plans({**document, "constraints": {"residency": ["app"]}})["per-vpc-endpoints"] == [
        ("residency", "app", "kms")
    ]


def test_overlapping_cidrs_close_routes_but_not_endpoints():
    vpcs = [{"name": "app", "cidrs": "10.0.0.0/16"}, {"name": "shared", "hub": True, "cidrs": "10.0.0.0/24"}]
    found = plans({**ONE, "vpcs": vpcs})
    assert found["centralized-transit-gateway"] == {("app", "kms"): "own-endpoint"}
    assert found["nat-centralized"] == [("cidr-overlap", "app", "kms")]


def test_of_two_vpcs_that_overlap_neither_is_routed_to_one_hub_or_provider():
    same = {"cidrs": "10.0.0.0/16"}
    vpcs = [{"name": "app", **same}, {"name": "twin", **same}, {"name": "clear", "cidrs": "10.1.0.0/16"}]
    vpcs += [{"name": "db", "cidrs": "10.2.0.0/16"}, {"name": "shared", "hub": True, "cidrs": "10.3.0.0/16"}]
    services = [{"name": "api", "vpc": "db", "kind": "endpoint-service", "protocol": "tcp"}]
    flows = [{"from": v, "to": s} for v in ("app", "twin", "clear") for s in ("kms", "api")]
    found = plans({"region": "us-east-1", "vpcs": vpcs, "services": services, "flows": flows})
    for name, hub, routed in (
        ("centralized-transit-gateway", "hub-transit-gateway", "routed-transit-gateway"),
        ("centralized-peering", "hub-peering", "routed-peering"),
    ):
        for vpc in ("app", "twin"):
            assert found[name][vpc, "kms"] == found[name][vpc, "api"] == "own-endpoint"
        assert (found[name]["clear", "kms"], found[name]["clear", "api"]) == (hub, routed)
    assert found["nat-centralized"] == [("cidr-overlap", "app", "kms"), ("cidr-overlap", "twin", "kms")]
    for name in ("per-vpc-endpoints", "nat-per-zone", "lattice", "shared-vpc"):  # nothing is routed between VPCs
        assert isinstance(found[name], dict), name


@pytest.mark.parametrize("existing", [{}, {"transit_gateway": True}])
@pytest.mark.parametrize(("office", "refused"), [("10.0.0.0/8", ["office"]), ("10.9.0.0/16", ["office", "branch"])])
def test_a_site_that_overlaps_its_hub_or_another_site_is_not_routed_there(existing, office, refused):
    vpcs = [{"name": "office", "on_premises": True, "cidrs": office}]
    vpcs += [{"name": "branch", "on_premises": True, "cidrs": "10.9.0.0/24" if len(refused) > 1 else "192.168.0.0/24"}]
    vpcs += [{"name": "shared", "hub": True, "cidrs": "10.2.0.0/16"}]
    flows = [{"from": v, "to": "s3"} for v in ("office", "branch")]
    found = plans({"region": "us-east-1", "vpcs": vpcs, "flows": flows, "existing": existing})
    assert all(why == [("cidr-overlap", v, "s3") for v in refused] for why in found.values()), found


def test_quotas_of_aws_warn_or_forbid_and_those_of_the_user_forbid():
    many = {
        "region": "us-east-1",
        "vpcs": [{"name": "app", "count": 126}, {"name": "shared", "hub": True}],
        "flows": [{"from": "app", "to": "kms"}],
    }
    peering = price_architectures(read_demand(many), BOOK)["centralized-peering"]
    assert peering.why_not == [("quota-peerings", "shared", None)]
    assert price_architectures(read_demand({**many, "vpcs": [{"name": "app", "count": 60}, many["vpcs"][1]]}), BOOK)[
        "centralized-peering"
    ].quotas == [
        "shared would have 60: the quota is 50 (active peering connections of a VPC, unless AWS raised it (up to 125)), and AWS raises it on request."
    ]
    own = price_architectures(read_demand({**ONE, "constraints": {"quotas": {"endpoints-per-vpc": 0}}}), BOOK)[
        "per-vpc-endpoints"
    ]
    assert own.why_not == [("quota-endpoints", "app", None)]


# ---------------------------------------------------------------- figures by hand
def costs(document, name, assume=None):
    return price_architectures(read_demand(document, assume=assume), BOOK)[name].bill.by("x_Meter")


TWO = {
    "region": "us-east-1",
    "vpcs": [{"name": "app", "account": "111111111111"}, {"name": "shared", "hub": True, "account": "222222222222"}],
}
TWO["flows"] = [{"from": "app", "to": "kms", "gb_sent": 30, "gb_received": 60}]


def test_a_hub_over_transit_gateway():
    assert costs(TWO, "centralized-transit-gateway") == {
        "tgw_vpc_attachment_hour": 2 * Decimal("36.5"),
        "interface_endpoint_hour": Decimal("21.9"),
        "tgw_vpc_gb": Decimal("1.8"),  # 30 by the client, 60 by the hub, 0.02 each once
        "interface_endpoint_gb": Decimal("0.9"),
        "route53_hosted_zone_month": Decimal("0.5"),
    }


@pytest.mark.parametrize(
    ("payer", "app", "hub", "owner"),
    [
        ("source", "0.6", "1.2", "0"),  # 30 GB by the client, 60 by the hub, 0.02 each
        ("destination", "1.2", "0.6", "0"),
        ("owner", "0", "0", "1.8"),
    ],
)
def test_a_metering_policy_moves_the_gb_of_a_transit_gateway_and_not_the_total(payer, app, hub, owner):
    """Hours stay: an attachment of 36.50 each, the hub's endpoint 21.90 + 90 × 0.01 and its zone 0.50."""
    document = TWO | {"payer": "999999999999"}
    option = price_architectures(read_demand(document, assume={"transit-gateway-payer": payer}), BOOK)[
        "centralized-transit-gateway"
    ]
    found = option.bill.by("SubAccountId")
    assert found["111111111111"] == Decimal("36.5") + Decimal(app)
    assert found["222222222222"] == Decimal("36.5") + Decimal("21.9") + Decimal("0.9") + Decimal("0.5") + Decimal(hub)
    assert found.get("999999999999", 0) == Decimal(owner)
    assert option.total == Decimal("98.1")
    assert option.bill.usage.network.assumptions["transit-gateway-payer"] == payer


def test_a_hub_over_peering_crosses_zones():
    found = costs(TWO, "centralized-peering")
    assert found["vpc_peering_cross_az_gb_a"] == found["vpc_peering_cross_az_gb_b"] == Decimal("0.6")  # 90 × 2/3 × 0.01
    assert "vpc_peering_cross_az_gb_a" not in costs(TWO, "centralized-peering", {"cross-zone-peered": "free"})
    assert "vpc_peering_cross_az_gb_a" not in costs(TWO, "centralized-peering", {"endpoint-dns": "zonal"})


def test_each_side_of_a_peering_pays_its_own():
    """The hub's account pays endpoint, hosted zone, its 90 GB and its side of the 60 that cross zones."""
    bill = price_architectures(read_demand(TWO), BOOK)["centralized-peering"].bill
    assert bill.by("SubAccountId") == {
        "222222222222": Decimal("21.9") + Decimal("0.5") + Decimal("0.9") + Decimal("0.6"),
        "111111111111": Decimal("0.6"),
    }
    document = {
        "region": "us-east-1",
        "vpcs": [{"name": "ireland", "count": 2, "region": "eu-west-1", "account": "1" * 12}, {"name": "api", "account": "2" * 12}],
        "services": [{"name": "web", "vpc": "api", "kind": "endpoint-service"}],
        "flows": [{"from": "ireland", "to": "web", "gb_sent": 30, "gb_received": 70}],
    }  # fmt: skip
    bill = price_architectures(read_demand(document), BOOK)["centralized-peering"].bill
    assert bill.by("SubAccountId") == {"2" * 12: 2 * 70 * Decimal("0.02"), "1" * 12: 2 * 30 * Decimal("0.02")}
    assert {(r["SubAccountId"], r["RegionId"]) for r in iterate_focus_rows(bill)} == {
        ("1" * 12, "eu-west-1"),
        ("2" * 12, "us-east-1"),
    }


def test_a_profile_is_its_hubs_with_its_associations():
    found = costs(TWO, "centralized-transit-gateway", {"hub-dns": "profile"})
    assert found["route53_profile_base_hour"] == Decimal("547.5")
    assert "route53_profile_extra_association_hour" not in found
    many = {**TWO, "vpcs": [{**TWO["vpcs"][0], "count": 103}, TWO["vpcs"][1]]}
    found = costs(many, "centralized-transit-gateway", {"hub-dns": "profile"})
    assert found["route53_profile_extra_association_hour"] == 3 * Decimal("1.022")


def test_one_hop_is_charged_by_one_assumption():
    both = {"cross-zone-endpoint": "charged", "cross-zone-transit-gateway": "charged"}
    assert costs(TWO, "centralized-transit-gateway", both)["cross_az_gb_each_direction"] == Decimal(
        "1.2"
    )  # 60 GB, both sides
    assert "cross_az_gb_each_direction" not in costs(TWO, "centralized-peering", both)
    assert costs(TWO, "per-vpc-endpoints", both)["cross_az_gb_each_direction"] == Decimal("1.2")
    assert costs(TWO, "shared-vpc", both)["cross_az_gb_each_direction"] == Decimal("1.2")


def test_a_hubs_nat_gateways_are_reached_across_zones_where_transit_gateway_charges_that():
    charged = {"cross-zone-transit-gateway": "charged"}
    found = costs(TWO, "nat-centralized", charged)
    assert found["cross_az_gb_each_direction"] == Decimal("1.2")  # 90 GB × 2/3, 0.01 on both sides
    assert "cross_az_gb_each_direction" not in costs(TWO, "nat-centralized")
    assert "cross_az_gb_each_direction" not in costs(TWO, "nat-centralized", {**charged, "endpoint-dns": "zonal"})
    at_home = {**TWO, "flows": [{**TWO["flows"][0], "from": "shared"}]}
    assert "cross_az_gb_each_direction" not in costs(at_home, "nat-centralized", charged)
    wide = {**TWO, "vpcs": [TWO["vpcs"][0], {**TWO["vpcs"][1], "zones": 6}]}
    assert costs(wide, "nat-centralized", charged)["cross_az_gb_each_direction"] == Decimal("1.5")  # × 5/6
    used = price_architectures(read_demand(TWO, assume=charged), BOOK)["nat-centralized"].assumed
    assert {"cross-zone-transit-gateway", "endpoint-dns"} <= used


def test_a_single_nat_gateway_is_reached_across_zones():
    document = {**ONE, "flows": [{"from": "app", "to": "internet", "gb_sent": 30, "gb_received": 60}]}
    assert costs(document, "nat-single") == {
        "nat_gateway_hour": Decimal("32.85"),
        "nat_gateway_gb": Decimal("4.05"),
        "public_ipv4_in_use_hour": Decimal("3.65"),
        "internet_out_gb": Decimal("2.7"),
        "cross_az_gb_each_direction": Decimal("1.2"),
    }
    assert costs(document, "nat-single", {"nat-crossing-sides": "1"})["cross_az_gb_each_direction"] == Decimal("0.6")


def test_a_provider_of_a_remote_consumer_pays_per_region():
    document = {
        "region": "us-east-1",
        "vpcs": [{"name": "app", "region": "eu-west-1", "count": 2}, {"name": "saas"}],
        "services": [{"name": "api", "vpc": "saas", "kind": "endpoint-service", "protocol": "tcp"}],
        "flows": [{"from": "app", "to": "api", "gb_sent": 100, "gb_received": 300}],
    }
    found = costs(document, "per-vpc-endpoints")
    assert found["privatelink_cross_region_service_hour"] == Decimal("36.5")  # one Region, however many consumers
    assert found["inter_region_out_gb"] == 2 * 400 * Decimal("0.02")
    assert found["nlb_hour"] == Decimal("16.425")
    assert found["nlb_lcu_hour"] == 800 * Decimal("0.006")
    assert found["interface_endpoint_hour"] == 6 * 730 * Decimal("0.011")


def test_what_exists_is_paid_in_every_plan():
    document = {
        **ONE,
        "existing": {"nat_gateways": ["app"], "endpoints": [{"vpc": "app", "service": "sqs", "zones": 2}]},
    }
    for option in price_architectures(read_demand(document), BOOK):
        by = option.bill.by("x_Meter")
        hub = 3 if option.name == "nat-centralized" else 0
        assert by["nat_gateway_hour"] == (3 + hub) * Decimal("32.85"), option.name
        assert by["interface_endpoint_hour"] >= Decimal("14.6"), option.name


def test_lattice_counts_requests_or_tls_connections_above_the_free_ones():
    document = {
        "region": "us-east-1",
        "vpcs": [{"name": "app", "count": 2}, {"name": "api"}],
        "services": [{"name": "web", "vpc": "api", "kind": "lattice", "protocol": "http"}],
        "flows": [{"from": "app", "to": "web", "gb_sent": 10, "requests_per_hour": 200_000}],
    }
    found = costs(document, "lattice")
    assert found["lattice_request"] == Decimal("7.3")  # 100,000 an hour above 300,000, 730 hours, 0.10 a million
    assert found["lattice_service_gb"] == Decimal("0.5")
    tls = {**document, "services": [{**document["services"][0], "protocol": "tls"}]}
    assert "lattice_connection" in costs(tls, "lattice")


def test_kinds_of_plans_have_names_and_places():
    d = read_demand(TWO)
    network = price_architectures(d, BOOK)["centralized-transit-gateway"].network
    assert dict(network)[aws.InterfaceEndpoint].name.tolist() == ["shared/kms"]
    assert sorted(dict(network)[aws.VpcAttachment].name) == ["app/VpcAttachment", "shared/VpcAttachment"]
    assert dict(network)[aws.VpcAttachment].account.decode_words().tolist() == ["111111111111", "222222222222"]
