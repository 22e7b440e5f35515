"""`costmodel bill`: what people and programs get, and what a wrong file says."""

import csv
import io
import json
from decimal import Decimal

import pytest
from click.testing import CliRunner

from costmodel.cli import main
from tests.support import bills
from tests.support.bill_uses import DAYS, MONTH, estate, schedule, used


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    lines = bills.rows(estate(), schedule) + bills.other_rows(DAYS[2])
    return bills.write_csv(tmp_path_factory.mktemp("bill") / "report.csv.gz", bills.legacy(lines, MONTH))


def run(*arguments, code=0):
    result = CliRunner().invoke(main, ["bill", *map(str, arguments)])
    assert result.exit_code == code, result.output
    assert "Traceback" not in result.output
    return result


@pytest.fixture(scope="module")
def answer(report):
    return json.loads(run(report, "--format", "json").stdout)


def test_the_contract_of_json(answer):
    assert {
        "format",
        "period",
        "currency",
        "rows_read",
        "cost",
        "by",
        "rerating",
        "residuals",
        "findings",
    } <= answer.keys()
    assert answer["cost"].keys() >= {"read", "network", "other", "excluded"}
    assert answer["by"].keys() == {"charge", "account", "region", "day", "resource"}
    for row in answer["rerating"]:
        assert row.keys() >= {
            "payer",
            "region",
            "month",
            "x_Meter",
            "quantity",
            "list",
            "billed",
            "discount",
            "tier",
            "marginal",
        }
        assert all(isinstance(row[k], str) for k in ("quantity", "list", "billed", "discount", "marginal"))
    for one in answer["findings"]:
        assert one.keys() >= {"id", "resource", "monthly", "confidence", "evidence", "next", "overlaps"}
        assert isinstance(one["monthly"], str)
        figures = [v for e in one["evidence"].values() for v in (e if isinstance(e, list) else [e])]
        assert not any(isinstance(v, float) for v in figures)


def test_rows_and_cost_are_conserved(answer):
    cost = answer["cost"]
    parts = [Decimal(cost["network"]), Decimal(cost["other"]), *(Decimal(e["cost"]) for e in cost["excluded"])]
    assert sum(parts) == pytest.approx(Decimal(cost["read"]), abs=Decimal("1e-9"))
    assert answer["rows_read"] == cost["rows"]["network"] + cost["rows"]["other"] + sum(
        e["rows"] for e in cost["excluded"]
    )
    for side in answer["by"].values():
        assert sum(map(Decimal, side.values())) == pytest.approx(Decimal(cost["network"]), abs=Decimal("1e-8"))
    assert sum(Decimal(r["billed"]) for r in answer["rerating"]) == pytest.approx(
        Decimal(cost["network"]), abs=Decimal("1e-8")
    )


def test_a_table_says_what_was_read_from_which_prices_and_what_to_do(report):
    text = run(report).stdout
    for words in (
        "is network",
        "excluded: tax",
        "By charge",
        "By resource",
        "Re-rated at list prices",
        "no dollar counts twice",
        "List prices  ",
        "delete it",
    ):
        assert words in text
    assert "ids" not in text


def test_csv_is_the_rerating_exact(report, answer):
    rows = list(csv.DictReader(io.StringIO(run(report, "--format", "csv").stdout)))
    assert [r["x_Meter"] for r in rows] == [r["x_Meter"] for r in answer["rerating"]]
    assert [r["billed"] for r in rows] == [r["billed"] for r in answer["rerating"]]


def test_markdown(report):
    assert "| Meter |" in run(report, "--format", "markdown").stdout


def test_an_estimate_beside_the_bill(report, tmp_path):
    network = tmp_path / "network.yaml"
    network.write_text(
        "region: us-east-1\nhours: 744\nresources:\n  - {kind: NatGateway, count: 3, gb_processed: 5000}\n",
        encoding="utf-8",
    )
    told = json.loads(run(report, "--network", network, "--format", "json").stdout)
    rows = {r["x_Meter"]: r for r in told["reconciliation"]}
    assert Decimal(rows["nat_gateway_gb"]["residual"]) == Decimal("22.5")  # 15,500 GB billed, 15,000 estimated
    assert "Against the estimate" in run(report, "--network", network).stdout


def test_without_resources_there_are_no_findings_about_them(report):
    told = json.loads(run(report, "--no-resources", "--format", "json").stdout)
    assert told["by"]["resource"] is None
    assert all(one["id"].startswith("tier") for one in told["findings"])


def test_lost_rows_end_with_1_and_strict_with_2(tmp_path):
    path = bills.write_csv(tmp_path / "a.csv", bills.legacy(bills.rows([used("nat_gateway_gb", 5)], schedule), MONTH))
    path.write_text(path.read_text(encoding="utf-8") + "a,b\n", encoding="utf-8")
    result = run(path, code=1)
    assert "Lost:" in result.stderr
    assert "line 3" in result.stderr
    assert "--strict" in run(path, "--strict", code=2).stderr


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2\n", "not a Cost and Usage Report"),
        (b"PAR1xxxx", "not a complete parquet"),
        (b"\x1f\x8bxx", "cannot be unpacked"),
        (b"PK\x03\x04xx", "cannot be unpacked"),
        (b"\x00\x01\x02", "not a Cost and Usage Report"),
        (b"{}", "not a Cost and Usage Report"),
    ],
)
def test_wrong_files(tmp_path, content, words):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    assert words in run(path, code=2).stderr


def test_wrong_ways_to_ask(tmp_path):
    assert "Name the files" in run(code=2).stderr
    assert "Athena reads tables" in run("x.csv", "--engine", "athena", code=2).stderr
    assert "DuckDB reads files" in run("--table", "a.b", code=2).stderr
    assert "Unknown assumption" in run("x.csv", "--assume", "nothing=1", code=2).stderr


def test_a_bill_without_network_is_said(tmp_path):
    path = bills.write_csv(tmp_path / "a.csv", bills.legacy(bills.other_rows(DAYS[0])[:2], MONTH))
    told = json.loads(run(path, "--format", "json").stdout)
    assert (told["cost"]["network"], told["rerating"], told["findings"]) == ("0", [], [])
    run(path)
