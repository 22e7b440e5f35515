"""The installed wheel, asked from an empty folder. `make test` builds it and says where it is (COSTMODEL_WHEEL)."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.wheel

NETWORK = """
region: us-east-1
on: 2026-11-01
resources:
  - {kind: InterfaceEndpoint, name: kms, zones: 3, gb_processed: 500, count: 10}
  - {kind: NatGateway, region: eu-west-1, gb_processed: 2048, hours: 100}
"""

DEMAND = """
region: us-east-1
vpcs: [{name: app, zones: 3}]
flows: [{from: app, to: s3, gb_received: 1000}, {from: app, to: kms, gb_received: 5000}]
"""


@pytest.fixture
def run(require, tmp_path):
    """Run a program of the wheel's environment in an empty folder; give its output."""
    folder = Path(require("wheel", os.environ.get("COSTMODEL_WHEEL"), "no wheel is installed; run `make test`"))
    environment = {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "PYTHONHOME"}}

    def run(*arguments, program="costmodel"):
        return subprocess.run(
            [folder / program, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def test_it_is_the_wheel_and_not_the_checkout(run):
    done = run("-c", "import costmodel; print(costmodel.__file__)", program="python")
    assert "site-packages" in done.stdout, done.stdout + done.stderr


def test_the_data_and_the_dashboard_are_inside(run):
    done = run("-c", "import costmodel; print(costmodel.__file__)", program="python")
    inside = Path(done.stdout.strip()).parent
    assert (inside / "data" / "pricing" / "prices.csv").is_file()
    assert (inside / "data" / "catalogue" / "services.csv").is_file()
    assert (inside / "dashboard" / "app.py").is_file()
    assert (inside / "py.typed").is_file()


def test_help(run):
    done = run("--help")
    assert done.returncode == 0, done.stderr
    assert "estimate" in done.stdout


def test_estimate(run, tmp_path):
    (tmp_path / "network.yaml").write_text(NETWORK, encoding="utf-8")
    done = run("estimate", "network.yaml", "--format", "json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert (answer["total"], answer["currency"]) == ("372.60", "USD")


def test_a_plan(run, tmp_path):
    values = {"vpc_endpoint_type": "Interface", "subnet_ids": ["subnet-1", "subnet-2"], "region": "us-east-1"}
    entry = {
        "address": "aws_vpc_endpoint.a",
        "mode": "managed",
        "type": "aws_vpc_endpoint",
        "name": "a",
        "values": values,
    }
    other = {
        "address": "aws_globalaccelerator_accelerator.b",
        "mode": "managed",
        "type": "aws_globalaccelerator_accelerator",
        "name": "b",
        "values": {},
    }
    plan = {"format_version": "1.2", "planned_values": {"root_module": {"resources": [entry, other]}}}
    (tmp_path / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    done = run("estimate", "plan.json", "--format", "json")
    assert done.returncode == 1, done.stderr  # what is not priced is open
    answer = json.loads(done.stdout)
    assert (answer["total"], answer["total_at_least"]) == (None, "14.60")
    assert [left["name"] for left in answer["left_out"]] == ["aws_globalaccelerator_accelerator.b"]


def test_compare(run, tmp_path):
    (tmp_path / "demand.yaml").write_text(DEMAND, encoding="utf-8")
    done = run("compare", "demand.yaml", "--format", "json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["cheapest"] in {a["name"] for a in answer["architectures"]}
    assert len(answer["architectures"]) == 10


def test_the_optimizer_has_its_solver(run):
    program = f"import costmodel as cm, yaml; d = cm.read_demand(yaml.safe_load({DEMAND!r}));"
    done = run("-c", f"{program} print(cm.optimize(d, cm.load_prices()).bill.total)", program="python")
    assert done.stdout.strip() == "71.90", done.stdout + done.stderr


def test_the_dashboard_says_what_it_lacks(run):
    done = run("dashboard")
    assert done.returncode == 2
    assert "pip install 'costmodel[dashboard]'" in done.stderr


def test_prices_list(run):
    done = run("prices", "list", "--format", "csv")
    assert done.returncode == 0, done.stderr
    assert "interface_endpoint_hour" in done.stdout


def test_a_file_that_is_not_there_is_an_error_of_the_input(run):
    done = run("estimate", "nowhere.yaml")
    assert done.returncode == 2, done.stderr
    assert "nowhere.yaml" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bill(run, tmp_path):
    (tmp_path / "bill.csv").write_text(
        "lineItem/UsageType,lineItem/Operation,lineItem/ProductCode,lineItem/UsageAmount,lineItem/UnblendedCost\n"
        "EUC1-NatGateway-Hours,NatGateway,AmazonEC2,744,38.688\n",
        encoding="utf-8",
    )
    done = run("bill", "bill.csv", "--format", "json")
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert answer["by"]["charge"] == {"nat_gateway_hour": "38.688"}
    assert answer["rerating"][0]["why"] == "list price"
