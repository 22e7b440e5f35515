"""Two networks or plans against each other: what appears, goes, changes, in money a month."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.cli import main
from costmodel.core.errors import CurrencyError
from costmodel.network.diff import compare_network_bills
from costmodel.network.diff_modules import sum_module_changes
from costmodel.network.unit_prices import compute_unit_prices
from costmodel.reporting.model import DetailTable, Table
from costmodel.reporting.text import render_markdown
from tests.support.plans import plan, refs, resource
from tests.support.run_cli import run

BOOK = cm.load_prices()
BEFORE = """
region: us-east-1
on: 2026-11-01
resources:
  - {kind: InterfaceEndpoint, name: kms, zones: 2, gb_processed: 100}
  - {kind: InterfaceEndpoint, name: logs, zones: 3}
  - {kind: NatGateway, name: nat}
"""
AFTER = """
region: us-east-1
on: 2026-11-01
resources:
  - {kind: InterfaceEndpoint, name: kms, zones: 3, gb_processed: 100}
  - {kind: NatGateway, name: nat}
  - {kind: TransitGatewayAttachment, name: tgw, attachment: vpc}
"""


@pytest.fixture
def files(tmp_path):
    for name, text in (("a.yaml", BEFORE), ("b.yaml", AFTER)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / "a.yaml", tmp_path / "b.yaml"


def test_what_appears_goes_and_changes(files):
    done = run("diff", *files, "--format", "json")
    assert done.exit_code == 0
    answer = json.loads(done.stdout)
    # kms 7.30 more for a zone, logs 21.90 less, the attachment 36.50 more.
    assert answer["difference"] == "21.90"
    assert {r["name"]: (r["change"], r["difference"], r["quantities"]) for r in answer["resources"]} == {
        "tgw": ("added", "36.5", {}),
        "logs": ("removed", "-21.9", {}),
        "kms": ("changed", "7.3", {"zones": {"before": "2", "after": "3"}}),
    }  # fmt: skip
    assert answer["before"]["total"] == "74.00"
    assert answer["after"]["total"] == "95.90"


def test_markdown_fits_a_pull_request(files):
    text = run("diff", *files, "--format", "markdown").stdout
    assert text.startswith("### Network cost: 74.00 → 95.90 USD a month (+21.90, +29.6 %)\n")
    assert "| ~ | kms | InterfaceEndpoint | us-east-1 | 15.60 | 22.90 | 7.30 | zones 2 → 3 |" in text
    assert "| − | logs | InterfaceEndpoint | us-east-1 | 21.90 | – | -21.90 |" in text


@pytest.mark.parametrize(("limit", "code"), [("21.90", 0), ("21.89", 1), ("0", 1), ("100", 0)])
def test_fail_above(files, limit, code):
    done = run("diff", *files, "--fail-above", limit)
    assert done.exit_code == code
    assert ("the limit is" in done.stderr) is bool(code)
    assert run("diff", *reversed(files), "--fail-above", limit).exit_code == 0


def test_the_same_is_no_difference(files):
    done = run("diff", files[0], files[0], "--format", "json")
    assert json.loads(done.stdout)["resources"] == []
    assert "nothing changes" in run("diff", files[0], files[0]).stdout


def test_one_plan_alone_is_what_it_changes(tmp_path):
    made = plan(
        resource("aws_vpc_endpoint.kms", vpc_endpoint_type="Interface", subnet_ids=["subnet-1", "subnet-2"]),
        resource("aws_nat_gateway.n", connectivity_type="private"),
    )
    before = json.loads(json.dumps(made["planned_values"]["root_module"]))
    before["resources"][0]["values"]["subnet_ids"] = ["subnet-1"]
    before["resources"][1].update(address="aws_nat_gateway.old", name="old")
    made["prior_state"] = {"format_version": "1.0", "values": {"root_module": before}}
    gone = {"address": "aws_nat_gateway.old", "mode": "managed", "type": "aws_nat_gateway", "name": "old"}
    made["resource_changes"].append({**gone, "change": {"actions": ["delete"], "before": {}, "after": None}})
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(made), encoding="utf-8")
    answer = json.loads(run("diff", path, "--format", "json").stdout)
    assert {r["name"]: r["change"] for r in answer["resources"]} == {
        "aws_nat_gateway.old": "removed", "aws_nat_gateway.n": "added", "aws_vpc_endpoint.kms": "changed"
    }  # fmt: skip
    assert answer["difference"] == "7.30"
    del made["prior_state"], made["resource_changes"][-1]
    path.write_text(json.dumps(made), encoding="utf-8")
    assert json.loads(run("diff", path, "--format", "json").stdout)["before"]["total"] == "0.00"
    for change in made["resource_changes"]:  # without a state, the changes say what was there
        change["change"] = {
            "actions": ["no-op"],
            "before": change["change"]["after"],
            "after": change["change"]["after"],
        }
    path.write_text(json.dumps(made), encoding="utf-8")
    assert json.loads(run("diff", path, "--format", "json").stdout)["before"]["total"] == "47.45"


def unknown_after(tmp_path):
    """A plan of an endpoint in two zones whose subnets become unknown."""
    made = plan(resource("aws_vpc_endpoint.kms", vpc_endpoint_type="Interface", unknown=["subnet_ids"],
                         expressions={"subnet_ids": refs("local.x")}, actions=["update"]))  # fmt: skip
    before = json.loads(json.dumps(made["planned_values"]["root_module"]))
    before["resources"][0]["values"]["subnet_ids"] = ["subnet-1", "subnet-2"]
    made["prior_state"] = {"format_version": "1.0", "values": {"root_module": before}}
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(made), encoding="utf-8")
    return path


def test_what_is_unknown_is_no_saving(tmp_path):
    path = unknown_after(tmp_path)
    done = run("diff", path, "--format", "json")
    (change,) = json.loads(done.stdout)["resources"]
    assert (done.exit_code, change["before"], change["after"], change["difference"]) == (1, "14.6", None, None)
    assert (change["unknown"], change["quantities"]) == (["after"], {"zones": {"before": "2", "after": None}})
    text = run("diff", path, "--format", "markdown").stdout
    assert text.startswith("### Network cost: 14.60 → 7.30 to 43.80 USD a month (−7.30 to +29.20, with 1 open item)\n")
    assert "| ~ | aws_vpc_endpoint.kms | InterfaceEndpoint | us-east-1 | 14.60 | ? | ? | zones 2 → ? |" in text


def test_what_answers_an_unknown_leaves_alone_what_is_known(tmp_path):
    path = unknown_after(tmp_path)
    setting = ["--set", "aws_vpc_endpoint.kms.zones=3"]
    done = run("diff", path, *setting, "--fail-above", "5", "--format", "json")
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["before"]["total"], answer["difference"]) == (1, "14.60", "7.30")


def test_what_terraform_forgets_is_no_saving(tmp_path):
    made = plan(resource("aws_nat_gateway.n", connectivity_type="private", actions=["delete"]))
    made["resource_changes"][0]["change"] |= {"actions": ["forget"], "before": {"connectivity_type": "private"}}
    values = {"address": "aws_nat_gateway.n", "mode": "managed", "type": "aws_nat_gateway", "name": "n",
              "values": {"connectivity_type": "private"}}  # fmt: skip
    for state in ({"prior_state": {"values": {"root_module": {"resources": [values]}}}}, {}):
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(made | state), encoding="utf-8")
        answer = json.loads(run("diff", path, "--format", "json").stdout)
        assert (answer["difference"], answer["resources"], answer["after"]["total"]) == ("0.00", [], "32.85")
        assert any("still exists" in text for text in answer["warnings"])


def test_what_is_not_priced_is_said_to_come_or_go(tmp_path):
    made = plan(resource("aws_flow_log.new"))
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(made), encoding="utf-8")
    done = run("diff", path)
    assert "nothing that is priced changes" in done.stdout
    assert "+  aws_flow_log.new" in done.stdout
    assert [(e["name"], e["change"]) for e in json.loads(run("diff", path, "--format", "json").stdout)["left_out"]] == [
        ("aws_flow_log.new", "added")
    ]


def test_a_diff_as_csv_is_one_table(files):
    lines = run("diff", *files, "--format", "csv").stdout.splitlines()
    assert lines == [
        "change,name,kind,region,before,after,difference,what",
        "added,tgw,TransitGatewayAttachment,us-east-1,,36.5,36.5,",
        "removed,logs,InterfaceEndpoint,us-east-1,21.9,,-21.9,",
        "changed,kms,InterfaceEndpoint,us-east-1,15.6,22.9,7.3,zones 2 → 3",
    ]


@pytest.mark.parametrize("limit", ["nan", "inf", "much"])
def test_a_limit_is_an_amount(files, limit):
    done = run("diff", *files, "--fail-above", limit)
    assert (done.exit_code, "is not an amount of money" in done.stderr) == (2, True)


def test_markdown_shows_names_as_they_are(tmp_path):
    path = tmp_path / "plan.json"
    path.write_text(
        json.dumps(plan(resource('aws_nat_gateway.n["<b>x|`*_"]', connectivity_type="private"))), encoding="utf-8"
    )
    text = run("diff", path, "--format", "markdown").stdout
    assert 'aws_nat_gateway.n["&lt;b>x\\|\\`\\*\\_"]' in text


def test_a_network_file_alone_has_nothing_before_it(files):
    done = run("diff", files[0])
    assert (done.exit_code, "name two files" in done.stderr) == (2, True)


def test_usage_counts_for_both(tmp_path):
    one, two = tmp_path / "one.json", tmp_path / "two.json"
    gone = resource("aws_nat_gateway.old", connectivity_type="private")
    new = resource("aws_vpc_endpoint.new", vpc_endpoint_type="Interface", subnet_ids=["subnet-1"])
    one.write_text(json.dumps(plan(gone)), encoding="utf-8")
    two.write_text(json.dumps(plan(new)), encoding="utf-8")
    usage = tmp_path / "usage.yaml"
    usage.write_text("usage: {aws_nat_gateway.old: {gb_processed: 1000}, aws_vpc_endpoint.new: {gb_processed: 1000}}")
    answer = json.loads(run("diff", one, two, "--usage", usage, "--format", "json").stdout)
    assert Decimal(answer["before"]["total"]) == Decimal("32.85") + 45
    assert Decimal(answer["after"]["total"]) == Decimal("7.30") + 10
    wrong = run("diff", one, two, "--set", "aws_nat_gateway.gone.gb_processed=1")
    assert (wrong.exit_code, "no resource is called 'aws_nat_gateway.gone'" in wrong.stderr) == (2, True)


def test_an_unknown_on_either_side_leaves_no_difference(tmp_path, files):
    path = tmp_path / "plan.json"
    path.write_text(json.dumps(plan(resource("aws_vpc_endpoint.kms", vpc_endpoint_type="Interface", unknown=["subnet_ids"],
                                             expressions={"subnet_ids": refs("local.x")}))), encoding="utf-8")  # fmt: skip
    done = run("diff", files[0], path, "--format", "json")
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["difference"], answer["after"]["total"]) == (1, None, None)
    assert answer["difference_priced"] == "-74.00"


def test_currencies_do_not_add(tmp_path, files):
    path = tmp_path / "cn.yaml"
    path.write_text("region: cn-north-1\nresources: [{kind: InternetEgress, gb_sent: 10}]\n", encoding="utf-8")
    done = run("diff", files[0], path)
    assert (done.exit_code, "different currencies do not add" in done.stderr) == (2, True)
    with pytest.raises(CurrencyError):
        compare_network_bills(*(cm.price(cm.meter(cm.read_network(p)), BOOK, partial=True) for p in (files[0], path)))


entries = st.lists(
    st.tuples(st.sampled_from("abcde"), st.integers(1, 4), st.sampled_from([0, 10, 3_000_000])), max_size=6
).map(
    lambda rows: {
        name: {"kind": "InterfaceEndpoint", "name": name, "zones": z, "gb_processed": gb} for name, z, gb in rows
    }
)


@given(entries, entries)
def test_the_changes_sum_to_the_difference(one, two):
    bills = [
        cm.price(cm.meter(cm.read_network({"region": "us-east-1", "resources": list(rows.values())}), exact=True), BOOK)
        for rows in (one, two)
    ]
    found = compare_network_bills(*bills)
    whole = bills[1].total_exact - bills[0].total_exact
    quiet = Decimal("0.005") * (len(one) + len(two))  # what is below half a cent is not listed
    assert abs(sum((c.difference for c in found.changes), Decimal(0)) - whole) <= quiet
    back = {(c.name, -c.difference) for c in compare_network_bills(*reversed(bills)).changes}
    assert back == {(c.name, c.difference) for c in found.changes}
    for c in found.changes:
        assert c.change == ("added" if c.name not in one else "removed" if c.name not in two else
                            "shared" if one[c.name] == two[c.name] else "changed")  # fmt: skip


@given(
    st.sampled_from(["InterfaceEndpoint", "NatGateway", "VpcPeering", "InternetEgress", "GatewayEndpoint"]),
    st.sampled_from(["us-east-1", "eu-west-1", "ap-southeast-2"]),
    st.integers(0, 2_000_000), st.integers(0, 3_000_000),
)  # fmt: skip
def test_the_price_of_one_gb_more_is_the_difference_of_two_bills(kind, region, own, other):
    rows = [{"kind": kind, "name": "a"}, {"kind": "InterfaceEndpoint", "name": "b", "zones": 1, "gb_processed": other}]
    key = {"VpcPeering": "gb_cross_zone", "InternetEgress": "gb_sent"}.get(kind, "gb_processed")

    def bill(gb):
        file = {"region": region, "resources": [{**rows[0], key: gb}, rows[1]]}
        return cm.price(cm.meter(cm.read_network(file), exact=True), BOOK)

    here = bill(own)
    (found,) = [u for u in compute_unit_prices(here) if (u.kind.kind, u.column) == (kind, key)]
    assert found.price == bill(own + 1).total_exact - here.total_exact
    assert found.given == own + (other if kind == "InterfaceEndpoint" else 0)


def test_the_changes_by_module_are_the_difference(tmp_path):
    """Baseline and use of every module add up to what the whole changes by, whatever changes."""
    first = plan(resource("aws_nat_gateway.a", connectivity_type="private"), endpoint("module.x.aws_vpc_endpoint.e", 1))
    second = plan(endpoint("module.x.aws_vpc_endpoint.e", 3), endpoint('module.y["b"].aws_vpc_endpoint.e', 2))
    paths = [tmp_path / f"{n}.json" for n in range(2)]
    for path, made in zip(paths, (first, second), strict=True):
        path.write_text(json.dumps(made), encoding="utf-8")
    usage = tmp_path / "usage.yaml"
    usage.write_text("usage: {'module.x.aws_vpc_endpoint.e': {gb_processed: 1000}}\n", encoding="utf-8")
    told = CliRunner().invoke(main, ["diff", *map(str, paths), "--usage", str(usage), "--format", "json"])
    answer = json.loads(told.stdout)
    by = {row["module"]: row for row in answer["modules"]}
    assert sum(Decimal(row["difference"]) for row in by.values()) == Decimal(answer["difference"])
    for row in by.values():
        assert Decimal(row["baseline"]) + Decimal(row["usage"]) == Decimal(row["difference"])
    assert {name: row["difference"] for name, row in by.items()} == {
        "": "-32.85", "module.x": "14.60", 'module.y["b"]': "14.60",
    }  # fmt: skip
    shown = CliRunner().invoke(main, ["diff", *map(str, paths), "--usage", str(usage), "--format", "markdown"]).stdout
    assert "| Module |" in shown
    assert "<details>" not in shown  # three rows need no folding


def endpoint(address, zones):
    return resource(
        address, vpc_endpoint_type="Interface", service_name="com.amazonaws.us-east-1.kms",
        subnet_ids=[f"subnet-{n}" for n in range(zones)],
    )  # fmt: skip


@pytest.mark.parametrize(("rows", "folded"), [(12, False), (13, True)])
def test_a_long_table_of_details_is_folded_in_markdown(rows, folded):
    table = DetailTable("x", "Details", ["A"], [[n] for n in range(rows)])
    shown = render_markdown([table])
    assert ("<details>" in shown) == folded == ("</details>" in shown)
    assert "Details" in shown
    assert "<details>" not in render_markdown([Table(*table)])


def test_reserved_capacity_is_baseline_and_connections_are_usage():
    """Units do not tell: a reserved capacity unit is paid unused, and hours of Client VPN connections are use."""
    bills = [
        cm.price(cm.meter(cm.read_network({"region": "us-east-1", "resources": rows}), exact=True), BOOK, partial=True)
        for rows in ([], [{"kind": "NetworkLoadBalancer", "name": "n", "reserved_lcus": 100},
                          {"kind": "ClientVpnEndpoint", "name": "c", "associations": 1, "connection_hours": 100}])
    ]  # fmt: skip
    (change,) = sum_module_changes(compare_network_bills(*bills))
    connections = cm.price(
        cm.meter(cm.read_network({"region": "us-east-1", "resources": [
            {"kind": "ClientVpnEndpoint", "name": "c", "associations": 0, "connection_hours": 100}]}), exact=True), BOOK)  # fmt: skip
    assert change.usage == connections.total_exact
    assert change.baseline == bills[1].total_exact - connections.total_exact
