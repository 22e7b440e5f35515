"""The ready jobs for pull and merge requests: what is written in them, and what they do (tests/support/runners.py runs them)."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from datetime import UTC, date, datetime

import pytest

from tests.support.plans import refs, resource
from tests.support.run_cli import run
from tests.support.runners import GITHUB, GITLAB, OWN, Runner

BLOCKS = [
    *((f"github, {job}: {s['name']}", s["run"]) for job, j in GITHUB["jobs"].items() for s in j["steps"] if "run" in s),
    *((f"gitlab, {job}", b) for job, j in GITLAB.items() for b in (*j.get("before_script", []), *j.get("script", []))),
]  # fmt: skip
HOSTILE = "$(touch owned)`touch owned`';touch owned;'\"\n/close\n${IFS}|@all"
DEMAND = """
region: us-east-1
vpcs: [{{name: {vpc}, count: {count}, zones: 3}}]
flows: [{{from: {vpc}, to: kms, gb_sent: 500}}, {{from: {vpc}, to: s3, gb_received: 900}}]
"""
BILL = (
    "bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,lineItem/LineItemType,lineItem/UsageStartDate,"
    "lineItem/ProductCode,lineItem/UsageType,lineItem/UsageAmount,lineItem/CurrencyCode,lineItem/UnblendedCost,product/region\n"
    "1,{month}-01T00:00:00Z,1,Usage,{month}-01T00:00:00Z,AmazonVPC,USE1-VpcEndpoint-Bytes,{gb},USD,{cost},us-east-1\n"
)


@pytest.fixture(params=["github", "gitlab"])
def runner(request, tmp_path, require):
    for name in ("bash", "git"):
        require(name, shutil.which(name))
    return lambda **settings: Runner(tmp_path, request.param, **settings)


def printed(*arguments):
    return run("diff", *arguments, "--format", "markdown").stdout


NAT = resource("aws_nat_gateway.n", connectivity_type="private")
PLAN_MARKER, DEMANDS_MARKER, BILLS_MARKER = (f"<!-- costmodel: {name} -->" for name in ("plan", "demands", "bills"))


# ---------------------------------------------------------------- what is written
@pytest.mark.parametrize("block", [b for _, b in BLOCKS], ids=[name for name, _ in BLOCKS])
def test_every_block_is_bash_and_holds_no_expression(block, require):
    require("bash", shutil.which("bash"))
    done = subprocess.run(["bash", "-n"], input=block, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert "${{" not in block
    assert not re.search(r"\beval\b", block)


def test_no_more_rights_than_a_job_needs():
    assert GITHUB["permissions"] == {}
    assert {name: set(job["permissions"].items()) for name, job in GITHUB["jobs"].items()} == {
        "plan": {("contents", "read"), ("id-token", "write"), ("pull-requests", "write")},
        "demands": {("contents", "read"), ("pull-requests", "write")},
        "bills": {("id-token", "write"), ("issues", "write")},
    }
    assert "pull_request" in GITHUB[True]  # YAML 1.1 reads `on` so
    assert "pull_request_target" not in GITHUB[True]
    used = [step for job in GITHUB["jobs"].values() for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"[\w./-]+@v\d+", step["uses"]) for step in used)
    assert all(s["with"]["persist-credentials"] is False for s in used if "checkout" in s["uses"])
    assert GITHUB["jobs"]["plan"]["if"] == f"github.event_name == 'pull_request' && {OWN}"
    assert not any("artifacts" in job for job in GITLAB.values())
    other = {"if": "$CI_MERGE_REQUEST_SOURCE_PROJECT_ID != $CI_MERGE_REQUEST_PROJECT_ID", "when": "never"}
    assert GITLAB[".of-a-merge-request"]["rules"][0] == other


def test_the_filters_find_the_own_comment_only(require):
    jq = require("jq", shutil.which("jq"))
    filters = re.findall(r"--jq '(.*?)'", "\n".join(b for _, b in BLOCKS), re.DOTALL)
    assert len(filters) == 3
    for text in filters:
        marker = re.search(r'startswith\("(.*?)"\)', text)[1]
        rows = [
            ("mallory", f"{marker}\n"),
            ("github-actions[bot]", f"quoted: {marker}"),
            ("github-actions[bot]", f"{marker}\n"),
        ]
        made = [{"id": n, "number": n, "user": {"login": who}, "body": b} for n, (who, b) in enumerate(rows)]
        done = subprocess.run([jq, "-r", text], input=json.dumps(made), capture_output=True, text=True, check=True)
        assert done.stdout == "2\n"


# ---------------------------------------------------------------- plans
@pytest.mark.parametrize(("limit", "code"), [("32.85", 0), ("32.84", 1)])
def test_a_plan_becomes_one_comment_and_the_limit_holds_after_it(runner, limit, code):
    r = runner(FAIL_ABOVE=limit)
    file = r.plan(NAT)
    r.commit({})
    assert r.job("plan") == code, r.done.stderr
    assert r.state() == [f"{PLAN_MARKER}\n\n{printed(file)}"]
    assert "→ 32.85" in r.state()[0]
    if r.service == "github":
        assert r.last == "Limit"
    assert [a for a in r.calls("terraform")[-1] if a in ("show", "-json")] == ["show", "-json"]
    assert r.calls("pip")[0][-1].startswith("costmodel @ git+https://")


def test_the_comment_is_updated_not_repeated_and_others_stay(runner):
    r = runner()
    r.commit({})
    forged = ("mallory", f"{PLAN_MARKER} forged")
    r.seed(forged, ("bot", "by the way"), ("bot", DEMANDS_MARKER))
    r.plan(NAT)
    r.job("plan")
    file = r.plan(NAT, resource("aws_nat_gateway.m", connectivity_type="private"))
    r.job("plan")
    assert r.state() == [forged[1], "by the way", DEMANDS_MARKER, f"{PLAN_MARKER}\n\n{printed(file)}"]


def test_a_usage_file_of_the_repository_is_read(runner):
    r = runner(USAGE="a usage.yaml")
    file = r.plan(NAT)
    r.commit({"a usage.yaml": "usage: {NatGateway: {gb_processed: 100}}\n"})
    assert r.job("plan") == 0
    assert r.state() == [f"{PLAN_MARKER}\n\n{printed(file, '--usage', r.repository / 'a usage.yaml')}"]
    assert "37.35" in r.state()[0]


def test_a_plan_that_cannot_be_read_is_said(runner):
    r = runner()
    r.commit({})
    (r.stubs / "plan.json").write_text("{}", encoding="utf-8")
    assert r.job("plan") == 2
    assert r.state() == [f"{PLAN_MARKER}\n\n### Network cost: not known\n\nThe log of the job says why.\n"]


def test_what_is_unknown_fails_too(runner):
    r = runner(FAIL_ABOVE="1000000")
    file = r.plan(resource("aws_vpc_endpoint.kms", vpc_endpoint_type="Interface", unknown=["subnet_ids"],
                           expressions={"subnet_ids": refs("local.x")}))  # fmt: skip
    r.commit({})
    assert r.job("plan") == 1
    assert r.state() == [f"{PLAN_MARKER}\n\n{printed(file)}"]


@pytest.mark.parametrize("runner", ["github"], indirect=True)
def test_a_long_comment_is_cut_at_a_line(runner, tmp_path):
    r = runner(FAIL_ABOVE="1000000")
    many = [resource(f"aws_nat_gateway.{'x' * 700}{n}", connectivity_type="private") for n in range(100)]
    file = r.plan(*many)
    r.commit({})
    assert r.job("plan") == 0
    whole, (body,) = printed(file), r.state()
    assert len(whole) > 65_536 > len(body)
    assert body.endswith("\n\nToo long for a comment: the whole stands in the summary of the job.\n")
    assert whole.startswith(body.removeprefix(f"{PLAN_MARKER}\n\n").partition("\n\nToo long")[0] + "\n")
    assert (tmp_path / "summary.md").read_text(encoding="utf-8") == whole


# ---------------------------------------------------------------- names that would be commands
def test_hostile_names_run_nothing(runner, tmp_path):
    r = runner(FAIL_ABOVE="1000000", DEMANDS="demands/**")
    address = f"aws_nat_gateway.n[{json.dumps(HOSTILE)}]"
    file = r.plan(resource(address, connectivity_type="private"))
    name = f"demands/{HOSTILE.replace('/', ' ')}.yaml"
    quoted = json.dumps(HOSTILE)
    r.commit({name: DEMAND.format(vpc=quoted, count=1), "demands/$(touch owned)/new.yaml": "", "before": "1"})
    r.commit({name: DEMAND.format(vpc=quoted, count=2)})
    assert r.job("plan") == 0, r.done.stderr
    assert r.job("demands") == 0, r.done.stderr
    assert r.state()[0] == f"{PLAN_MARKER}\n\n{printed(file)}"
    assert "touch owned" in r.state()[0]
    assert "(touch" not in r.state()[1].partition("\n\n")[2].partition("\n")[0]
    assert not list(tmp_path.rglob("owned"))
    assert not [line for body in r.state() for line in body.splitlines() if line.startswith("/")]  # a quick action


# ---------------------------------------------------------------- demands
def test_a_changed_demand_is_held_against_the_base(runner, tmp_path):
    r = runner(FAIL_ABOVE="1")
    before, same, after = (DEMAND.format(vpc="app", count=n) for n in (2, 2, 3))
    r.commit({"demands/a.yaml": before, "demands/b/same.yaml": same, "other.yaml": before})
    r.commit({"demands/a.yaml": after, "demands/b/new.yaml": before, "other.yaml": after})
    assert r.job("demands") == 1, r.done.stderr
    (tmp_path / "before.yaml").write_text(before, encoding="utf-8")
    diff = printed(tmp_path / "before.yaml", r.repository / "demands" / "a.yaml")
    new = "## `demands/b/new.yaml`\n\nNew: there is nothing to hold it against.\n\n"
    assert "Cheapest plan: " in diff
    assert r.state() == [f"{DEMANDS_MARKER}\n\n## `demands/a.yaml`\n\n{diff}{new}"]


def test_the_worst_exit_code_of_several_demands_counts(runner):
    r = runner(FAIL_ABOVE="0")
    files = {f"demands/{name}.yaml": DEMAND.format(vpc="app", count=1) for name in "abc"}
    r.commit(files)
    r.commit(files | {"demands/a.yaml": DEMAND.format(vpc="app", count=5), "demands/b.yaml": "vpcs: nonsense"})
    assert r.job("demands") == 2
    assert "## `demands/b.yaml`\n\nNot known: the log of the job says why.\n" in r.state()[0]
    assert "Cheapest plan: " in r.state()[0]


def test_no_changed_demand_makes_no_comment_but_corrects_one(runner):
    r = runner()
    r.commit({"demands/a.yaml": DEMAND.format(vpc="app", count=1)})
    r.commit({"readme": "other"})
    assert r.job("demands") == 0
    assert r.state() == []
    r.seed(("bot", f"{DEMANDS_MARKER} of a push before"))
    assert r.job("demands") == 0
    assert r.state() == [f"{DEMANDS_MARKER}\n\nNo demand file changes.\n"]


@pytest.mark.parametrize("runner", ["github"], indirect=True)
def test_a_fork_gets_no_comment_but_the_limit_and_the_summary(runner, tmp_path):
    r = runner(FAIL_ABOVE="0")
    for count in (1, 2):
        r.commit({"demands/a.yaml": DEMAND.format(vpc="app", count=count)})
    assert r.job("demands", fork=True) == 1
    assert r.state() == []
    assert "Cheapest plan: " in (tmp_path / "summary.md").read_text(encoding="utf-8")


# ---------------------------------------------------------------- bills
def months():
    """The last two whole months, as 2026-10."""
    today = datetime.now(UTC).date()
    number = today.year * 12 + today.month - 1
    return [date((number - n) // 12, (number - n) % 12 + 1, 1).strftime("%Y-%m") for n in (2, 1)]


MADE = [("bot", f"{BILLS_MARKER} of a month ago")]


@pytest.mark.parametrize(
    ("runner", "limit", "code", "issues"),
    [("github", "5", 0, []), ("github", "4.99", 1, MADE), ("gitlab", "4.99", 1, [])],
    indirect=["runner"],
)
def test_the_last_month_is_held_against_the_one_before(runner, limit, code, issues):
    r = runner(BILLS="s3://bills/of us/BILLING_PERIOD=%Y-%m/", BILLS_FAIL_ABOVE=limit)
    r.seed(*issues, kind="issues")
    folders = [r.stubs / "bucket" / f"bills_of us_BILLING_PERIOD={month}" for month in months()]
    for folder, month, (gb, cost) in zip(folders, months(), [(1000, 10), (1500, 15)], strict=True):
        folder.mkdir(parents=True)
        (folder / "bill.csv").write_text(BILL.format(month=month, gb=gb, cost=cost), encoding="utf-8")
    assert r.job("bills") == code, r.done.stderr
    text = printed(*folders)
    assert text.startswith("### Network spend: 10.00 → 15.00 USD a month (+5.00)")
    assert r.state("issues") == [f"{BILLS_MARKER}\n\n{text}"]


@pytest.mark.parametrize("runner", ["github"], indirect=True)
def test_an_export_that_is_not_there_fails(runner):
    r = runner(BILLS="s3://bills/nothing/%Y-%m/")
    assert r.job("bills") == 2
    assert r.state("issues") == [f"{BILLS_MARKER}\n\n### Network spend: not known\n\nThe log of the job says why.\n"]
