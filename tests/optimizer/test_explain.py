"""What is said of a plan: runners-up, flips, changes, frontier, postures, conflicts; each against another way to know it."""

from __future__ import annotations

import dataclasses
import json
import time
from unittest import mock

import numpy as np
import pytest
from click.testing import CliRunner

import costmodel as cm
from costmodel.architectures.build import build_network, list_paths
from costmodel.architectures.paths.base import OPEN
from costmodel.cli import main
from costmodel.comparison.options import price_architectures
from costmodel.core.errors import InfeasibleError, StoppedError, UnpricedError
from costmodel.demand.reading.load import read_demand
from costmodel.optimizer.answer import solve_and_explain
from costmodel.optimizer.cheapest import find_cheapest_plan
from costmodel.optimizer.clock import Clock
from costmodel.optimizer.conflict import find_conflict
from costmodel.optimizer.explain import find_plan_changes, find_runners_up
from costmodel.optimizer.frontier import solve_postures, trace_frontier
from costmodel.optimizer.model.instance import Instance
from costmodel.optimizer.model.limits import build_limits
from costmodel.optimizer.plan_rows import build_plan_rows
from costmodel.optimizer.report import build_answer_json, build_answer_tables, build_certificate_rows
from costmodel.optimizer.today import get_todays_plan
from tests.support import optimum_demands

BOOK = cm.load_prices()
VPCS = [{"name": "a", "zones": 2}, {"name": "b"}, {"name": "h", "hub": True}]
FLOWS = [{"from": v, "to": s, "gb_sent": 9} for v in "ab" for s in ("kms", "sqs", "logs", "sts", "s3")]
BASE = {"region": "us-east-1", "vpcs": VPCS, "flows": FLOWS}


def allowed(d):
    """Per flow, the numbers of the paths that it may take."""
    offered = list_paths(d)
    open_ = np.array([p.check_feasibility(d) == OPEN for p in offered])
    for number, p in enumerate(offered):
        if not p.default and p.name not in d.constraints.allow:
            open_[number] = False
    return [np.flatnonzero(open_[:, f]).tolist() for f in range(len(d.flows))]


def total_of(d, plan):
    """A plan's bill; None where it may not be."""
    try:
        bill = cm.price(cm.meter(build_network(d, plan)), BOOK, partial=True)
    except InfeasibleError:
        return None
    return None if bill.unpriced else float(bill.total_exact)


def solved(seeds):
    for seed in seeds:
        d = read_demand(optimum_demands.make(seed)[0])
        try:
            yield seed, d, cm.optimize(d, BOOK)
        except InfeasibleError:
            continue


def with_gb(d, f, gb):
    sent = d.flows.gb_sent[f] / d.gb[f] if d.gb[f] else 0.5
    columns = {"gb_sent": d.flows.gb_sent.copy(), "gb_received": d.flows.gb_received.copy()}
    columns["gb_sent"][f], columns["gb_received"][f] = sent * gb, (1 - sent) * gb
    return dataclasses.replace(d, flows=d.flows.with_columns(columns))


# ---------------------------------------------------------------- runners-up
@pytest.mark.parametrize("begin", range(0, 30, 6))
def test_a_runner_up_is_the_next_best_path_all_others_as_they_are(begin):
    tried = 0
    for seed, d, best in solved(range(begin, begin + 6)):
        limits = build_limits(best.instance)
        found = find_runners_up(best, BOOK)
        now = float(best.bill.total_exact)
        for f, numbers in enumerate(allowed(d)):
            others = []
            for number in numbers:
                plan = best.plan.copy()
                plan[f] = number
                total = total_of(d, plan)
                chosen = best.instance.find_plan_candidates(plan)
                if (
                    number != best.plan[f]
                    and total is not None
                    and not limits.find_broken_limits(best.instance, chosen)
                ):
                    others.append(total - now)
            if not others:
                assert found.path[f] == -1, (seed, f)
                continue
            tried += 1
            assert found.more[f] == pytest.approx(min(others), rel=1e-7, abs=1e-5), (seed, f)
    assert tried


@pytest.mark.parametrize("begin", range(0, 30, 6))
def test_chosen_path_and_runner_up_cost_the_same_at_the_flip(begin):
    flips = 0
    for seed, d, best in solved(range(begin, begin + 6)):
        found = find_runners_up(best, BOOK)
        for f in np.flatnonzero(found.path >= 0):
            other = best.plan.copy()
            other[f] = found.path[f]

            def gap(gb, f=f, d=d, best=best, other=other):
                each = with_gb(d, f, gb)
                one, two = total_of(each, best.plan), total_of(each, other)
                return None if one is None or two is None else two - one

            flip = found.flip_gb[f]
            if np.isnan(flip):
                for gb in (0.0, d.gb[f] / 3, 2 * d.gb[f], 50 * d.gb[f] + 10_000, 1e6, 1e7, 1e8):
                    assert gap(gb) is None or gap(gb) >= -1e-5, (seed, f, gb)
                continue
            flips += 1
            scale = max(1.0, float(best.bill.total_exact))
            assert gap(flip) == pytest.approx(0, abs=1e-6 * scale), (seed, f)
            for share in (0.25, 0.5, 0.75):  # nothing nearer
                assert gap(d.gb[f] + share * (flip - d.gb[f])) >= -1e-6 * scale, (seed, f)
    assert flips


@pytest.mark.parametrize("sent", [0.0, 500.0])
def test_a_flip_is_found_whatever_tiers_other_flows_reach(sent):
    """Two NAT gateways less cost 73.00 less, and 2/3 of the GB cross zones at 0.02: break-even at 5,475 GB.

    What a receives is on no tiered pool; what b sends is on that of the internet, whose tiers do not bend a's cost.
    """
    flows = [{"from": "a", "to": "internet", "gb_received": 500}, {"from": "b", "to": "internet", "gb_sent": sent}]
    d = read_demand({"region": "us-east-1", "vpcs": [{"name": "a"}, {"name": "b"}], "flows": flows})
    best = cm.optimize(d, BOOK)
    assert find_runners_up(best, BOOK).flip_gb == pytest.approx([73 / (0.02 * 2 / 3)] * 2, rel=1e-9)


# ---------------------------------------------------------------- changes
@pytest.mark.parametrize("today", ["nat-for-everything", "per-vpc-endpoints", "nat-single", "lattice"])
@pytest.mark.parametrize("seed", range(1, 12, 2))
def test_savings_add_up_to_all_that_is_saved(today, seed):
    document = optimum_demands.make(seed)[0] | {"constraints": {}, "today": today}
    d = read_demand(document)
    best = cm.optimize(d, BOOK)
    found = find_plan_changes(best, BOOK)
    before = price_architectures(d, BOOK, names=[today])[0]
    if before.total is None:
        return
    assert found.today == pytest.approx(float(before.total), rel=1e-9)
    assert found.saving.sum() == pytest.approx(found.today - float(best.bill.total_exact), rel=1e-7, abs=1e-5)
    assert np.array_equal(found.flows, np.flatnonzero(get_todays_plan(d) != best.plan))


def test_what_is_built_today_stands_whatever_the_constraints_want():
    d = read_demand({**BASE, "today": "nat-for-everything", "constraints": {"private": ["a", "b"]}})
    assert {list_paths(d)[p].name for p in get_todays_plan(d)} == {"nat-per-zone"}
    assert find_plan_changes(cm.optimize(d, BOOK), BOOK).today > 0
    assert find_plan_changes(cm.optimize(read_demand(BASE), BOOK), BOOK) is None


# ---------------------------------------------------------------- frontier and postures
def test_every_point_of_the_frontier_is_the_optimum_of_so_many_changes():
    d = read_demand({**BASE, "today": "nat-for-everything"})
    points = trace_frontier(d, BOOK)
    assert points[0].changes == 0
    totals = [p.total for p in points]
    assert totals == sorted(totals, reverse=True)
    for point in points:
        limit = read_demand({**BASE, "today": "nat-for-everything", "constraints": {"max_changes": point.changes}})
        assert point.total == pytest.approx(float(cm.optimize(limit, BOOK).bill.total_exact))
    assert points[-1].total == pytest.approx(float(cm.optimize(d, BOOK).bill.total_exact))
    assert trace_frontier(read_demand(BASE), BOOK) is None


def test_a_long_frontier_is_the_hull_of_exact_points():
    document = {**BASE, "vpcs": [{"name": "a", "zones": 2, "count": 8}, VPCS[2]], "today": "nat-for-everything"}
    document["flows"] = [{"from": "a", "to": s, "gb_sent": 900 * (i + 1)} for i, s in enumerate(("kms", "sqs", "s3"))]
    points = trace_frontier(read_demand(document), BOOK)
    assert points[-1].changes > 12
    assert len(points) > 2
    for point in points[1:-1]:
        limit = read_demand({**document, "constraints": {"max_changes": point.changes}})
        assert point.total == pytest.approx(float(cm.optimize(limit, BOOK).bill.total_exact))


def test_a_stricter_posture_never_costs_less():
    found = {p.name: p for p in solve_postures(read_demand(BASE), BOOK)}
    asked = float(found["as asked"].best.bill.total_exact)
    for posture in found.values():
        assert posture.best is None or float(posture.best.bill.total_exact) >= asked - 1e-9
    private = found["AWS services at private addresses"].best
    assert not any(list_paths(private.instance.d)[p].mode for p in private.plan)


# ---------------------------------------------------------------- limits
def test_no_account_pays_more_at_the_real_prices():
    vpcs = [{"name": n, "account": str(i) * 12} for i, n in enumerate("abc", 1)] + [
        {"name": "h", "hub": True, "account": "9" * 12}
    ]
    flows = [
        {"from": v, "to": s, "gb_sent": g} for v, g in (("a", 5), ("b", 60), ("c", 700)) for s in ("kms", "sqs", "logs")
    ]
    document = {"region": "us-east-1", "vpcs": vpcs, "flows": flows, "today": "per-vpc-endpoints"}
    document["constraints"] = {
        "forbid": [{"path": p} for p in ("nat-per-zone", "nat-single", "nat-regional", "nat-centralized")]
    }
    free = cm.optimize(read_demand(document), BOOK)
    document["constraints"]["no_account_pays_more"] = True
    d = read_demand(document)
    fair = cm.optimize(d, BOOK)
    before = price_architectures(d, BOOK, names=["per-vpc-endpoints"])[0].bill.by("SubAccountId")
    for name, cost in fair.bill.by("SubAccountId").items():
        assert float(cost) <= float(before.get(name, 0)) + 1e-5
    assert any(cost > before.get(name, 0) for name, cost in free.bill.by("SubAccountId").items())
    assert free.bill.total_exact < fair.bill.total_exact
    assert fair.lower_bound <= float(fair.bill.total_exact)


def test_flows_that_share_an_endpoint_share_its_bandwidth():
    """Three zones carry 300 Gbps: two VPCs of 200 Gbps cannot share the hub's endpoint, one can."""
    flows = [{"from": v, "to": "kms", "gb_sent": 5, "peak_gbps": 200} for v in "ab"]
    document = {**BASE, "vpcs": [{"name": "a"}, {"name": "b"}, VPCS[2]], "flows": flows}
    d = read_demand(document)
    best = cm.optimize(d, BOOK)
    names = [list_paths(d)[p].name for p in best.plan]
    assert names.count("own-endpoint") >= 1
    central = price_architectures(d, BOOK, names=["centralized-peering"])[0]
    assert ("bandwidth", "h", "kms") in central.why_not
    half = read_demand({**document, "flows": [{**f, "peak_gbps": 150} for f in flows]})
    assert price_architectures(half, BOOK, names=["centralized-peering"])[0].why_not == []


# ---------------------------------------------------------------- conflicts
NAT = ["nat-per-zone", "nat-single", "nat-regional", "nat-centralized"]
CONFLICTS = [
    (
        {
            "private": ["a"],
            "forbid": [{"path": "own-endpoint"}, {"path": "hub-transit-gateway"}, {"path": "hub-peering"}],
        },
        4,
    ),
    ({"min_zones": 3, "private": ["a", "b"], "forbid": [{"path": "hub-transit-gateway"}, {"path": "hub-peering"}]}, 4),
    ({"quotas": {"endpoints-per-vpc": 1}, "private": ["a"], "endpoint_policy": ["b"]}, 2),
    ({"quotas": {"endpoints-per-vpc": 3}, "vpc_policy": ["b"], "min_zones": 1}, 2),
    ({"max_changes": 0, "private": ["a"], "min_zones": 2}, 2),
]


@pytest.mark.parametrize(("constraints", "size"), CONFLICTS)
def test_a_conflict_is_irreducible(constraints, size):
    document = {**BASE, "constraints": constraints, "today": "nat-for-everything"}
    with pytest.raises(InfeasibleError, match="cannot all be kept") as error:
        cm.optimize(read_demand(document), BOOK)
    items = error.value.conflict
    assert len(items) == size
    for left_out in items:  # without any one of them there is a plan
        kept = [i for i in items if i != left_out]
        some = {}
        for i in kept:
            if i.constraint == "forbid":
                some.setdefault("forbid", []).append({"path": i.value})
            elif i.constraint == "quotas":
                some["quotas"] = constraints["quotas"]
            elif i.vpc:
                some.setdefault(i.constraint, []).append(i.vpc)
            else:
                some[i.constraint] = constraints[i.constraint]
        assert cm.optimize(read_demand({**document, "constraints": some}), BOOK).bill.total_exact > 0


def test_a_demand_without_a_plan_whatever_its_constraints_has_no_conflict():
    document = {**BASE, "vpcs": [VPCS[0], {"name": "gov", "region": "us-gov-west-1"}]}
    document["services"] = [{"name": "api", "vpc": "gov", "kind": "endpoint-service"}]
    document["flows"] = [{"from": "a", "to": "api"}]
    d = read_demand({**document, "constraints": {"min_zones": 2}})
    with pytest.raises(InfeasibleError) as error:
        cm.optimize(d, BOOK)
    assert error.value.conflict == []
    assert find_conflict(d, BOOK, None, error.value.reasons, Clock()) == []


# ---------------------------------------------------------------- time
def test_a_search_that_is_stopped_says_how_far_it_may_be_from_the_optimum():
    told = []

    def stop(seconds, doing):
        told.append((seconds, doing))
        return len(told) > 1

    d = read_demand({**BASE, "today": "nat-for-everything"})
    best = cm.optimize(d, BOOK, progress=stop)
    assert best.certificate["gap"] > 0
    assert "an architecture" in best.certificate["solver"]
    exact = cm.optimize(d, BOOK)
    assert best.lower_bound <= float(exact.bill.total_exact) <= float(best.bill.total_exact)
    limited = read_demand({**BASE, "constraints": {"quotas": {"endpoints-per-vpc": 1}, "private": ["a"]}})
    with pytest.raises((StoppedError, InfeasibleError)):
        cm.optimize(limited, BOOK, progress=lambda *_: True)


def test_an_empty_demand_has_an_empty_plan():
    best = cm.optimize(read_demand({**BASE, "flows": []}), BOOK)
    assert (len(best.plan), best.bill.total, best.certificate["gap"]) == (0, 0, 0)


def test_an_instance_keeps_to_the_candidates_it_is_given():
    d = read_demand(BASE)
    flow, path = np.arange(len(d.flows)), np.array([1] * len(d.flows))
    assert Instance(d, BOOK, None, candidates=(flow, path)).path.tolist() == path.tolist()


# ---------------------------------------------------------------- the answer and the command line
@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("demand") / "demand.json"
    path.write_text(json.dumps({**BASE, "name": "two VPCs", "today": "per-vpc-endpoints"}))
    return str(path)


def run(*arguments):
    return CliRunner().invoke(main, ["optimize", *arguments])


def test_the_json_is_as_scripts_expect_it(file):
    result = run(file, "--format", "json", "--frontier", "--postures")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert {"total", "lower_bound", "gap", "plan", "changes", "architectures", "certificate", "assumptions"} <= set(
        found
    )
    assert isinstance(found["gap"], int | float)
    assert set(found["plan"][0]) >= {"vpc", "service", "path", "hub", "zones", "runner_up", "flip_gb"}
    ends = {f"{end}{of}" for end in ("from", "to") for of in ("", "_hub", "_zones")}
    assert set(found["changes"][0]) == {"vpc", "service", "saving", *ends}
    saved = sum(float(c["saving"]) for c in found["changes"])
    assert saved == pytest.approx(float(found["today"]["saving"]), abs=0.01)
    totals = [float(a["total"]) for a in found["architectures"]]
    assert totals == sorted(totals)
    assert float(found["total"]) <= totals[0]
    assert found["best_architecture"] == found["architectures"][0]["name"]
    assert "shared-vpc" not in [a["name"] for a in found["architectures"]]
    assert found["frontier"][-1]["total"] == found["total"]
    asked = {"name": "as asked", "total": found["total"], "why_not": None, "gap": 0.0, "proof": "whole"}
    assert found["postures"][0] == asked


def test_tables_fold_flows_that_are_alike(file):
    answer = solve_and_explain(read_demand(file), BOOK)
    titles = [table.title for table in build_answer_tables(answer)]
    assert titles == ["two VPCs", "The plan", "Changes from today", "Certificate", ""]
    assert len(build_plan_rows(answer)) == len(FLOWS)
    assert ["Gap", "none: proven optimal"] in build_certificate_rows(answer)
    assert build_answer_json(answer)["resources"]
    result = run(file, "--all")
    assert "proven optimal" in result.stdout
    assert run(file, "--format", "csv").stdout.splitlines()[0].startswith("vpc,service,path")
    assert "| VPC | Service |" in run(file, "--format", "markdown").stdout


def test_no_plan_is_exit_1_and_says_which_constraints_conflict(tmp_path):
    path = tmp_path / "demand.json"
    path.write_text(json.dumps({**BASE, "constraints": CONFLICTS[2][0]}))
    result = run(str(path), "--format", "json")
    assert result.exit_code == 1
    found = json.loads(result.stdout)
    assert found["plan"] is None
    assert {c["constraint"] for c in found["conflict"]} == {"quotas", "private"} or {
        c["constraint"] for c in found["conflict"]
    } == {"quotas", "endpoint_policy"}
    result = run(str(path))
    assert result.exit_code == 1
    assert "These cannot all be kept" in result.stdout
    assert "No plan:" in result.stderr
    path.write_text(
        json.dumps({**BASE, "constraints": {"forbid": [{"path": p, "vpc": "b"} for p in [*NAT, "own-endpoint"]]}})
    )
    assert run(str(path), "--time-limit", "0.000001").exit_code in (0, 1)


def test_a_search_that_was_stopped_without_a_plan_is_json_too(tmp_path):
    """What no architecture keeps leaves no plan to fall back on; `diff` says why the file holds none."""
    path = tmp_path / "demand.json"
    forbid = [{"path": p, "vpc": "b"} for p in [*NAT, "own-endpoint"]]
    path.write_text(json.dumps({**BASE, "constraints": {"forbid": forbid, "quotas": {"endpoints-per-vpc": 2}}}))
    with mock.patch(
        "costmodel.optimizer.optimize.find_cheapest_plan", side_effect=StoppedError("No plan was found in time.")
    ):
        result = run(str(path), "--format", "json")
    found = json.loads(result.stdout)
    assert (result.exit_code, found["plan"], found["conflict"]) == (1, None, [])
    assert found["message"] == "No plan was found in time."
    path.with_name("answer.json").write_text(result.stdout)
    told = CliRunner().invoke(main, ["diff", str(path.with_name("answer.json")), str(path)])
    assert told.exit_code == 2
    assert "No plan was found in time." in told.stderr


@pytest.mark.parametrize(
    ("names", "few"), [(("kms", "sqs"), True), (("kms", "sqs", "logs", "sts", "sns", "ssm"), False)]
)
def test_what_fewer_changes_cost_keeps_to_what_each_account_pays(names, few):
    """Four VPCs with an endpoint each pay for themselves; endpoints of the hub are cheaper, but another account's."""
    vpcs = [{"name": f"v{n}", "account": "1" * 12, "zones": 2} for n in range(4)]
    document = {
        "region": "us-east-1",
        "vpcs": [*vpcs, {"name": "h", "hub": True, "account": "2" * 12, "zones": 2}],
        "flows": [{"from": vpc["name"], "to": name, "gb_sent": 9} for vpc in vpcs for name in names],
        "today": "per-vpc-endpoints",
        "constraints": {"no_account_pays_more": True},
    }
    d = read_demand(document)
    best = cm.optimize(d, BOOK)
    found = trace_frontier(d, BOOK)
    assert found[-1].total == pytest.approx(float(best.bill.total_exact))
    assert (found[-1].changes == 0) == few
    for point in found[:-1]:
        limited = {**document, "constraints": {**document["constraints"], "max_changes": point.changes}}
        assert point.total == pytest.approx(float(cm.optimize(read_demand(limited), BOOK).bill.total_exact))
    totals = [point.total for point in found]
    assert totals == sorted(totals, reverse=True)


def test_an_open_answer_bounds_its_total():
    """Zones of a hub have no price in GovCloud."""
    flows = [{"from": "app", "to": name, "gb_sent": 1} for name in ("kms", "sqs", "sns", "sts", "logs")]
    vpcs = [{"name": "app", "count": 3}, {"name": "shared", "hub": True}]
    document = {"region": "us-gov-west-1", "vpcs": vpcs, "flows": flows, "constraints": {"private": ["app"]}}
    found = build_answer_json(solve_and_explain(read_demand(document), BOOK))
    assert found["open"]
    assert float(found["total_at_least"]) == pytest.approx(float(found["lower_bound"]), abs=0.0051)
    assert float(found["total_at_least"]) < float(found["total"]) == float(found["total_at_most"])
    whole = build_answer_json(solve_and_explain(read_demand(BASE), BOOK))
    assert not whole["open"]
    assert not {"total_at_least", "total_at_most"} & set(whole)


@pytest.mark.parametrize("key", ["max_changes", "no_account_pays_more"])
def test_what_is_held_against_today_needs_to_know_it(key, tmp_path):
    path = tmp_path / "demand.json"
    path.write_text(json.dumps({**BASE, "constraints": {key: 1 if key == "max_changes" else True}}))
    result = run(str(path))
    assert result.exit_code == 2
    assert "'today', which is missing" in result.stderr


def test_what_is_built_today_without_a_price_is_no_saving():
    flows = [{"from": "a", "to": "internet", "gb_sent": 50}]
    document = {"region": "us-gov-west-1", "vpcs": [{"name": "a"}], "flows": flows, "today": "nat-regional"}
    d = read_demand(document)
    with pytest.raises(UnpricedError, match="built today"):
        find_plan_changes(cm.optimize(d, BOOK), BOOK)
    answer = solve_and_explain(d, BOOK)
    assert answer.changes is None
    assert any("built today" in text for text in answer.option.quotas)
    assert build_answer_json(answer)["today"] is None


def test_what_fewer_changes_and_stricter_rules_cost_says_when_a_price_is_missing():
    """Zones of a hub have no price in GovCloud: a rule that only endpoints keep is open, the plan as asked is proven."""
    services = ("kms", "sqs", "sns", "sts", "logs")
    document = {
        "region": "us-gov-west-1",
        "vpcs": [{"name": "app", "count": 3}, {"name": "shared", "hub": True}],
        "flows": [{"from": "app", "to": name, "gb_sent": 1} for name in services],
    }
    found = {p.name: p for p in solve_postures(read_demand(document), BOOK)}
    strict = read_demand({**document, "constraints": {"private": ["app"]}})
    alone = cm.optimize(strict, BOOK)
    rule = found["AWS services at private addresses"]
    assert (rule.proof, rule.best.bill.total) == (alone.proof, alone.bill.total)
    assert rule.proof == "priced-only"
    assert found["as asked"].proof == cm.optimize(read_demand(document), BOOK).proof


def test_the_searches_beside_a_plan_hear_its_time_limit():
    services = ("kms", "sqs", "sns", "sts", "logs", "monitoring", "ssm", "ec2")
    document = {
        "region": "us-east-1",
        "vpcs": [{"name": "app", "count": 60}, *({"name": f"h{n}", "hub": True} for n in range(3))],
        "flows": [{"from": "app", "to": name, "gb_sent": 40} for name in services],
        "constraints": {"quotas": {"endpoints-per-vpc": 3}},
        "today": "nat-per-zone",
    }
    d = read_demand(document)
    begun = time.monotonic()
    answer = solve_and_explain(d, BOOK, time_limit=0.5, with_frontier=True, with_postures=True)
    assert time.monotonic() - begun < 20
    assert len(answer.postures) == 6
    for rule in answer.postures:
        assert rule.best is not None or rule.why


def test_an_account_search_that_was_stopped_has_not_proven_that_there_is_no_plan():
    document = {
        "region": "us-east-1",
        "vpcs": [{"name": "a"}, {"name": "h", "hub": True, "account": "1" * 12}],
        "flows": [{"from": "a", "to": "kms", "gb_sent": 5}],
        "today": [{"vpc": "a", "service": "kms", "path": "nat-per-zone"}],
        "constraints": {"no_account_pays_more": True, "private": ["a"], "forbid": ["own-endpoint"]},
    }
    with pytest.raises(StoppedError):
        find_cheapest_plan(read_demand(document), BOOK, Clock(None, -1.0))
    with pytest.raises(InfeasibleError):
        find_cheapest_plan(read_demand(document), BOOK, Clock(None, None))
