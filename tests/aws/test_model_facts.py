"""Facts of AWS that every answer keeps: what is routed, what stands, who pays, what is allowed. Figures by hand."""

from __future__ import annotations

import csv
import random
from decimal import Decimal

import numpy as np
import pytest

import costmodel as cm
from costmodel.architectures.build import build_network, list_paths
from costmodel.architectures.quotas import CARRIED, is_counted, locate_counted_rows
from costmodel.comparison.options import add_todays_option, build_todays_option, price_architectures
from costmodel.core.errors import InfeasibleError, InputError
from costmodel.demand.reading.load import read_demand
from costmodel.optimizer.answer import solve_and_explain
from costmodel.optimizer.plan_rows import build_change_rows, build_plan_rows
from costmodel.optimizer.report import build_answer_tables
from costmodel.optimizer.today import get_todays_plan
from tests.support import optimum_demands, random_demands
from tests.support.paths import DATA

BOOK = cm.load_prices()
HOUR, MONTH = Decimal("0.01"), 730
ENDPOINT = 3 * MONTH * HOUR  # of three zones
NAT = MONTH * (Decimal("0.045") + Decimal("0.005"))  # with its public address
ACCOUNTS = "111111111111", "222222222222", "333333333333"


def made(**more):
    return read_demand({"region": "us-east-1", **more})


def total(d):
    best = cm.optimize(d, BOOK)
    assert best.certificate["gap"] == 0
    return best.bill.total_exact


def close(value):
    return pytest.approx(Decimal(value), abs=Decimal("1e-9"))


# ---------------------------------------------------------------- routes
SAME = {"cidrs": ["10.0.0.0/16"]}
HUB = {"name": "hub", "hub": True, "cidrs": ["10.9.0.0/16"]}
THREE = ("kms", "sqs", "sts")
TWINS = {
    "vpcs": [{"name": "a", **SAME}, {"name": "b", **SAME}, HUB],
    "flows": [*({"from": "a", "to": s, "gb_sent": 1} for s in THREE), {"from": "b", "to": "internet", "gb_sent": 1}],
    "existing": {"endpoints": [{"vpc": "hub", "service": s} for s in THREE]},
    "constraints": {"private": True},
}


def test_only_of_vpcs_that_are_routed_one_keeps_the_other_out():
    """b overlaps a, but leaves by its own NAT gateway: a may use the hub, whose three endpoints stand already.

    a: 3 endpoints, 3 hosted zones, 3 GB, of which 2/3 cross zones at 0.02; b: one NAT gateway, 1 GB, 2/3 of it across
    zones at 0.02, and out at 0.09.
    """
    two_thirds = Decimal(2) / 3
    a = 3 * (ENDPOINT + Decimal("0.50") + Decimal("0.01") + two_thirds * Decimal("0.02"))
    b = NAT + Decimal("0.045") + two_thirds * Decimal("0.02") + Decimal("0.09")
    assert total(made(**TWINS)) == close(a + b)
    assert round(a + b, 2) == Decimal("103.92")
    found = price_architectures(made(**TWINS), BOOK)["centralized-peering"]
    assert found.feasible
    assert found.total == close(a + 3 * NAT + Decimal("0.045") + Decimal("0.09"))


def test_of_two_that_overlap_the_hub_is_routed_to_the_one_that_saves_more():
    """Both may want the hub's endpoint for 0.50; one gets it, the one of more GB pays its own endpoint's 21.90."""
    flows = [{"from": "a", "to": "kms", "gb_sent": 1}, {"from": "b", "to": "kms", "gb_sent": 100}]
    document = {**TWINS, "flows": flows, "existing": {"endpoints": [{"vpc": "hub", "service": "kms"}]}}
    best = cm.optimize(made(**document), BOOK)
    d = best.instance.d
    assert [list_paths(d)[p].name for p in best.plan] == ["hub-peering", "own-endpoint"]
    crossing = Decimal(2) / 3 * Decimal("0.02")
    assert best.bill.total_exact == close(2 * ENDPOINT + Decimal("0.50") + 101 * Decimal("0.01") + crossing)
    apart = {**document, "vpcs": [TWINS["vpcs"][0], {"name": "b", "cidrs": ["10.1.0.0/16"]}, HUB]}
    assert total(made(**apart)) < best.bill.total_exact


def test_a_route_between_two_that_overlap_is_none():
    vpcs = [{"name": "a", **SAME}, {**HUB, "cidrs": ["10.0.7.0/24"]}]
    best = cm.optimize(made(vpcs=vpcs, flows=[{"from": "a", "to": "kms"}]), BOOK)
    assert {best.instance.offered[n].name for n in best.instance.path} == {
        "own-endpoint", "nat-per-zone", "nat-single", "nat-regional",
    }  # fmt: skip


# ---------------------------------------------------------------- hubs
PAIR = {
    "vpcs": [{"name": "h1", "hub": True}, {"name": "h2", "hub": True}],
    "flows": [{"from": h, "to": s, "gb_sent": 1} for h in ("h1", "h2") for s in ("kms", "sqs", "logs")],
}


@pytest.mark.parametrize("marked", [("h1", "h2"), ("h1",), ("h2",)])
def test_hubs_serve_each_other(marked):
    """Each of three endpoints stands once, and the other hub's GB cross zones over the peering: 67.30, not 73.35."""
    vpcs = [{"name": n, "hub": n in marked} for n in ("h1", "h2")]
    each = ENDPOINT + Decimal("0.50") + 2 * Decimal("0.01") + Decimal(2) / 3 * Decimal("0.02")
    assert total(made(**{**PAIR, "vpcs": vpcs})) == close(3 * each)
    assert round(3 * each, 2) == Decimal("67.30")


@pytest.mark.parametrize("seed", range(24))
def test_a_hub_more_never_makes_the_optimum_dearer(seed):
    """Where a hub serves every VPC, marking another VPC of its Region as a hub only adds ways."""
    document, _ = optimum_demands.make(seed)
    r = random.Random(seed)  # noqa: S311 - no secrets
    document.pop("today", None)
    document["constraints"].pop("max_changes", None)
    vpcs = [{**v, "domain": ""} for v in document["vpcs"] if not v.get("hub")]
    for v in vpcs:
        v["zones"] = r.randint(1, 3)
    document["vpcs"] = [*vpcs, {"name": "h", "hub": True, "zones": r.randint(1, 3)}]
    if r.random() < 0.3:
        for v in document["vpcs"]:
            v["cidrs"] = [f"10.{r.randrange(3)}.0.0/16"]
    more = {**document, "vpcs": [{**v, "hub": True} if v["name"] == "a" else v for v in document["vpcs"]]}
    try:
        before = cm.optimize(read_demand(document), BOOK).bill.total_exact
    except InfeasibleError:
        return
    assert cm.optimize(read_demand(more), BOOK).bill.total_exact <= before + Decimal("1e-6")


def test_two_hubs_that_use_each_other_have_one_peering():
    """h1 asks for h2's service and h2 for h1's: one connection, which counts once at each end."""
    vpcs = [{"name": n, "hub": True, "account": a} for n, a in zip(("h1", "h2"), ACCOUNTS, strict=False)]
    flows = [{"from": "h1", "to": "sqs", "gb_sent": 3}, {"from": "h2", "to": "kms", "gb_sent": 9}]
    existing = {"endpoints": [{"vpc": "h1", "service": "kms"}, {"vpc": "h2", "service": "sqs"}]}
    quotas = {"quotas": {"peerings-per-vpc-default": 1}}
    best = cm.optimize(made(vpcs=vpcs, flows=flows, existing=existing, constraints=quotas), BOOK)
    [table] = [t for kind, t in best.network if kind.__name__ == "VpcPeering"]
    assert len(table) == 1
    assert table.gb_cross_zone.tolist() == pytest.approx([12 * 2 / 3])
    assert {r["path"] for r in build_plan_rows(solve_and_explain(best.instance.d, BOOK))} == {"hub-peering"}


def test_one_central_nat_gateway_serves_all_over_the_transit_gateway():
    """Attachments exist: 4 × 100 GB through one gateway of the hub and the Transit Gateway, which crosses zones free."""
    vpcs = [{"name": "app", "count": 4}, {"name": "hub", "hub": True}]
    flows = [{"from": "app", "to": "internet", "gb_received": 100}]
    d = made(vpcs=vpcs, flows=flows, existing={"transit_gateway": True})
    best = cm.optimize(d, BOOK)
    assert {list_paths(d)[p].name for p in best.plan} == {"nat-centralized-single"}
    attachments = 5 * MONTH * Decimal("0.05")
    served = NAT + 400 * (Decimal("0.045") + Decimal("0.02"))
    assert best.bill.total_exact == close(attachments + served)
    assert price_architectures(d, BOOK)["nat-centralized"].total == close(attachments + served + 2 * NAT)


def test_who_forbids_central_nat_gateways_forbids_one_too():
    vpcs = [{"name": "app"}, {"name": "hub", "hub": True}]
    nats = ["nat-per-zone", "nat-single", "nat-regional", "nat-centralized"]
    d = made(vpcs=vpcs, flows=[{"from": "app", "to": "internet"}], constraints={"forbid": nats})
    with pytest.raises(InfeasibleError, match="from app to internet has no path"):
        cm.optimize(d, BOOK)


@pytest.mark.parametrize(("assumed", "crossing"), [("free", 0), ("charged", 2)])
def test_what_reaches_one_central_nat_gateway_across_zones(assumed, crossing):
    """From app over the Transit Gateway by its assumption; the hub's own GB cross inside the hub, always charged."""
    vpcs = [{"name": "app"}, {"name": "hub", "hub": True}]
    flows = [{"from": v, "to": "internet", "gb_received": 90} for v in ("app", "hub")]
    pin = [{"vpc": v, "service": "internet", "path": "nat-centralized-single"} for v in ("app", "hub")]
    d = made(vpcs=vpcs, flows=flows, constraints={"pin": pin}, assumptions={"cross-zone-transit-gateway": assumed})
    bill = cm.optimize(d, BOOK).bill
    both_sides = 60 * Decimal("0.02")
    assert bill.by("x_Meter")["cross_az_gb_each_direction"] == close(both_sides * (1 + crossing // 2))
    assert bill.by("x_Meter")["nat_gateway_hour"] == MONTH * Decimal("0.045")


# ---------------------------------------------------------------- what stands
WIDER = {
    "vpcs": [{"name": "a", "zones": 2}, {"name": "hub", "zones": 3, "hub": True}],
    "flows": [{"from": "a", "to": "kms", "gb_received": 1000}],
    "existing": {"endpoints": [{"vpc": "hub", "service": "kms"}]},
    "constraints": {"min_zones": 1, "pin": [{"vpc": "a", "service": "kms", "path": "hub-peering"}]},
}


def test_an_endpoint_that_exists_in_three_zones_is_reached_in_three():
    """Its name resolves to all three: 2/3 of 1,000 GB cross zones at 0.02, whatever ``min_zones`` would do with."""
    d = made(**WIDER)
    right = ENDPOINT + Decimal("0.50") + 1000 * Decimal("0.01") + 1000 * Decimal(2) / 3 * Decimal("0.02")
    assert round(right, 2) == Decimal("45.73")
    best = cm.optimize(d, BOOK)
    assert best.bill.total_exact == close(right)
    assert [r["zones"] for r in build_plan_rows(solve_and_explain(best.instance.d, BOOK))] == [3]
    assert price_architectures(d, BOOK)["centralized-peering"].total == close(right)


@pytest.mark.parametrize(("wide", "share"), [(True, 0), (False, Decimal(2) / 3)])
def test_a_hubs_own_flow_crosses_to_what_a_plan_builds(wide, share):
    """With zonal names: pinned to its own endpoint in one zone, unless clients of the hub need it in three."""
    vpcs = [{"name": "a"}, {"name": "hub", "hub": True}]
    flows = [{"from": "hub", "to": "kms", "gb_sent": 90}, *([{"from": "a", "to": "kms"}] if wide else [])]
    pin = [{"vpc": "hub", "service": "kms", "path": "own-endpoint"}]
    assumptions = {"cross-zone-endpoint": "charged", "endpoint-dns": "zonal"}
    d = made(vpcs=vpcs, flows=flows, constraints={"min_zones": 1, "pin": pin}, assumptions=assumptions)
    bill = price_architectures(d, BOOK)["centralized-peering"].bill
    assert bill.by("x_Meter").get("cross_az_gb_each_direction", 0) == close(90 * share * Decimal("0.02"))


# ---------------------------------------------------------------- today
NARROW = {
    "vpcs": [{"name": "a"}, {"name": "b"}, {"name": "hub", "hub": True}],
    "flows": [{"from": v, "to": "kms", "gb_sent": 10} for v in ("a", "b")],
    "constraints": {"min_zones": 1},
}


def test_fewer_zones_are_a_change_and_said():
    """Two zones of one endpoint less are 14.60, 7.30 for each flow: 22.87 today, 8.27 then."""
    d = made(**NARROW, today="centralized-peering")
    best = cm.optimize(d, BOOK)
    answer = solve_and_explain(best.instance.d, BOOK)
    crossing = 20 * Decimal(2) / 3 * Decimal("0.02")
    assert best.bill.total_exact == close(ENDPOINT / 3 + Decimal("0.50") + Decimal("0.20") + crossing)
    assert answer.today - best.bill.total_exact == close(2 * ENDPOINT / 3)
    rows = build_change_rows(answer)
    assert [(r["from_zones"], r["to_zones"], Decimal(r["saving"])) for r in rows] == [(3, 1, Decimal("7.3"))] * 2
    cells = build_answer_tables(answer)["changes"].rows
    assert [c[2:4] for c in cells] == [["hub-peering, 3 zones", "hub-peering, 1 zone"]] * 2


@pytest.mark.parametrize("today", ["centralized-peering", "per-vpc-endpoints"])
def test_fewer_zones_count_as_changes(today):
    """Whoever may change nothing keeps three zones; what is built today does not shrink with a wish."""
    free = made(**NARROW, today=today)
    was = build_todays_option(free, BOOK).total
    assert was == price_architectures(made(**{**NARROW, "constraints": {}}), BOOK)[today].total
    kept = made(**{**NARROW, "constraints": {"min_zones": 1, "max_changes": 0}}, today=today)
    best = cm.optimize(kept, BOOK)
    assert best.bill.total_exact == was
    assert build_change_rows(solve_and_explain(best.instance.d, BOOK)) == []
    assert cm.optimize(free, BOOK).bill.total_exact < was
    comparison, beside = add_todays_option(price_architectures(free, BOOK), BOOK)
    assert beside.total == was
    assert beside in list(comparison)


def test_today_takes_a_hub_that_keeps_the_constraints_or_the_one_it_names():
    vpcs = [{"name": "a"}, {"name": "small", "hub": True, "zones": 1}, {"name": "large", "hub": True, "zones": 3}]
    flows = [{"from": "a", "to": "kms", "gb_sent": 1}]

    def hub_of(today, **more):
        d = made(vpcs=vpcs, flows=flows, today=today, **more)
        [number] = get_todays_plan(d)
        return str(d.vpcs.name[list_paths(d)[number].find_hub(d, np.array([0]))[0]])

    wish = {"constraints": {"min_zones": 2}}
    path = {"vpc": "a", "service": "kms", "path": "hub-peering"}
    for today in ("centralized-peering", [path]):
        assert hub_of(today) == "small"
        assert hub_of(today, **wish) == "large"
    assert hub_of([{**path, "hub": "small"}], **wish) == "small"
    assert hub_of([{**path, "hub": "large"}]) == "large"
    moved = made(vpcs=vpcs, flows=flows, today=[{**path, "hub": "large"}], constraints={"pin": [path]})
    [change] = build_change_rows(solve_and_explain(moved, BOOK))
    assert (change["from_hub"], change["to_hub"]) == ("large", "small")


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"path": "own-endpoint", "hub": "hub"}, "own-endpoint does not use a hub"),
        ({"path": "hub-peering", "hub": "b"}, "'b' is not a hub that serves 'a'. Hubs that serve it: hub."),
        ({"path": "hub-peering", "hub": "hubb"}, "unknown VPC 'hubb'"),
    ],
)
def test_a_hub_that_today_cannot_have_is_said(entry, words):
    today = [{"vpc": v, "service": "kms", **entry} for v in ("a", "b")]
    with pytest.raises(InputError, match=words.replace(".", r"\.")):
        made(**NARROW, today=today)


# ---------------------------------------------------------------- quotas
def refused(d, rule):
    """Whether every architecture and every plan is out, by a rule."""
    assert all(rule in {why for why, *_ in o.why_not} for o in price_architectures(d, BOOK)), rule
    with pytest.raises(InfeasibleError) as error:
        cm.optimize(d, BOOK)
    assert rule in {why for why, *_ in error.value.reasons}
    return error.value


def test_a_quota_that_what_exists_exceeds_leaves_no_plan():
    """Two endpoints stand in a, where one is allowed; the flow itself needs none."""
    existing = {"endpoints": [{"vpc": "a", "service": s} for s in ("kms", "sqs")]}
    one = {"vpcs": [{"name": "a"}], "flows": [{"from": "a", "to": "s3"}], "existing": existing}
    error = refused(made(**one, constraints={"quotas": {"endpoints-per-vpc": 1}}), "quota-endpoints")
    assert "a has 2 already, and the quota is 1" in str(error)
    assert [i.value for i in error.conflict] == ["endpoints-per-vpc: 1"]
    assert total(made(**one, constraints={"quotas": {"endpoints-per-vpc": 2}})) == close(2 * ENDPOINT)


def test_peerings_that_exist_count_whoever_they_are_with():
    """126 connections of a plain VPC are one more than AWS allows."""
    vpcs = [{"name": "a"}, {"name": "spoke", "count": 126}]
    one = {"vpcs": vpcs, "flows": [{"from": "a", "to": "s3"}]}
    for ends in ({"vpc": "a", "peer": "spoke"}, {"vpc": "spoke", "peer": "a"}):
        error = refused(made(**one, existing={"peerings": [ends]}), "quota-peerings")
        assert error.conflict == []  # AWS's own: nothing to loosen
    vpcs[1]["count"] = 125
    assert total(made(**one, existing={"peerings": [{"vpc": "a", "peer": "spoke"}]})) == 0


def test_a_peering_of_transit_gateways_counts_as_an_attachment():
    """Each Region has a VPC's attachment and a side of the peering: two, where one is allowed."""
    vpcs = [{"name": "app", "region": "eu-west-1"}, {"name": "api"}]
    document = {
        "vpcs": vpcs,
        "services": [{"name": "web", "vpc": "api", "kind": "endpoint-service", "protocol": "tcp"}],
        "flows": [{"from": "app", "to": "web", "gb_sent": 1}],
    }
    for most, feasible in ((1, False), (2, True)):
        pin = [{"vpc": "app", "service": "web", "path": "routed-transit-gateway"}]
        d = made(**document, constraints={"quotas": {"transit-gateway-attachments": most}, "pin": pin})
        assert price_architectures(d, BOOK)["centralized-transit-gateway"].feasible == feasible
        if feasible:
            assert total(d) > 0
        else:
            with pytest.raises(InfeasibleError):
                cm.optimize(d, BOOK)


def test_every_quota_is_counted_or_for_reading_only():
    """Each kind that a quota names is counted where a plan builds it; what nothing counts cannot be a constraint."""
    quotas = made(**NARROW).quotas
    reading = {q.id for q in quotas if not is_counted(q)}
    assert reading == {
        "bandwidth-interface-endpoint", "bandwidth-nat-gateway", "nat-gateways-per-zone", "policy-characters",
        "service-network-endpoints-per-vpc",
    }  # fmt: skip
    for name in sorted(reading):
        with pytest.raises(InputError, match="cannot be set"):
            made(**{**NARROW, "constraints": {"quotas": {name: 1}}})
    with (DATA / "catalogue" / "quotas.csv").open(encoding="utf-8", newline="") as file:
        named = {(r["id"], kind) for r in csv.DictReader(file) for kind in r["kind"].split(";") if kind}
    wanted = {(quota, kind) for quota, kind in named if quota not in reading | set(CARRIED)}
    counted, carried = set(), set()
    for seed in range(400):
        d = read_demand(random_demands.make(seed))
        carried |= {quota for p in list_paths(d) for quota, *_ in p.list_carriers(d)}
        for path in range(len(list_paths(d))):
            flows = np.flatnonzero(list_paths(d)[path].check_feasibility(d) == 0)
            plan = np.full(len(d.flows), -1)
            plan[flows] = path
            counted |= {
                (q.id, kind.__name__)
                for kind, table in (build_network(d, plan) if len(flows) else ())
                for q in d.quotas
                for found in [locate_counted_rows(d, q, kind, table)]
                if found is not None and set(found.rows) == set(range(len(table)))
            }
        if wanted <= counted and carried == set(CARRIED):
            break
    assert wanted <= counted
    assert carried == set(CARRIED)


# ---------------------------------------------------------------- who pays
REMOTE = {
    "payer": "999999999999",
    "vpcs": [{"name": "a", "account": ACCOUNTS[0]}, {"name": "hub", "hub": True, "account": ACCOUNTS[1]}],
    "services": [{"name": "sqs", "region": "us-west-2"}],
    "flows": [{"from": "a", "to": "sqs", "gb_sent": 1000, "gb_received": 500}],
}


@pytest.mark.parametrize(
    ("architecture", "payer"),
    [("nat-per-zone", 0), ("nat-single", 0), ("nat-regional", 0), ("nat-centralized", 1)],
)
def test_the_owner_of_a_nat_gateway_pays_what_goes_to_another_region(architecture, payer):
    """1,000 GB out and 500 GB back at 0.02: 30.00 to whoever owns the gateway, nothing to the payer account."""
    d = made(**REMOTE)
    bill = price_architectures(d, BOOK)[architecture].bill
    table = bill.frame
    between = table[table["x_Meter"] == "inter_region_out_gb"]
    assert between.groupby("SubAccountId")["ListCost"].sum().to_dict() == {ACCOUNTS[payer]: close("30")}
    assert set(between["RegionId"]) == {"us-east-1", "us-west-2"}
    assert "999999999999" not in bill.by("SubAccountId")


def zoned_today(zones, **constraints):
    return {
        "region": "us-east-1",
        "vpcs": [{"name": "a", "zones": 3}],
        "flows": [{"from": "a", "to": "kms", "gb_sent": 10}],
        "today": [{"vpc": "a", "service": "kms", "path": "own-endpoint", "zones": zones}],
        "constraints": constraints,
    }


@pytest.mark.parametrize("zones", [1, 2, 3])
def test_an_endpoint_of_today_stands_in_the_zones_that_are_said(zones):
    """7.30 for each zone, and 10 GB at 0.01."""
    d = read_demand(zoned_today(zones, min_zones=1, forbid=["nat-single", "nat-per-zone", "nat-regional"]))
    before = cm.price(cm.meter(build_network(d, get_todays_plan(d))), BOOK)
    assert before.total_exact == Decimal("7.30") * zones + Decimal("0.1")
    (change, *_) = [*build_change_rows(solve_and_explain(d, BOOK)), None]
    assert change is None if zones == 1 else (change["from_zones"], change["to_zones"]) == (zones, 1)


@pytest.mark.parametrize(
    ("zones", "constraints", "words"),
    [(1, {}, "min_zones: 1"), (2, {"min_zones": 3}, "min_zones: 2"), (4, {"min_zones": 1}, "has 3 zones")],
)
def test_zones_of_today_that_no_plan_could_have_are_refused(zones, constraints, words):
    with pytest.raises(InputError, match=words):
        read_demand(zoned_today(zones, **constraints))
