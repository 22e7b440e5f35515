"""The command line as a user and a script see it: what is printed where, which exit code, and never a traceback."""

from __future__ import annotations

import csv
import fcntl
import io
import json
import os
import pty
import re
import shlex
import struct
import subprocess
import sys
import termios
from decimal import Decimal

import pytest

from costmodel.architectures.patterns import PATTERNS
from costmodel.core.assumptions import ASSUMPTIONS
from tests.support.input_files import NETWORK, UNPRICED
from tests.support.paths import CASE_FILES, ESTATE, EXAMPLE_DEMANDS, EXAMPLES, ROOT
from tests.support.run_cli import run

DEMAND = """
name: small
region: us-east-1
vpcs: [{name: app, count: 2}]
flows: [{from: app, to: kms, gb_sent: 10, gb_received: 90}, {from: app, to: internet, gb_received: 5}]
"""


@pytest.fixture
def network(tmp_path):
    path = tmp_path / "network.yaml"
    path.write_text(NETWORK, encoding="utf-8")
    return path


@pytest.fixture
def demand(tmp_path):
    path = tmp_path / "demand.yaml"
    path.write_text(DEMAND, encoding="utf-8")
    return path


# ---------------------------------------------------------------- estimate
def test_estimate_in_json(network):
    done = run("estimate", network, "--format", "json")
    answer = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (answer["total"], answer["total_exact"], answer["currency"]) == ("372.60", "372.604", "USD")
    assert answer["price_date"] == "2026-11-01"
    assert answer["unpriced"] == []
    first = answer["charges"][0]
    assert first["ListUnitPrice"] == "0.01"
    assert (first["PricingQuantity"], first["PricingUnit"], first["ListCost"]) == ("21900", "Hours", "219")
    assert (first["ResourceId"], first["x_Meter"], first["x_Count"]) == ("kms", "interface_endpoint_hour", 10)
    assert sum(Decimal(c["ListCost"]) for c in answer["charges"]) == Decimal(answer["total_exact"])
    needed = {
        *(
            "ResourceId",
            "ResourceName",
            "RegionId",
            "ServiceName",
            "ChargeDescription",
            "PricingQuantity",
            "PricingUnit",
        ),
        *("ListUnitPrice", "ListCost", "BillingCurrency", "x_ServiceCode", "x_Meter", "SkuMeter"),
    }
    assert all(needed <= set(c) for c in answer["charges"])


def test_estimate_for_people_says_total_date_and_assumptions(network):
    out = run("estimate", network).stdout
    assert "372.60" in out
    assert "2026-11-01" in out
    assert "Interface endpoint hours, per Availability Zone" in out
    assert run("estimate", network, "--format", "markdown").stdout.startswith("| Resource | Count | Region |")


def test_estimate_in_csv_is_focus(network):
    rows = list(csv.DictReader(io.StringIO(run("estimate", network, "--format", "csv").stdout)))
    assert len(rows) == 5
    assert sum(Decimal(r["ListCost"]) for r in rows) == Decimal("372.604")
    assert all("." in r["PricingQuantity"] for r in rows)


def test_what_was_assumed_is_printed_and_can_be_switched(tmp_path):
    path = tmp_path / "n.yaml"
    path.write_text("region: us-east-1\nresources: [{kind: ResourceEndpoint, zones: 3}]\n", encoding="utf-8")
    default = json.loads(run("estimate", path, "--format", "json").stdout)
    switched = json.loads(run("estimate", path, "--format", "json", "--assume", "resource-endpoint-hours=zone").stdout)
    assert (default["total"], default["assumptions"]) == ("14.60", {"resource-endpoint-hours": "endpoint"})
    assert (switched["total"], switched["assumptions"]) == ("43.80", {"resource-endpoint-hours": "zone"})


def test_what_has_no_price_is_said_and_exits_1(tmp_path):
    path = tmp_path / "n.yaml"
    path.write_text(UNPRICED, encoding="utf-8")
    done = run("estimate", path, "--format", "json")
    answer = json.loads(done.stdout)
    assert done.exit_code == 1
    assert (answer["total"], answer["total_exact"], answer["total_priced"]) == (None, None, "3.65")
    assert answer["unpriced"] == [
        {"x_Meter": "lattice_service_hour", "RegionId": "ap-southeast-7", "quantity": "730"},
        {"x_Meter": "lattice_service_gb", "RegionId": "ap-southeast-7", "quantity": "9"},
    ]
    done = run("estimate", path)
    assert done.exit_code == 1
    assert "Total, at least" in done.stdout
    assert "No price for lattice_service_hour in ap-southeast-7" in done.stdout
    assert "Open: 2 items" in done.stderr
    done = run("estimate", path, "--format", "csv")
    assert "price of lattice_service_hour in ap-southeast-7: No price for lattice_service_hour" in done.stderr


def test_currencies_are_not_added(tmp_path):
    path = tmp_path / "n.yaml"
    path.write_text(
        "region: us-east-1\nresources: [{kind: PublicIpv4}, {kind: InternetEgress, region: cn-north-1, gb_sent: 100}]\n",
        encoding="utf-8",
    )
    answer = json.loads(run("estimate", path, "--format", "json").stdout)
    assert answer["total"] is None
    assert answer["totals"] == {"USD": "3.65", "CNY": "93.30"}


def test_free_resources_are_shown_as_such(tmp_path):
    path = tmp_path / "n.yaml"
    path.write_text("region: us-east-1\nresources: [{kind: GatewayEndpoint, gb_processed: 9000}]\n", encoding="utf-8")
    out = run("estimate", path).stdout
    assert "1 GatewayEndpoint" in out
    assert "no additional charge" in out


def test_standard_input_and_output_file(network, tmp_path):
    assert json.loads(run("estimate", "-", "--format", "json", stdin=NETWORK).stdout)["total"] == "372.60"
    out = tmp_path / "bill.json"
    done = run("estimate", network, "--format", "json", "-o", out)
    assert done.stdout == ""
    assert json.loads(out.read_text(encoding="utf-8"))["total"] == "372.60"


def test_a_file_that_cannot_be_written_is_an_error_and_nothing_is_left(network, tmp_path):
    done = run("estimate", network, "-o", tmp_path / "no" / "bill.json")
    assert done.exit_code == 2
    assert "cannot be written" in done.stderr
    assert [p.name for p in tmp_path.iterdir()] == ["network.yaml"]


def test_a_charge_is_explained(network):
    done = run("estimate", network, "--explain")
    for words in (
        "each GB, in either direction",
        "https://aws.amazon.com/privatelink/pricing/",
        "verified",
        "USE1-VpcEndpoint-Bytes",
    ):
        assert words in done.stdout
    why = json.loads(run("estimate", network, "--explain", "--format", "json").stdout)["explained"]
    assert [w["x_Meter"] for w in why][:2] == ["interface_endpoint_hour", "nat_gateway_gb"]
    assert why[0]["marginal"] == "0.01"


# ---------------------------------------------------------------- compare
def test_compare_in_json(demand):
    done = run("compare", demand, "--format", "json")
    answer = json.loads(done.stdout)
    assert done.exit_code == 0
    assert [a["name"] for a in answer["architectures"]] == list(PATTERNS)
    by = {a["name"]: a for a in answer["architectures"]}
    assert by["nat-per-zone"]["total"] == "228.45"  # 2 × (3 × 36.50 + 105 × 0.045), and nothing sent to the internet
    assert by["nat-per-zone"]["resources"][0] == {
        "kind": "NatGateway", "vpc": "app-1", "region": "us-east-1", "service": None, "count": 3, "zones": None,
    }  # fmt: skip
    assert answer["cheapest"] == min((a for a in by.values() if a["total"]), key=lambda a: Decimal(a["total"]))["name"]
    assert by[answer["cheapest"]]["difference"] == "0.00"
    for a in by.values():
        assert sum(Decimal(c["ListCost"]) for c in a["charges"]) == pytest.approx(Decimal(a["total_exact"]))
        assert set(a) >= {
            "name",
            "total",
            "feasible",
            "why_not",
            "unpriced",
            "charges",
            "resources",
            "difference",
            "posture",
        }
    assert set(answer["assumptions"]) <= set(ASSUMPTIONS)


def test_compare_for_people_names_the_cheapest_first(demand):
    done = run("compare", demand)
    lines = done.stdout.splitlines()
    cheapest = json.loads(run("compare", demand, "--format", "json").stdout)["cheapest"]
    assert lines[2].startswith(cheapest)
    assert "hub-dns" in done.stdout
    assert "costmodel does not know which Region offers which service" in done.stderr


def test_compare_some(demand):
    answer = json.loads(run("compare", demand, "--architecture", "lattice", "--format", "json").stdout)
    assert [a["name"] for a in answer["architectures"]] == ["lattice"]
    done = run("compare", demand, "--architecture", "latice")
    assert done.exit_code == 2
    assert "Unknown architecture 'latice'. Did you mean 'lattice'?" in done.stderr


def test_compare_csv_is_tidy(demand):
    rows = list(csv.DictReader(io.StringIO(run("compare", demand, "--format", "csv").stdout)))
    assert list(rows[0]) == ["architecture", "x_Meter", "RegionId", "PricingQuantity", "ListCost"]
    assert {r["architecture"] for r in rows} == set(PATTERNS)


def test_an_architecture_without_a_price_is_last_and_never_cheapest(tmp_path):
    path = tmp_path / "d.yaml"
    path.write_text(DEMAND.replace("us-east-1", "us-gov-west-1"), encoding="utf-8")
    done = run("compare", path, "--format", "json")
    answer = json.loads(done.stdout)
    peering = next(a for a in answer["architectures"] if a["name"] == "centralized-peering")
    assert (done.exit_code, answer["proof"], answer["open"]) == (0, "whole", [])  # what is priced of it is dearer
    assert (peering["total"], peering["total_at_least"]) == (None, "291.00")
    assert {u["x_Meter"] for u in peering["unpriced"]} == {"route53_hosted_zone_month"}
    assert run("compare", path, "--architecture", "centralized-peering").exit_code == 1
    assert "Unpriced in centralized-peering" in run("compare", path).stderr


def test_an_architecture_without_a_price_that_may_be_cheaper_is_not_passed_over(tmp_path):
    """In GovCloud a hub's zones have no price; without NAT gateways its endpoints may be the cheapest way."""
    path = tmp_path / "d.yaml"
    flows = ", ".join(f"{{from: app, to: {name}, gb_sent: 1}}" for name in ("kms", "sqs", "sns", "sts", "logs"))
    vpcs = "[{name: app, count: 9}, {name: shared, hub: true}]"
    text = f"region: us-gov-west-1\nvpcs: {vpcs}\nflows: [{flows}]\nconstraints: {{private: [app]}}\n"
    path.write_text(text, encoding="utf-8")
    done = run("optimize", path, "--format", "json")
    answer = json.loads(done.stdout)
    assert (done.exit_code, answer["certificate"]["proof"]) == (1, "priced-only")
    assert {item["what"] for item in answer["open"]} >= {"hub-peering"}
    assert Decimal(answer["lower_bound"]) < Decimal(answer["total"])
    assert answer["gap"] > 0
    both = ("per-vpc-endpoints", "centralized-peering")
    named = [word for name in both for word in ("--architecture", name)]
    for command in (
        ["optimize"],
        ["report"],
        ["compare", *named],
        ["breakeven", "--to", "10", "--between", ",".join(both)],
    ):
        told = run(*command, path, "--format", "markdown")
        assert told.exit_code == 1, command
        assert "may be cheaper" in told.stdout.lower(), command
        assert "proven optimal" not in told.stdout, command


def test_an_infeasible_architecture_says_the_rule(tmp_path):
    path = tmp_path / "d.yaml"
    path.write_text(DEMAND + "constraints: {private: [app]}\n", encoding="utf-8")
    answer = json.loads(run("compare", path, "--format", "json").stdout)
    single = next(a for a in answer["architectures"] if a["name"] == "nat-single")
    assert (single["feasible"], single["total"]) == (False, None)
    assert {(w["rule"], w["vpc"], w["service"]) for w in single["why_not"]} == {
        ("nat-private", "app-1", "kms"),
        ("nat-private", "app-2", "kms"),
    }


@pytest.mark.parametrize("example", EXAMPLE_DEMANDS, ids=lambda p: p.stem)
def test_every_example_is_compared(example):
    done = run("compare", example, "--format", "json")
    assert done.exit_code == 0, done.stderr
    assert json.loads(done.stdout)["cheapest"]


# ---------------------------------------------------------------- prices
def test_prices_list_and_show():
    rows = json.loads(run("prices", "list", "--region", "eu-west-1", "--format", "json").stdout)["prices"]
    assert {r["location"] for r in rows} == {"eu-west-1"}
    assert all(r["table"] == "embedded" and r["currency"] == "USD" for r in rows)
    rows = json.loads(
        run("prices", "show", "interface_endpoint_gb", "--region", "us-east-1", "--format", "json").stdout
    )["prices"]
    assert [(r["tier_from"], r["price"]) for r in rows] == [("0", "0.01"), ("1048576", "0.006"), ("5242880", "0.004")]
    assert "effective_from" in run("prices", "list", "--format", "csv").stdout.splitlines()[0]


def test_prices_show_what_is_not_there():
    done = run("prices", "show", "nlb_hour", "--region", "cn-north-1")
    assert done.exit_code == 1
    assert "No price for nlb_hour in cn-north-1" in done.stderr
    done = run("prices", "show", "regional_nat_gateway_hour", "--region", "us-gov-west-1", "--format", "json")
    assert done.exit_code == 1
    assert "AWS does not offer regional NAT gateways in us-gov-west-1" in done.stderr
    [lacking] = json.loads(done.stdout)["not_offered"]
    assert (lacking["location"], lacking["as_of"]) == ("us-gov-west-1", "2025-11-19")
    assert "Not offered by AWS" in run("prices", "show", "regional_nat_gateway_hour").stdout
    done = run("prices", "show", "interface_endpoint_hours")
    assert done.exit_code == 2
    assert "Did you mean 'interface_endpoint_hour'?" in done.stderr
    done = run("prices", "list", "--region", "eu-wst-1")
    assert done.exit_code == 2
    assert "Did you mean 'eu-west-1'?" in done.stderr


def test_prices_check():
    done = run("prices", "check", "--format", "json")
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert {"meter": "lattice_service_hour", "location": "ap-east-2", "above": "0"} in found["missing"]
    assert {"meter": "route53_hosted_zone_month", "location": "us-gov-west-1", "above": "0"} in found["missing"]
    assert {"meter": "resource_endpoint_gb", "location": "ap-southeast-5", "above": "1048576"} in found["missing"]
    lacking = [(f["meter"], f["location"]) for f in found["not_offered"]]
    assert ("regional_nat_gateway_hour", "us-gov-east-1") in lacking
    assert not {(f["meter"], f["location"]) for f in found["missing"]} & set(lacking)
    assert not any(f["meter"] == "interface_endpoint_hour" for f in found["missing"])
    assert any(f["effective_from"] == "2023-04-27" for f in found["old"])
    assert any(f["meter"] == "gwlb_hour" for f in found["single"])
    assert run("prices", "check", "--max-age", "30").exit_code == 1
    assert run("prices", "check", "--max-age", "99999").exit_code == 1  # undated prices are never fresh
    assert "Missing (" in run("prices", "check").stdout


# ---------------------------------------------------------------- every command


def test_prices_show_the_newest_edition_and_a_day_s():
    newest = json.loads(
        run("prices", "show", "inter_region_out_gb", "--region", "us-east-1", "--format", "json").stdout
    )
    keys = [(r["counterpart"], r["tier_from"]) for r in newest["prices"]]
    assert len(keys) == len(set(keys)) > 1
    past = run("prices", "show", "inter_region_out_gb", "--region", "us-east-1", "--history", "--format", "json")
    assert len(json.loads(past.stdout)["prices"]) >= len(keys)
    assert run("prices", "show", "nat_gateway_hour", "--on", "today").exit_code == 2


def test_prices_check_narrows_to_a_region_a_meter_and_one_sort():
    found = json.loads(
        run("prices", "check", "--region", "ap-east-2", "--meter", "lattice_service_hour", "--format", "json").stdout
    )
    assert found == {
        "missing": [{"meter": "lattice_service_hour", "location": "ap-east-2", "above": "0"}],
        "not_offered": [],
        "old": [],
        "single": [],
    }
    only = ("--region", "us-gov-west-1", "--only", "not-offered")
    assert run("prices", "check", "--max-age", "1", *only).exit_code == 0
    listed = run("prices", "check", *only).stdout
    assert "Not offered by AWS" in listed
    assert "regional_nat_gateway_hour" in listed
    assert "cloudwan_core_network_edge_hour" in listed
    only = ("--meter", "nat_gateway_hour", "--only", "missing")
    assert run("prices", "check", "--max-age", "1", *only).exit_code == 0
    assert run("prices", "check", "--max-age", "1", "--meter", "nat_gateway_hour", "--only", "old").exit_code == 1
    assert "No price is missing" in run("prices", "check", *only).stdout
    china = json.loads(run("prices", "check", "--region", "cn-north-1", "--format", "json").stdout)
    assert len(china["missing"]) > 30
    assert run("prices", "check", "--meter", "nat_hour").exit_code == 2


def test_prices_coverage_is_a_matrix_of_regions_and_meters():
    found = json.loads(run("prices", "coverage", "--format", "json").stdout)["coverage"]
    assert all(len(known) == 39 for known in found.values())
    assert found["interface_endpoint_hour"]["us-east-1"] == "verified"
    assert found["nlb_lcu_hour"]["cn-north-1"] == "missing"
    assert found["regional_nat_gateway_hour"]["us-gov-west-1"] == "not offered"
    assert found["resource_endpoint_gb"]["ap-southeast-5"] == "ends"
    lines = run("prices", "coverage", "--format", "csv").stdout.splitlines()
    assert lines[0].split(",")[:2] == ["meter", "us-east-1"]
    assert len(lines) == len(found) + 1
    picture = run("prices", "coverage").stdout
    assert "us (4)" in picture
    assert next(line for line in picture.splitlines() if line.startswith("nlb_lcu_hour")).split()[-3:] == [
        "36",
        "of",
        "39",
    ]


COMMANDS = [
    ["estimate"],
    ["compare"],
    ["prices", "list"],
    ["prices", "show"],
    ["prices", "check"],
    ["prices", "coverage"],
    ["prices", "refresh"],
    ["dashboard"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_has_an_example_in_its_help(command):
    out = run(*command, "--help").stdout
    assert f"Example: costmodel {' '.join(command)}" in " ".join(out.split())


@pytest.mark.parametrize("command", ["estimate", "compare"])
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("nowhere.yaml", None, "No such file"),
        ("empty.yaml", b"", "is empty"),
        ("broken.yaml", b"region: [", "line 1: not valid YAML"),
        ("list.yaml", b"- 1\n", "is a mapping"),
        ("binary.bin", bytes(range(256)), "not text"),
    ],
)
def test_a_wrong_file_exits_2_with_one_line_and_no_output(tmp_path, command, name, content, words):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    done = run(command, path)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr.startswith("Error: ")
    assert name in done.stderr
    assert words in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        ("hub-dns", "--assume takes NAME=VALUE, not 'hub-dns'"),
        ("hub-dnss=none", "Unknown assumption 'hub-dnss'. Did you mean 'hub-dns'?"),
        ("hub-dns=nothing", "Assumption hub-dns is one of hosted-zones, profile, none, not 'nothing'"),
    ],
)
def test_an_assumption_that_is_none(network, pair, words):
    done = run("estimate", network, "--assume", pair)
    assert done.exit_code == 2
    assert words in done.stderr


def test_a_closed_pipe_is_no_error(network):
    import subprocess
    import sys

    command = f"{shlex.quote(sys.executable)} -m costmodel prices list --format csv | head -1"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert done.stdout.startswith("location,meter")
    assert done.stderr == ""


def test_no_command_imports_what_it_does_not_need():
    """Start-up counts: --help loads nothing heavy, estimate neither pandas nor pydantic, rich nor the solver."""
    import subprocess
    import sys

    code = (
        "import sys; sys.argv = ['costmodel', {}]\ntry:\n from costmodel.cli import main; main()\nexcept SystemExit: pass\n"
        "print(sorted(set(sys.modules) & {{'numpy', 'pandas', 'pydantic', 'rich', 'highspy', 'yaml', 'scipy'}}), file=sys.stderr)"
    )

    def loaded(*arguments):
        script = code.format(", ".join(map(repr, arguments)))
        return subprocess.run(
            [sys.executable, "-c", script], capture_output=True, text=True, check=True
        ).stderr.splitlines()[-1]

    assert loaded("--help") == "[]"
    path = CASE_FILES / "readme.yaml"
    assert loaded("estimate", str(path)) == "['numpy', 'yaml']"


def test_what_is_built_today_stands_beside_the_architectures():
    answer = json.loads(run("compare", ESTATE, "--format", "json").stdout)
    assert len(answer["architectures"]) == 10
    assert (answer["today"]["name"], answer["today"]["total"]) == ("today", "833.50")
    assert "833.50" in run("compare", ESTATE).stdout
    named = run("compare", EXAMPLES / "s3.yaml")
    assert "nat-for-everything (built now)" in named.stdout


@pytest.mark.parametrize("width", [60, 80, 200])
def test_a_terminal_shows_tables_that_fit_it(width):
    """On a pseudo terminal: tables no wider than it, no number broken, no markup taken from a file."""
    text = "region: us-east-1\nresources: [{kind: InterfaceEndpoint, name: '[bold red]x[/]', zones: 3, gb_processed: 500}]\n"
    far, near = pty.openpty()
    fcntl.ioctl(near, termios.TIOCSWINSZ, struct.pack("HHHH", 50, width, 0, 0))
    environment = {k: v for k, v in os.environ.items() if k not in ("COLUMNS", "NO_COLOR")} | {"TERM": "xterm"}
    command = [sys.executable, "-m", "costmodel", "estimate", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=near, stderr=near, env=environment, cwd=ROOT) as done:
        os.close(near)
        done.stdin.write(text.encode())
        done.stdin.close()
        seen = b""
        while chunk := _read(far):
            seen += chunk
    os.close(far)
    lines = re.sub(r"\x1b\[[0-9;]*m", "", seen.decode()).replace("\r", "").split("\n")
    assert done.returncode == 0, seen
    assert any("────" in line for line in lines)
    assert all(len(line) <= width for line in lines)
    assert any("26.90" in line for line in lines)
    assert any("21.90" in line for line in lines)
    assert "[bo" in "".join(lines)


def _read(handle):
    try:
        return os.read(handle, 4096)
    except OSError:  # the far end of a terminal that was closed
        return b""
