"""Every architecture of random demands against the specification written a second time."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

import costmodel as cm
from costmodel.comparison.options import price_architectures
from costmodel.comparison.report import build_comparison_json
from costmodel.demand.reading.load import read_demand
from tests.support import demand_oracle, random_demands
from tests.support.random_demands import gb

BOOK = cm.load_prices()
CLOSE = Fraction(1, 10**6)
WHY = ("rule", "vpc", "service")


def close(ours, theirs):
    return abs(Fraction(ours) - theirs) <= max(CLOSE, abs(theirs) / 10**12)


def refused(why):
    """Rules, VPCs and services; a hub that was added has a name of either's own."""
    return sorted((w["rule"], w["vpc"] if w["service"] else "", w["service"] or "") for w in why)


def ours(document):
    return {
        a["name"]: a for a in build_comparison_json(price_architectures(read_demand(document), BOOK))["architectures"]
    }


def differences(document):
    """Where the engine and the oracle say different things of a demand."""
    theirs, found = demand_oracle.answer(document), []
    counted = (document.get("assumptions") or {}).get("free-egress") == "counted"
    for name, our in ours(document).items():
        their = theirs[name]
        if our["feasible"] != their["feasible"]:
            found.append((name, "feasible", our["why_not"], their["why"]))
            continue
        if not our["feasible"]:
            if refused(our["why_not"]) != refused(dict(zip(WHY, w, strict=True)) for w in their["why"]):
                found.append((name, "why not", our["why_not"], their["why"]))
            continue
        unpriced = {(u["x_Meter"], u["RegionId"]) for u in our["unpriced"]}
        if {m for m, _ in unpriced} != {m for m, _ in their["unpriced"]}:
            found.append((name, "unpriced", unpriced, their["unpriced"]))
        if (our["total"] is None) != (their["total_exact"] is None):
            found.append((name, "total", our["total"], their["total_exact"]))
        elif our["total"] is not None and not close(our["total_exact"], their["total_exact"]):
            found.append((name, "total", our["total_exact"], float(their["total_exact"])))
        sums = {}
        for charge in our["charges"]:
            if charge["ListCost"] is not None:
                key = charge["x_Meter"], charge["RegionId"]
                sums[key] = sums.get(key, 0) + Fraction(charge["ListCost"])
        for key, cost in sums.items():
            if not (counted and key[0] == "internet_out_gb") and not close(cost, their["charges"][key][1]):
                found.append((name, key, float(cost), float(their["charges"][key][1])))
    return found


def linked(seed):
    """Own services of two accounts, in one Region or two, asked by each other and by a third: most links are peerings."""
    r = random.Random(seed)  # noqa: S311 - no secrets
    accounts, regions = ["1" * 12, "2" * 12, "3" * 12], ["us-east-1", r.choice(["us-east-1", "ap-northeast-1"])]
    places = [regions[0], regions[1], r.choice(regions)]
    vpcs = [
        {"name": n, "account": a, "region": place, "zones": r.randint(1, 3)}
        for n, a, place in zip("abc", accounts, places, strict=True)
    ]
    vpcs[2]["count"] = r.choice([1, 3])
    kinds = ("endpoint-service", "endpoint-service", "resource")
    services = [{"name": f"of-{n}", "vpc": n, "kind": r.choice(kinds), "protocol": "tcp"} for n in "ab"]
    pairs = [("a", "of-b"), ("b", "of-a"), ("c", "of-a"), ("c", "of-b")]
    flows = [{"from": v, "to": s, "gb_sent": gb(r), "gb_received": gb(r)} for v, s in pairs]
    return {"region": regions[0], "payer": "9" * 12, "vpcs": vpcs, "services": services, "flows": flows}


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("make", [random_demands.make, linked])
def test_each_account_pays_what_the_oracle_says(make, seed):
    document = make(seed)
    theirs = demand_oracle.answer(document)
    for option in price_architectures(read_demand(document), BOOK):
        if option.total is None:
            continue
        pays, said = option.bill.by("SubAccountId"), theirs[option.name]["pays"]
        for account in {*pays, *said}:
            assert close(pays.get(account, 0), said.get(account, Fraction(0))), (option.name, account)


@pytest.mark.parametrize("seed", range(60))
def test_a_random_demand_costs_what_the_oracle_says(seed):
    assert differences(random_demands.make(seed)) == []


@pytest.mark.long
def test_two_thousand_random_demands():
    wrong = {seed: found for seed in range(60, 2060) if (found := differences(random_demands.make(seed)))}
    assert wrong == {}
