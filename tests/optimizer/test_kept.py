"""What a demand keeps says what it costs, and what freeing it would save: in every answer, by the engine's bills."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
import yaml

import costmodel as cm
from costmodel.architectures.kept import free_kept_resources, price_kept_resources
from costmodel.comparison.kept import evaluate_kept_in_comparison
from costmodel.comparison.kept_report import build_kept_json, build_kept_tables, compute_kept_saving, describe_kept
from costmodel.comparison.options import price_architectures
from costmodel.core.errors import CostmodelError, InputError
from costmodel.optimizer import kept as under
from costmodel.optimizer.answer import solve_and_explain
from costmodel.optimizer.kept import evaluate_kept_resources
from costmodel.optimizer.optimize import optimize
from tests.support.optimum_demands import make
from tests.support.paths import ROOT
from tests.support.run_cli import run

BOOK = cm.load_prices()
DEMAND = {
    "region": "us-east-1",
    "vpcs": [{"name": "app", "zones": 3}],
    "flows": [{"from": "app", "to": "kms", "gb_received": 100}],
    "kept": {"nat_gateways": ["app"]},
}
TIERED = """
name: fewer hours, dearer first
terms:
  - {meter: nat_gateway_hour, tiers: [{from: 0, price: 0.045}, {from: 1000, price: 0.01}]}
"""
BEIJING = """
name: an endpoint in Beijing
terms:
  - {meter: interface_endpoint_hour, region: cn-north-1, price: 0.1, currency: CNY}
"""
SEEDS = [seed for seed in range(120) if make(seed)[0]["existing"]]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "demand.yaml"
    path.write_text(yaml.safe_dump(DEMAND), encoding="utf-8")
    return path


def answer_of(demand, book=BOOK):
    return solve_and_explain(cm.read_demand(demand), book)


# ---------------------------------------------------------------- by hand
def test_three_nat_gateways_are_kept_and_an_endpoint_would_be_cheaper():
    """Kept: 3 × 730 × (0.045 + 0.005) = 109.50. Through them kms costs 100 × 0.045 = 4.50, together 114.00. Without
    them an endpoint does: 3 × 730 × 0.01 + 100 × 0.01 = 22.90, which is 91.10 less."""
    answer = answer_of(DEMAND)
    said = build_kept_json(answer.kept, answer.demand)
    assert [said[k] for k in ("total", "of", "if_freed", "saving", "proven")] == [
        "109.50",
        "114.00",
        "22.90",
        "91.10",
        True,
    ]
    assert said["resources"] == [{"kind": "NatGateway", "vpc": "app", "region": "us-east-1", "service": None,
                                  "count": 3, "zones": None, "total": "109.5",
                                  "currency": "USD"}]  # fmt: skip
    assert describe_kept(answer.kept) == (
        "Kept in every plan: 3 NatGateway; $109.50 a month of $114.00. "
        "If all of it could be removed, the cheapest plan would cost $22.90: $91.10 less."
    )


def test_a_comparison_names_the_architecture_that_would_be_cheapest():
    comparison = price_architectures(cm.read_demand(DEMAND), BOOK)
    kept = evaluate_kept_in_comparison(comparison, BOOK)
    assert (kept.name, kept.freed) == ("nat-per-zone", "per-vpc-endpoints")
    assert compute_kept_saving(kept) == Decimal("91.10")
    assert "the cheapest (per-vpc-endpoints) would cost $22.90: $91.10 less" in describe_kept(kept)


def test_forty_vpcs_whose_gateways_stay_say_so():
    """120 gateways are 120 × 36.50 = 4,380.00 a month, nailed down by one line of the demand."""
    demand = {**DEMAND, "vpcs": [{"name": "us", "count": 40}], "today": "nat-per-zone",
              "flows": [{"from": "us", "to": s, "gb_received": 10} for s in ("kms", "sqs", "logs")],
              "kept": {"nat_gateways": [{"vpc": "us", "count": 3}]}}  # fmt: skip
    kept = answer_of(demand).kept
    assert kept.total == Decimal(4380)
    assert "120 NatGateway" in describe_kept(kept)
    free = optimize(cm.read_demand({k: v for k, v in demand.items() if k != "kept"}), BOOK)
    assert kept.if_freed == free.bill.total_exact


def test_what_is_kept_fills_the_first_tiers_of_its_pools(tmp_path):
    """2,190 hours: 1,000 × 0.045 + 1,190 × 0.01 = 56.90, and three addresses 10.95."""
    path = tmp_path / "contract.yaml"
    path.write_text(TIERED, encoding="utf-8")
    kept = answer_of(DEMAND, cm.load_prices(contract=path)).kept
    assert kept.total == Decimal("67.85")


def test_a_connection_stays_while_its_site_has_flows():
    site = {"region": "us-east-1", "vpcs": [{"name": "hub", "hub": True}, {"name": "office", "on_premises": True}],
            "kept": {"connections": ["office"]}}  # fmt: skip
    used = answer_of({**site, "flows": [{"from": "office", "to": "kms", "gb_received": 1}]}).kept
    assert (used.total > 0, compute_kept_saving(used)) == (True, 0)
    assert describe_kept(used).endswith("Freeing it would save nothing.")
    beside = evaluate_kept_in_comparison(
        price_architectures(cm.read_demand({**site, "flows": [{"from": "office", "to": "kms"}]}), BOOK), BOOK
    )
    assert describe_kept(beside).endswith("No architecture would be cheaper without it.")
    idle = answer_of({**site, "flows": [{"from": "hub", "to": "kms", "gb_received": 1}]}).kept
    assert compute_kept_saving(idle) == idle.total > 0


def test_what_is_kept_in_two_currencies_is_not_added_up(tmp_path):
    """A contract's price in yuan for the endpoint in Beijing: 3 × 730 × 0.1 = 219.00 beside 3 × 730 × 0.01 = 21.90."""
    path = tmp_path / "contract.yaml"
    path.write_text(BEIJING, encoding="utf-8")
    demand = {"region": "us-east-1", "vpcs": [{"name": "app"}, {"name": "cn", "region": "cn-north-1"}],
              "flows": [{"from": v, "to": "kms", "gb_received": 1} for v in ("app", "cn")],
              "kept": {"endpoints": [{"vpc": v, "service": "kms"} for v in ("app", "cn")]}}  # fmt: skip
    book = cm.load_prices(contract=path)
    kept = evaluate_kept_in_comparison(price_architectures(cm.read_demand(demand), book), book)
    assert (kept.total, kept.whole, compute_kept_saving(kept)) == (None, None, None)
    assert describe_kept(kept) == "Kept in every plan: 2 InterfaceEndpoint; $21.90 and CNY 219.00 a month."
    [(_, _, names, rows)] = build_kept_tables(kept)
    assert names == ["", "Currency", "A month"]
    assert rows == [["1 InterfaceEndpoint", "USD", Decimal("21.90")], ["1 InterfaceEndpoint", "CNY", Decimal("219.00")],
                    ["together", "USD", Decimal("21.90")], ["together", "CNY", Decimal("219.00")]]  # fmt: skip
    said = build_kept_json(kept, cm.read_demand(demand))["resources"]
    assert [(row["region"], row["total"], row["currency"]) for row in said] == [
        ("us-east-1", "21.9", "USD"),
        ("cn-north-1", "219", "CNY"),
    ]


# ---------------------------------------------------------------- any demand
@pytest.mark.parametrize("seed", SEEDS)
def test_kept_is_in_every_total_and_freeing_it_is_never_dearer(seed):
    demand, _ = make(seed)
    d = cm.read_demand(demand)
    comparison = price_architectures(d, BOOK)
    totals = [o.total for o in comparison if o.total is not None]
    beside = evaluate_kept_in_comparison(comparison, BOOK)
    assert all(beside.total <= total for total in totals)
    if totals:
        assert beside.if_freed <= beside.whole == min(totals)
    try:
        best = optimize(d, BOOK)
    except CostmodelError:
        return
    kept = evaluate_kept_resources(best, BOOK)
    assert kept.total == beside.total <= best.bill.total_exact
    assert kept.if_freed <= kept.whole == best.bill.total_exact
    free = optimize(cm.read_demand({**demand, "existing": {}}), BOOK)
    assert float(kept.if_freed) == pytest.approx(float(free.bill.total_exact), abs=1e-6)


def test_seeds_keep_something_of_every_sort():
    sorts = {next(iter(make(seed)[0]["existing"])) for seed in SEEDS}
    assert sorts == {"transit_gateway", "nat_gateways", "endpoints"}


# ---------------------------------------------------------------- time
def test_nothing_kept_searches_nothing_more(monkeypatch):
    monkeypatch.setattr(under, "find_cheapest_plan", None)
    assert answer_of({k: v for k, v in DEMAND.items() if k != "kept"}).kept is None


def test_without_time_the_plan_itself_stands_for_the_cheapest(monkeypatch):
    """Without the gateways that are kept the plan builds those that it uses: all three."""
    best = optimize(cm.read_demand(DEMAND), BOOK)
    kept = evaluate_kept_resources(best, BOOK, time_limit=float(best.certificate["seconds"]))
    assert (kept.if_freed, kept.proven) == (Decimal(114), False)
    stopped = evaluate_kept_resources(best, BOOK, progress=lambda *_: True)
    assert (stopped.if_freed, stopped.proven) == (Decimal(114), False)

    def fails(*_, **__):
        raise CostmodelError

    monkeypatch.setattr(under, "find_cheapest_plan", fails)
    assert evaluate_kept_resources(best, BOOK).if_freed == Decimal(114)


def test_a_second_search_is_told_of_with_the_time_of_both():
    best = optimize(cm.read_demand(DEMAND), BOOK)
    said = []
    evaluate_kept_resources(best, BOOK, progress=lambda seconds, doing: said.append((seconds, doing)))
    assert all(seconds >= best.certificate["seconds"] for seconds, _ in said)
    assert all(doing.startswith("what removing the kept resources would save") for _, doing in said)


# ---------------------------------------------------------------- where it is said
@pytest.mark.parametrize("command", ["compare", "optimize", "breakeven"])
def test_every_command_says_it(file, command):
    said = json.loads(run(command, file, "--format", "json").stdout)["kept"]
    assert (said["total"], said["if_freed"], said["saving"]) == ("109.50", "22.90", "91.10")
    for format_ in ("table", "markdown"):
        text = run(command, file, "--format", format_).stdout
        assert "Kept in every plan" in text
        assert "91.10" in text


def test_a_report_says_it(file):
    for format_ in ("markdown", "html"):
        assert "$91.10 less" in run("report", file, "--format", format_).stdout


def test_an_answer_without_anything_kept_says_null(tmp_path):
    path = tmp_path / "demand.yaml"
    path.write_text(yaml.safe_dump({k: v for k, v in DEMAND.items() if k != "kept"}), encoding="utf-8")
    for command in ("compare", "optimize", "breakeven"):
        assert json.loads(run(command, path, "--format", "json").stdout)["kept"] is None


def test_the_pages_say_it():
    testing = pytest.importorskip("streamlit.testing.v1", reason="the dashboard's dependencies are not installed")
    for page in ("compare", "optimize"):
        app = testing.AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
        app.session_state["demand"] = {"name": "kept", **DEMAND}
        app.run()
        app.switch_page(f"views/{page}.py").run()
        assert not app.exception, [e.value for e in app.exception]
        assert [i.value for i in app.info if "91.10 less" in i.value], page


# ---------------------------------------------------------------- the word
def test_kept_and_existing_are_the_same_word(tmp_path):
    older = {("existing" if k == "kept" else k): v for k, v in DEMAND.items()}
    one, two = (answer_of(demand) for demand in (DEMAND, older))
    assert one.best.bill.total == two.best.bill.total
    assert one.kept.total == two.kept.total


def test_both_words_are_refused(tmp_path):
    with pytest.raises(InputError, match="'kept' and 'existing' mean the same"):
        cm.read_demand({**DEMAND, "existing": {}})


@pytest.mark.parametrize(
    ("text", "says"),
    [("kept: {nat_gateways: [nope]}", "line 4: .*nope"), ("kept:\n  natgateways: [app]", "line 5: unknown key 'natgateways'"),
     ("kep: {}", "line 4: unknown key 'kep'. Did you mean 'kept'")],
)  # fmt: skip
def test_an_error_names_the_line_of_the_word_that_is_written(tmp_path, text, says):
    path = tmp_path / "demand.yaml"
    path.write_text(
        f"region: us-east-1\nvpcs: [{{name: app}}]\nflows: [{{from: app, to: kms}}]\n{text}\n", encoding="utf-8"
    )
    with pytest.raises(InputError, match=says):
        cm.read_demand(path)


def test_what_is_kept_alone_is_what_is_built_without_flows():
    d = cm.read_demand({**DEMAND, "flows": []})
    assert price_kept_resources(d, BOOK)[1].total_exact == optimize(d, BOOK).bill.total_exact
    assert free_kept_resources(d).existing == []
