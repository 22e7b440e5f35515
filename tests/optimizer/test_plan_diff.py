"""The cheapest plans of two demands against each other: the difference is that of two searches."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

import costmodel as cm
from costmodel.core.decimals import round_to_cents
from costmodel.optimizer.plan_diff import build_plan_diff_json
from tests.support import random_demands
from tests.support.input_files import CONFLICT, NETWORK
from tests.support.paths import ESTATE, EXAMPLE_DEMANDS, EXAMPLES
from tests.support.run_cli import run

BOOK = cm.load_prices()
GALLERY = EXAMPLES / "gallery"
MICROSERVICES = GALLERY / "microservices.yaml"  # a VPC has several peerings
OWN = {"forbid": ["hub-peering", "hub-transit-gateway"]}


def file_of(folder, file, **value):
    path = folder / file
    path.write_text(yaml.safe_dump(value), encoding="utf-8")
    return path


def shop(count=2, gb=500, **more):
    """VPCs that reach AWS KMS, as a demand."""
    return {
        "region": "us-east-1",
        "vpcs": [{"name": "app", "count": count, "zones": 3}],
        "flows": [{"from": "app", "to": "kms", "gb_sent": gb}],
        **more,
    }


def diffed(*files, code=0):
    done = run("diff", *files, "--format", "json")
    assert done.exit_code == code, done.output
    return json.loads(done.stdout)


def answer_of(path, folder):
    out = folder / f"{Path(path).stem}.answer.json"
    assert run("optimize", path, "--format", "json", "-o", out).exit_code == 0
    return out


@pytest.mark.parametrize("path", [*EXAMPLE_DEMANDS, MICROSERVICES], ids=lambda p: p.stem)
def test_a_demand_against_itself_is_nothing(path):
    found = diffed(path, path)
    assert (found["difference"], found["flows"], found["resources"]) == ("0.00", [], [])
    assert "no flow changes its path" in run("diff", path, path).stdout


PAIRS = [(ESTATE, EXAMPLE_DEMANDS[0]), (MICROSERVICES, ESTATE), *((n, n + 1) for n in (0, 4, 8))]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: "-".join(getattr(p, "stem", str(p)) for p in pair))
def test_the_difference_is_that_of_two_searches(tmp_path, pair):
    """Against `cm.optimize`: totals, and flow by flow that what is not named takes the same path."""
    files = [
        file_of(tmp_path, f"{p}.yaml", **random_demands.make(p)) if isinstance(p, int) else p for p in pair
    ]  # fmt: skip
    best = [cm.optimize(cm.read_demand(file), BOOK) for file in files]
    totals = [round_to_cents(b.bill.total_exact) for b in best]
    found = diffed(*files)
    assert [Decimal(found[side]["total"]) for side in ("before", "after")] == totals
    assert Decimal(found["difference"]) == totals[1] - totals[0]
    assert [float(found[side]["lower_bound"]) for side in ("before", "after")] == [
        pytest.approx(b.lower_bound) for b in best
    ]
    answers = [json.loads(run("optimize", f, "--format", "json").stdout) for f in files]
    ways = [{(r["vpc"], r["service"]): (r["path"], r["hub"], r["zones"], r["gb"]) for r in a["plan"]} for a in answers]
    moved = {key for key in {**ways[0], **ways[1]} if ways[0].get(key) != ways[1].get(key)}
    assert {(r["vpc"], r["service"]) for r in found["flows"]} == moved
    for r in found["flows"]:
        for side, way in zip(("before", "after"), ways, strict=True):
            told = r[side] and (r[side]["path"], r[side]["hub"], r[side]["zones"], r[side]["gb"])
            assert told == way.get((r["vpc"], r["service"]))
        assert r["change"] == ("added" if not r["before"] else "removed" if not r["after"] else "changed")
    built = [sum(r["count"] for r in a["resources"]) for a in answers]
    counts = [sum(r[side]["count"] for r in found["resources"] if r[side]) for side in ("before", "after")]
    assert counts[1] - counts[0] == built[1] - built[0]  # what is not named is as many on both sides


def test_more_vpcs(tmp_path):
    """Two VPCs have an endpoint of their own each; a third, alike, costs as much again: 3 zones × 7.30 + 5.00."""
    files = [file_of(tmp_path, f"{n}.yaml", **shop(n, constraints=OWN)) for n in (2, 3)]
    found = diffed(*files)
    assert (found["before"]["total"], found["after"]["total"], found["difference"]) == ("53.80", "80.70", "26.90")
    assert [(r["change"], r["vpc"], r["service"], r["before"], r["after"]["path"]) for r in found["flows"]] == [
        ("added", "app-3", "kms", None, "own-endpoint")
    ]
    assert [(r["change"], r["kind"], r["vpc"], r["after"]) for r in found["resources"]] == [
        ("added", "InterfaceEndpoint", "app-3", {"count": 1, "zones": 3})
    ]
    text = run("diff", *files, "--format", "markdown").stdout
    assert text.startswith("### Cheapest plan: 53.80 → 80.70 USD a month (+26.90)\n")
    assert "| + | app-3 | kms | – | own-endpoint, 500 GB |" in text
    back = run("diff", *reversed(files), "--format", "markdown").stdout
    assert back.startswith("### Cheapest plan: 80.70 → 53.80 USD a month (−26.90)\n")
    rows = list(csv.DictReader(io.StringIO(run("diff", *files, "--format", "csv").stdout)))
    assert [(r["change"], r["vpc"], r["before_path"], r["after_path"], r["after_gb"]) for r in rows] == [
        ("added", "app-3", "", "own-endpoint", "500")
    ]


def test_flows_alike_are_one_line_for_people(tmp_path):
    files = [file_of(tmp_path, f"{gb}.yaml", **shop(4, gb)) for gb in (1, 90_000)]
    found = diffed(*files)
    assert len(found["flows"]) == 4
    (line,) = [
        line for line in run("diff", *files, "--format", "csv").stdout.splitlines() if line.startswith("changed,app-1,")
    ]
    assert line.split(",")[2] == "kms"
    assert "app (4)" in run("diff", *files).stdout


def test_one_peering_of_several_that_goes_is_seen():
    """A VPC's peerings have no names: they are counted."""
    peering = {"kind": "VpcPeering", "vpc": "app", "region": "us-east-1", "service": None, "count": 1, "zones": None}
    answer = {"currency": "USD", "total": "1.00", "lower_bound": "1", "plan": [], "resources": [peering] * 3}
    (row,) = build_plan_diff_json(answer, answer | {"resources": [peering]})["resources"]
    assert (row["change"], row["before"], row["after"]) == (
        "changed", {"count": 3, "zones": None}, {"count": 1, "zones": None}
    )  # fmt: skip
    assert build_plan_diff_json(answer, answer | {"resources": [{**peering, "count": 3}]})["resources"] == []


@pytest.mark.parametrize("other", [EXAMPLE_DEMANDS[-1], MICROSERVICES], ids=lambda p: p.stem)
def test_answers_say_what_their_demands_do(tmp_path, other):
    """Also one answer against a demand."""
    wanted = diffed(ESTATE, other)
    answers = [answer_of(path, tmp_path) for path in (ESTATE, other)]
    assert diffed(*answers) == wanted
    assert diffed(answers[0], other) == wanted
    assert wanted["difference"] != "0.00"


@pytest.mark.parametrize(("limit", "code"), [("26.90", 0), ("26.89", 1), ("0", 1)])
def test_fail_above(tmp_path, limit, code):
    files = [file_of(tmp_path, f"{n}.yaml", **shop(n, constraints=OWN)) for n in (2, 3)]
    done = run("diff", *files, "--fail-above", limit)
    assert (done.exit_code, "The cost rises by 26.90 USD" in done.stderr) == (code, bool(code))
    assert run("diff", *reversed(files), "--fail-above", limit).exit_code == 0


def test_assumptions_and_a_contract_hold_for_both(tmp_path):
    files = [file_of(tmp_path, f"{n}.yaml", **shop(n)) for n in (2, 3)]
    contract = tmp_path / "contract.yaml"
    contract.write_text("name: ours\nterms: [{percent_off: 50}]\n", encoding="utf-8")
    plain = diffed(*files)
    done = run("diff", *files, "--contract", contract, "--format", "json")
    assert (done.exit_code, "the contract ours" in done.stderr) == (0, True)
    assert Decimal(json.loads(done.stdout)["after"]["total"]) == round_to_cents(Decimal(plain["after"]["total"]) / 2)


# ---------------------------------------------------------------- what has no answer
def refused(*arguments):
    done = run("diff", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    return done.stderr


@pytest.fixture
def conflict(tmp_path):
    path = tmp_path / "conflict.yaml"
    path.write_text(CONFLICT, encoding="utf-8")
    return path


def test_a_demand_without_a_plan_does_not_compare(tmp_path, conflict):
    for pair in ((conflict, ESTATE), (ESTATE, conflict)):
        message = refused(*pair)
        assert str(conflict) in message
        assert "no plan" in message


def test_an_answer_without_a_plan_does_not_compare(tmp_path, conflict):
    out = tmp_path / "answer.json"
    assert run("optimize", conflict, "--format", "json", "-o", out).exit_code == 1
    message = refused(out, ESTATE)
    assert str(out) in message
    assert "conflict" in message


@pytest.mark.parametrize(
    "change",
    [
        {"total": None},
        {"total": "much"},
        {"lower_bound": "nan"},
        {"currency": 3},
        {"plan": 5},
        {"plan": ["x"]},
        {"plan": [{"vpc": "a"}]},
        {"resources": None},
        {"assumptions": 3},
        {"gap": "x"},
    ],
    ids=str,
)
def test_an_answer_that_was_changed_by_hand_is_refused(tmp_path, change):
    answer = json.loads(answer_of(ESTATE, tmp_path).read_text())
    path = tmp_path / "edited.json"
    path.write_text(json.dumps(answer | change), encoding="utf-8")
    message = refused(ESTATE, path)
    assert str(path) in message
    assert "optimize --format json" in message


def test_one_demand_alone_has_nothing_beside_it():
    message = refused(ESTATE)
    assert str(ESTATE) in message
    assert "two demands" in message


def test_two_currencies_do_not_compare(tmp_path):
    answer = json.loads(answer_of(ESTATE, tmp_path).read_text())
    path = tmp_path / "yuan.json"
    path.write_text(json.dumps(answer | {"currency": "CNY"}), encoding="utf-8")
    message = refused(ESTATE, path)
    assert "USD" in message
    assert "CNY" in message


def test_a_demand_and_a_network_do_not_compare(tmp_path):
    network = tmp_path / "network.yaml"
    network.write_text(NETWORK, encoding="utf-8")
    message = refused(ESTATE, network)
    assert str(ESTATE) in message
    assert str(network) in message
