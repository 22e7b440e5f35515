"""Random demands of everything there is: the optimum and every architecture against oracles that share no code."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import numpy as np
import pytest

import costmodel as cm
from costmodel.architectures.build import list_paths
from costmodel.comparison.options import price_architectures
from costmodel.core.errors import CostmodelError, InfeasibleError, UnpricedError
from costmodel.demand.reading.load import read_demand
from costmodel.pricing.book import PriceBook
from tests.support import demand_oracle, optimum_oracle, plan_oracle, rich_demands

BOOK = cm.load_prices()
CLOSE = Fraction(1, 10**6)


def close(ours, theirs):
    return abs(Fraction(ours) - theirs) <= max(CLOSE, abs(theirs) / 10**9)


def both(seed):
    """The engine's demand and prices, and the oracle's demand; what neither can stand is taken out of the document."""
    document, terms, lost = rich_demands.make(seed)
    book = cm.load_prices(contract={"terms": terms}) if terms else BOOK
    if lost:
        book = PriceBook(
            [r for r in BOOK.rows if r.meter not in lost], BOOK.locations.values(), BOOK.described.values()
        )
    prices = {key: tiers for key, tiers in demand_oracle.PRICE.items() if key[1] not in lost}

    def read():
        theirs = demand_oracle.read(document, prices=prices)
        theirs.terms = terms
        return theirs

    theirs = read()
    if "today" in document:  # what is built today must be possible, and have a price
        today = optimum_oracle.today_of(theirs)
        if today is None or plan_oracle.price(theirs, plan_oracle.build(theirs, today))[2]:
            del document["today"]
            for key in ("max_changes", "no_account_pays_more"):
                document.get("constraints", {}).pop(key, None)
            theirs = read()
    return read_demand(document), book, theirs


def rows_of(d, plan):
    """(VPC, service, path, hub, zones) of each flow of a plan."""
    offered = list_paths(d)
    for f, number in enumerate(plan.tolist()):
        path, one = offered[number], np.array([f])
        hub = str(d.vpcs.name[path.find_hub(d, one)[0]]) if path.hubbed else None
        zones = path.count_serving_zones(d, one)
        yield (
            str(d.vpcs.name[d.flows.vpc[f]]),
            str(d.services.name[d.flows.service[f]]),
            path.name,
            hub,
            None if zones is None else int(zones[0]),
        )


def optimum_differences(seed):
    """Where the optimizer and the oracle say different things of a demand."""
    ours, book, theirs = both(seed)
    try:
        best = cm.optimize(ours, book)
    except (InfeasibleError, UnpricedError) as error:
        plan, total = optimum_oracle.cheapest(theirs)
        return [] if plan is None else [f"no plan ({error}), but {plan} costs {float(total):.4f}"]
    except CostmodelError as error:
        return [f"refused: {error}"]
    total = Fraction(best.bill.total_exact)
    out = optimum_oracle.faults(theirs, optimum_oracle.plan_of(rows_of(ours, best.plan)), total)
    plan, least = optimum_oracle.cheapest(theirs, float(total) + optimum_oracle.SLACK)
    if plan is not None and least < total - max(CLOSE, total / 10**9):
        out.append(f"{float(total):.6f} is not the least: {plan} costs {float(least):.6f}")
    c = best.certificate
    gap, bound = c.get("priced_gap", c["gap"]), c.get("priced_lower_bound", best.lower_bound)
    if gap > 0 or abs(Fraction(bound) - total) > max(CLOSE, total / 10**7):
        out.append(f"not proven: gap {gap:.2e}, bound {bound:.6f} of {float(total):.6f}")
    theirs.floor = True
    plan, floor = optimum_oracle.cheapest(theirs, float(total) + optimum_oracle.SLACK)
    if best.proof == "whole" and floor < total - max(CLOSE, total / 10**9):
        out.append(f"not proven: with what is unknown at 0, {plan} costs {float(floor):.6f} of {float(total):.6f}")
    if best.lower_bound > float(floor) * (1 + 1e-9) + 1e-6:
        out.append(f"bound {best.lower_bound:.6f}, but with what is unknown at 0, {plan} costs {float(floor):.6f}")
    return out


def comparison_differences(seed):
    """Where an architecture's total, or what an account pays of it, is another by the oracle."""
    ours, book, theirs = both(seed)
    out = []
    for option in price_architectures(ours, book):
        plan, why = demand_oracle.choose(theirs, option.name)
        built = plan_oracle.build(theirs, plan)
        why = why or plan_oracle.exceeded(theirs, plan, built)
        total, _, unpriced, pays = plan_oracle.price(theirs, built)
        why = why or plan_oracle.unsold(unpriced)
        if option.feasible == bool(why):
            out.append((option.name, option.why_not, why))
        elif option.feasible and (option.total is None) != bool(unpriced):
            out.append((option.name, option.total, dict(unpriced)))
        elif option.total is not None:
            said = option.bill.by("SubAccountId")
            out += [] if close(option.total, total) else [(option.name, float(option.total), float(total))]
            wrong = [a for a in {*pays, *said} if not close(said.get(a, 0), pays.get(a, Fraction(0)))]
            out += [(option.name, "pays", a) for a in wrong]
    return out


def check(which, seeds):
    assert {seed: found for seed in seeds if (found := which(seed))} == {}


@pytest.mark.parametrize("chunk", range(10))
def test_the_optimum_of_100_rich_demands(chunk):
    check(optimum_differences, range(10 * chunk, 10 * chunk + 10))


@pytest.mark.parametrize("chunk", range(10))
def test_every_architecture_of_100_rich_demands(chunk):
    check(comparison_differences, range(10 * chunk, 10 * chunk + 10))


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(18))
def test_the_optimum_of_900_more(chunk):
    check(optimum_differences, range(100 + 50 * chunk, 150 + 50 * chunk))


@pytest.mark.long
@pytest.mark.parametrize("chunk", range(9))
def test_every_architecture_of_900_more(chunk):
    check(comparison_differences, range(100 + 100 * chunk, 200 + 100 * chunk))


def test_rich_demands_have_all_that_there_is():
    """Each of what the oracle is to know is drawn several times among the 100."""
    drawn = Counter()
    for document, terms, lost in map(rich_demands.make, range(100)):
        vpcs, flows = document["vpcs"], document["flows"]
        drawn.update(list(document.get("constraints", ())))
        drawn.update(list(document.get("existing", ())))
        drawn.update(f"{k}={v}" for k, v in document["assumptions"].items())
        drawn.update(s.get("kind", "elsewhere") for s in document.get("services", ()))
        drawn.update({"terms"} if terms else ())
        drawn.update({"lost"} if lost else ())
        drawn.update({"today"} & set(document))
        drawn.update({key for v in vpcs for key in v if key in ("hub", "on_premises", "domain", "cidrs", "region")})
        drawn.update({"count"} if any(v.get("count", 1) > 1 for v in vpcs) else ())
        drawn.update({"hubs"} if sum("hub" in v for v in vpcs) > 1 else ())
        drawn.update({key for f in flows for key in ("requests_per_hour", "peak_gbps") if f.get(key)})
    wanted = ["private", "min_zones", "forbid", "quotas", "max_changes", "no_account_pays_more", "allow", "pin"]
    wanted += ["transit_gateway", "nat_gateways", "endpoints", "peerings", "connections", "free-egress=counted"]
    wanted += ["endpoint-service", "lattice", "resource", "elsewhere", "terms", "lost", "today", "hub", "hubs"]
    wanted += ["on_premises", "domain", "cidrs", "region", "count", "requests_per_hour", "peak_gbps"]
    assert [what for what in wanted if drawn[what] < 2] == []
