"""Break-evens against the engine's bills at every point, the closed forms, and wrong questions."""

from __future__ import annotations

import json

import numpy as np
import pytest
from click.testing import CliRunner

import costmodel as cm
from costmodel.architectures.build import build_network
from costmodel.cli import main
from costmodel.comparison.breakeven import compile_gb_cost_functions
from costmodel.comparison.breakeven_report import build_breakeven_json
from costmodel.comparison.options import price_architectures
from costmodel.comparison.phase import compute_phase_diagram
from costmodel.comparison.varied_quantity import parse_varied_quantity
from costmodel.core.errors import InputError
from costmodel.demand.reading.load import read_demand
from tests.support import random_demands

BOOK = cm.load_prices()
NAMES = ["kms", "sqs", "sns", "logs", "ec2", "sts", "ssm", "lambda", "states", "events", "ecr.api", "ecr.dkr", "glue"]
NAMES += ["secretsmanager", "monitoring"]
HUB = ["centralized-transit-gateway", "per-vpc-endpoints"]


def estate(zones, services, *, gb=0, hub=False, **more):
    vpcs = [{"name": "app", "zones": zones}] + ([{"name": "h", "hub": True, "zones": zones}] if hub else [])
    flows = [{"from": "app", "to": name, "gb_sent": gb} for name in NAMES[:services]]
    return {"region": "us-east-1", "vpcs": vpcs, "flows": flows, **more}


# ---------------------------------------------------------------- closed forms
@pytest.mark.parametrize(("zones", "gb"), [(1, 208.5714285714), (2, 417.1428571429), (3, 625.7142857143)])
def test_own_endpoint_against_an_existing_nat_gateway(zones, gb):
    """Zones × 7.30 over 0.035."""
    d = read_demand(estate(zones, 1, gb=100, existing={"nat_gateways": ["app"]}))
    found = cm.breakeven(d, BOOK, vary="gb", between=["nat-per-zone", "per-vpc-endpoints"])
    [change] = found.crossings
    assert change["at"] == pytest.approx(gb, abs=1e-9)
    assert change["at"] == pytest.approx(zones * 7.3 / 0.035, rel=1e-12)
    assert [i["cheapest"] for i in found.intervals] == ["nat-per-zone", "per-vpc-endpoints"]
    assert found.flips["above"] == change
    assert found.now == 100


@pytest.mark.parametrize(("zones", "gb"), [(1, 365), (2, 730), (3, 1095)])
def test_own_endpoint_against_a_hub_that_is_there_anyway(zones, gb):
    existing = {"transit_gateway": True, "endpoints": [{"vpc": "h", "service": "kms"}]}
    d = read_demand(estate(zones, 1, gb=100, hub=True, existing=existing, assumptions={"hub-dns": "none"}))
    [change] = cm.breakeven(d, BOOK, between=HUB).crossings
    assert change["at"] == pytest.approx(gb, rel=1e-12)
    assert (change["from"], change["to"]) == tuple(HUB)


NEVER = None
TABLE = {  # spokes needed, by zones and services 1, 2, 3, 4, 5, 6, 8, 10, 15
    1: [NEVER, NEVER, NEVER, NEVER, NEVER, 12, 5, 4, 3],
    2: [NEVER, NEVER, 12, 5, 4, 3, 2, 2, 2],
    3: [NEVER, 12, 4, 3, 3, 2, 2, 2, 2],
}


@pytest.mark.parametrize("zones", TABLE)
def test_spokes_from_which_a_hub_over_transit_gateway_pays(zones):
    """N > (S·A·7.30 + 36.50) / (S·A·7.30 − 36.50), without traffic."""
    for services, spokes in zip((1, 2, 3, 4, 5, 6, 8, 10, 15), TABLE[zones], strict=True):
        d = read_demand(estate(zones, services, hub=True, assumptions={"hub-dns": "none"}))
        found = cm.breakeven(d, BOOK, vary="vpcs:app", low=1, high=20, between=HUB)
        at_ = found.crossings[0]["at"] if found.crossings else NEVER
        assert at_ == spokes, (zones, services)
        paid = services * zones * 7.3
        if spokes is NEVER:
            assert paid <= 36.5 or (paid + 36.5) / (paid - 36.5) >= 20
        else:
            assert spokes == np.floor((paid + 36.5) / (paid - 36.5)) + 1


def test_a_hub_over_peering_and_single_and_central_nat_gateways():
    """21.90/0.01333; 73 and two public addresses over 0.01333; zones' gateways and addresses over 0.02."""
    free = {"cross-zone-peered": "charged", "hub-dns": "none"}
    existing = {"endpoints": [{"vpc": "h", "service": "kms"}]}
    d = read_demand(estate(3, 1, gb=9, hub=True, existing=existing, assumptions=free))
    [peered] = cm.breakeven(d, BOOK, between=["centralized-peering", "per-vpc-endpoints"]).crossings
    assert peered["at"] == pytest.approx(21.9 / (0.02 * 2 / 3), rel=1e-12)
    d = read_demand({**estate(3, 0), "flows": [{"from": "app", "to": "internet", "gb_received": 1}]})
    [single] = cm.breakeven(d, BOOK, between=["nat-single", "nat-per-zone"]).crossings
    assert single["at"] == pytest.approx(5475, rel=1e-12)
    hub = estate(3, 0, hub=True, existing={"transit_gateway": True, "nat_gateways": ["h"]})
    d = read_demand({**hub, "flows": [{"from": "app", "to": "internet", "gb_received": 1}]})
    [central] = cm.breakeven(d, BOOK, between=["nat-centralized", "nat-per-zone"]).crossings
    assert central["at"] == pytest.approx(5475, rel=1e-12)


# ---------------------------------------------------------------- against the engine
@pytest.mark.parametrize("seed", range(20))
def test_along_gb_a_cost_is_the_bill_of_the_demand_with_that_many(seed):
    d = read_demand(random_demands.make(seed))
    q = parse_varied_quantity(d, "gb")
    functions, tried = compile_gb_cost_functions(
        d, BOOK, q, [o.name for o in price_architectures(d, BOOK) if o.plan is not None]
    )
    plans = {o.name: o.plan for o in tried}
    for f in functions:
        for gb in (0.0, 0.7, 90.0, 123_456.5):
            if gb <= f.end:
                bill = cm.price(cm.meter(build_network(q.with_value(d, gb), plans[f.name])), BOOK)
                assert float(f(gb)) == pytest.approx(float(bill.total_exact), rel=1e-9, abs=1e-6), f.name


def test_one_flow_alone_varies_and_the_others_stay():
    d = read_demand(estate(3, 3, gb=1000))
    q = parse_varied_quantity(d, "gb:app/sqs")
    moved = q.with_value(d, 7.0)
    assert moved.gb.tolist() == [1000, 7, 1000]
    assert (moved.flows.gb_sent[1], moved.flows.gb_received[1]) == (7, 0)
    found = cm.breakeven(d, BOOK, vary="gb:app/sqs", between=["nat-per-zone", "per-vpc-endpoints"])
    for interval in found.intervals:
        middle = q.with_value(d, (interval["from"] + interval["to"]) / 2)
        totals = {
            o.name: o.total for o in price_architectures(middle, BOOK, names=["per-vpc-endpoints", "nat-per-zone"])
        }
        assert totals[interval["cheapest"]] == min(totals.values())


@pytest.mark.parametrize("vary", ["gb", "gb:app/s3", "vpcs", "zones", "hours", "services", "region"])
def test_what_costs_nothing_is_an_array_of_zeros(vary):
    """One flow to S3 through a gateway endpoint, which is free: no pool has anything on it."""
    vpcs, flows = [{"name": "app", "zones": 1}], [{"from": "app", "to": "s3", "gb_received": 100}]
    d = read_demand({"region": "us-east-1", "vpcs": vpcs, "flows": flows})
    found = cm.breakeven(d, BOOK, vary=vary)
    assert {i["cheapest"] for i in found.intervals} == {"per-vpc-endpoints"}
    assert {i["total"] for i in found.intervals} == {0.0}
    assert found.crossings == []
    for f in found.functions:
        assert f(np.array([[0.0, 1.0], [7.0, 8.0]])).shape == (2, 2)


def test_of_vpcs_that_provide_a_service_the_number_does_not_vary():
    """v0 asks v1's service and provides its own: v0 and v1 stay one VPC each, v2's number varies."""
    vpcs = [{"name": f"v{i}"} for i in range(3)]
    services = [{"name": f"of-v{i}", "vpc": f"v{i}", "kind": "endpoint-service", "protocol": "tcp"} for i in range(2)]
    flows = [{"from": v, "to": s, "gb_sent": 10} for v, s in (("v0", "of-v1"), ("v2", "of-v0"), ("v2", "kms"))]
    d = read_demand({"region": "us-east-1", "vpcs": vpcs, "services": services, "flows": flows})
    assert cm.breakeven(d, BOOK, vary="vpcs", low=1, high=4).now == 1
    more = parse_varied_quantity(d, "vpcs").with_value(d, 4)
    assert more.vpcs.name.tolist()[:6] == ["v0", "v1", "v2-1", "v2-2", "v2-3", "v2-4"]
    with pytest.raises(
        InputError, match="'v0' provides 'of-v0', which a single VPC provides, so its number cannot vary"
    ):
        cm.breakeven(d, BOOK, vary="vpcs:v0")


@pytest.mark.parametrize("vary", ["gb", "vpcs", "hours"])
def test_an_architecture_without_a_price_is_open_and_not_compared(vary):
    """No price of hosted zones is held in GovCloud: without them the hub has a break-even, with them it is open."""
    vpcs = [{"name": "app", "count": 3}, {"name": "hub", "hub": True}]
    flows = [{"from": "app", "to": s, "gb_received": 100} for s in ("kms", "sqs")]
    document = {"region": "us-gov-west-1", "vpcs": vpcs, "flows": flows}
    names = ["per-vpc-endpoints", "centralized-transit-gateway", "centralized-peering"]
    found = cm.breakeven(read_demand(document), BOOK, vary=vary, between=names)
    meter = "route53_hosted_zone_month"
    lacking = {name for name, why in found.left_out.items() if meter in why}
    assert lacking == {"centralized-transit-gateway", "centralized-peering"}
    opened = {i["what"]: i["kind"] for i in build_breakeven_json(found)["open"]}
    assert opened.get("centralized-peering") == "price"  # two endpoints may cost less than six
    free = read_demand({**document, "assumptions": {"hub-dns": "none"}})
    without = cm.breakeven(free, BOOK, vary=vary, between=names)
    assert "centralized-peering" in without.architectures


def test_a_flow_without_gb_sends_half_and_receives_half():
    d = parse_varied_quantity(read_demand(estate(3, 1)), "gb").with_value(read_demand(estate(3, 1)), 10.0)
    assert (d.flows.gb_sent[0], d.flows.gb_received[0]) == (5, 5)


@pytest.mark.parametrize("vary", ["vpcs", "zones", "services", "hours"])
def test_every_whole_number_has_its_cheapest(vary):
    d = read_demand(estate(2, 4, gb=30, hub=True))
    found = cm.breakeven(d, BOOK, vary=vary, low=1, high=6 if vary != "hours" else 60)
    tried = [v for i in found.intervals for v in range(int(i["from"]), int(i["to"]) + 1)]
    assert tried == list(found.values)
    for interval in found.intervals:
        for value in {int(interval["from"]), int(interval["to"])}:
            comparison = price_architectures(parse_varied_quantity(d, vary).with_value(d, value), BOOK)
            assert comparison.cheapest.name == interval["cheapest"]
    starts = {i["from"]: i["total"] for i in found.intervals}
    assert [starts[c["at"]] for c in found.crossings] == [c["total"] for c in found.crossings]


def test_hours_between_two_that_are_straight_are_not_tried_and_right():
    d = read_demand(estate(3, 3, gb=50, hub=True))
    found = cm.breakeven(d, BOOK, vary="hours")
    q = parse_varied_quantity(d, "hours")
    for value in (2, 17, 333, 700):
        totals = [o.total for o in price_architectures(q.with_value(d, value), BOOK)]
        names = [o.name for o in price_architectures(d, BOOK)]
        for name, total in zip(names, totals, strict=True):
            row = found.costs[names.index(name), value - 1]
            assert (np.isnan(row) and total is None) or row == pytest.approx(float(total), rel=1e-9)


def test_regions_and_assumptions_are_a_table():
    d = read_demand(estate(3, 2, gb=500, hub=True))
    regions = cm.breakeven(d, BOOK, vary="region")
    assert {i["from"] for i in regions.intervals} <= set(BOOK.regions)
    assert {i["currency"] for i in regions.intervals} >= {"USD"}
    for name in ("us-east-1", "sa-east-1"):
        [row] = [i for i in regions.intervals if i["from"] == name]
        best = price_architectures(read_demand({**estate(3, 2, gb=500, hub=True), "region": name}), BOOK).cheapest
        assert (row["cheapest"], row["total"]) == (best.name, pytest.approx(float(best.total)))
    dns = cm.breakeven(d, BOOK, vary="assumption:hub-dns")
    assert [i["from"] for i in dns.intervals] == ["hosted-zones", "profile", "none"]
    assert "hub-dns" in dns.assumptions


def test_what_is_built_today_and_its_limits_do_not_stand_in_the_way():
    document = estate(2, 3, gb=30, today="nat-for-everything", constraints={"max_changes": 1})
    document["constraints"]["pin"] = [{"vpc": "app", "service": "sns", "path": "own-endpoint"}]
    found = cm.breakeven(read_demand(document), BOOK, vary="services")
    assert found.intervals[0]["from"] == 1


def test_a_phase_diagram_agrees_with_comparisons():
    d = read_demand(estate(2, 3, gb=30, hub=True))
    both = HUB[::-1]
    found = compute_phase_diagram(d, BOOK, x="gb", xs=[0, 200, 2000], y="vpcs:app", ys=[1, 3, 12], between=both)
    for row, vpcs in enumerate(found.ys):
        for column, gb in enumerate(found.xs):
            each = found.x.with_value(found.y.with_value(d, vpcs), gb)
            totals = [float(o.total) for o in price_architectures(each, BOOK, names=found.architectures)]
            assert found.totals[row, column] == pytest.approx(min(totals))
            assert totals[found.cheapest[row, column]] == pytest.approx(min(totals))


# ---------------------------------------------------------------- the command line
def run(*arguments):
    return CliRunner().invoke(main, ["breakeven", *arguments])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "demand.json"
    path.write_text(json.dumps(estate(3, 1, gb=100, existing={"nat_gateways": ["app"]})))
    return str(path)


def test_the_json_is_as_scripts_expect_it(file):
    result = run(
        file, "--vary", "gb", "--between", "nat-per-zone,per-vpc-endpoints", "--to", "2000", "--format", "json"
    )
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert (found["vary"], found["unit"], found["now"]) == ("gb", "GB a month", "100")
    assert found["intervals"][0] == {"from": "0", "to": "625.714285714", "cheapest": "nat-per-zone", "total": "109.50"}
    assert found["intervals"][-1]["to"] == "2000"
    [change] = found["crossings"]
    assert set(change) == {"at", "total", "from", "to"}
    assert found["flips"]["above"] == {"at": "625.714285714", "to": "per-vpc-endpoints"}


def test_tables_name_what_would_flip_it(file):
    result = run(file, "--between", "nat-per-zone,per-vpc-endpoints")
    assert "625.714286" in result.stdout
    assert "per-vpc-endpoints is cheaper" in result.stdout
    result = run(file, "--vary", "gb", "--phase", "zones", "--to", "900", "--format", "json")
    found = json.loads(result.stdout)
    assert len(found["cheapest"]) == len(found["y"]["values"]) == 6
    assert len(found["totals"][0]) == len(found["x"]["values"])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--vary", "gbs"], "'gbs' cannot vary. Did you mean 'gb'?"),
        (["--vary", "gb:ap/kms"], "No flow starts in 'ap'. Did you mean 'app'?"),
        (["--vary", "gb:app/kmz"], "There is no flow from 'app' to 'kmz'. Did you mean 'kms'?"),
        (["--vary", "vpcs:nap"], "No VPC group is named 'nap'."),
        (["--vary", "assumption:hub-dnz"], "Did you mean 'hub-dns'?"),
        (["--vary", "services:x"], "leave out 'x'"),
        (["--vary", "region", "--to", "9"], "has no range"),
        (["--vary", "vpcs", "--from", "0.5", "--to", "4"], "whole numbers"),
        (["--from", "9", "--to", "4"], "must be rising"),
        (["--between", "nat-double"], "Unknown architecture 'nat-double'."),
        (["--phase", "region"], "--phase takes"),
    ],
)
def test_a_wrong_question_is_told_what_can_be_asked(file, arguments, words):
    result = run(file, *arguments)
    assert result.exit_code == 2
    assert words in result.stderr


def test_only_gb_vary_in_a_demand_that_was_not_read():
    d = read_demand(estate(2, 2, gb=3))
    d.written = None
    assert cm.breakeven(d, BOOK, vary="gb").intervals
    with pytest.raises(InputError, match="not read from a file"):
        cm.breakeven(d, BOOK, vary="zones")
