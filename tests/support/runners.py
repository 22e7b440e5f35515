"""Runs the jobs of docs/ci as their runners would, in bash, with stubs for all that reaches out.

GitHub's expressions are looked up in a table; GitLab's before_script and script are one script. Stubs of terraform, gh,
curl, aws and pip lie first on the PATH; costmodel and git are real.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import yaml

from tests.support.paths import ROOT
from tests.support.plans import plan

CI = ROOT / "docs" / "ci"
GITHUB = yaml.safe_load((CI / "github-action.yml").read_text(encoding="utf-8"))
GITLAB = yaml.safe_load((CI / "gitlab-ci.yml").read_text(encoding="utf-8"))
OWN = "github.event.pull_request.head.repo.full_name == github.repository"

# One stub for all of them: what it was asked goes to calls.jsonl, comments and issues are kept in state.json.
STUB = r"""
import json, os, re, shutil, sys, urllib.parse
from pathlib import Path
home, name, args = Path(os.environ["STUBS"]), Path(sys.argv[0]).name, sys.argv[1:]
with (home / "calls.jsonl").open("a") as log:
    log.write(json.dumps([name, *args]) + "\n")
state = json.loads((home / "state.json").read_text())

def after(*options):
    return [b for a, b in zip(args, args[1:]) if a in options]

def write(kind, method, number, fields):
    if method in ("PATCH", "PUT"):
        next(one for one in state[kind] if one["id"] == int(number)).update(fields)
    else:
        state[kind].append({"id": 100 + len(state[kind]), "author": "bot", **fields})
    (home / "state.json").write_text(json.dumps(state))

def kind_of(url):
    return "issues" if re.search(r"/issues(/\d+)?$", url) else "comments"

def number_of(url):
    return (re.findall(r"/(\d+)$", url) or [None])[0]

if name == "terraform":
    print((home / "plan.json").read_text() if "show" in args else "Terraform says nothing of note")
elif name == "aws":
    month = home / "bucket" / args[-2].removeprefix("s3://").strip("/").replace("/", "_")
    if month.exists():
        shutil.copytree(month, args[-1], dirs_exist_ok=True)
elif name == "gh":
    url = next(a for a in args if a.startswith("repos/")).partition("?")[0]
    if "--jq" not in args:
        pairs = [f.partition("=")[::2] for f in after("-F", "-f")]
        fields = {k: Path(v[1:]).read_text() if v.startswith("@") else v for k, v in pairs}
        write(kind_of(url), after("--method")[0], number_of(url), fields)
    else:
        marker = re.search(r'startswith\("(.*?)"\)', after("--jq")[0])[1]
        for one in state[kind_of(url)]:
            if one["author"] == "bot" and one["body"].startswith(marker):
                print(one["id"])
elif name == "curl":
    assert "TOKEN: secret" in Path(after("--config")[0]).read_text()
    url, _, query = args[-1].partition("?")
    if "--request" in args:
        pairs = [(re.match(r"(\w+)([@=])(.*)", f, re.S)).groups() for f in after("--data-urlencode")]
        fields = {k: Path(v).read_text() if at == "@" else v for k, at, v in pairs}
        write(kind_of(url), after("--request")[0], number_of(url), fields)
    elif url.endswith("/user"):
        print(json.dumps({"id": 7}))
    else:
        field = "description" if kind_of(url) == "issues" else "body"
        page = int(urllib.parse.parse_qs(query)["page"][0])
        of = {"bot": 7, "mallory": 8}
        made = [{"id": one["id"], "iid": one["id"], "author": {"id": of[one["author"]]}, field: one[field]}
                for one in state[kind_of(url)]]
        print(json.dumps(made[2 * page - 2 : 2 * page]))
"""


class Runner:
    """A temporary repository with a base and a head commit, and what a job would find around it."""

    def __init__(self, tmp, service, **settings):
        self.tmp, self.service, self.settings = tmp, service, settings
        self.repository, self.stubs, path = tmp / "repository", tmp / "stubs", tmp / "bin"
        for folder in (self.repository, self.stubs, path):
            folder.mkdir()
        (self.stubs / "state.json").write_text(json.dumps({"comments": [], "issues": []}), encoding="utf-8")
        for name in ("terraform", "gh", "curl", "aws", "pip"):
            (path / name).write_text(f"#!{sys.executable} -IS\n{STUB}", encoding="utf-8")
        (path / "costmodel").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m costmodel "$@"\n', encoding="utf-8")
        for file in path.iterdir():
            file.chmod(0o755)
        mine = {
            "PATH": f"{path}:{os.environ['PATH']}",
            "STUBS": str(self.stubs),
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(tmp),
        }
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith("GIT_")} | mine
        self.git("init", "--quiet")

    def git(self, *arguments):
        who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
        done = subprocess.run(
            ["git", *who, *arguments], cwd=self.repository, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, files):
        for name, text in files.items():
            file = self.repository / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "--message", "one")

    def plan(self, *resources):
        text = json.dumps(plan(*resources))
        (self.stubs / "plan.json").write_text(text, encoding="utf-8")
        return self.stubs / "plan.json"

    def bash(self, script, environment):
        file = self.tmp / "step.sh"
        file.write_text(script, encoding="utf-8")
        return subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", file], cwd=self.repository, check=False,
                              env=environment, capture_output=True, text=True, timeout=60)  # fmt: skip

    def job(self, name, *, fork=False):
        """Run a job; return its exit code."""
        return self.github(name, fork) if self.service == "github" else self.gitlab(f"network-cost-{name}")

    def github(self, name, fork):
        work = self.tmp / f"runner{len(list(self.tmp.glob('runner*')))}"
        work.mkdir()
        files = {
            "GITHUB_OUTPUT": str(work / "output"),
            "GITHUB_STEP_SUMMARY": str(self.tmp / "summary.md"),
            "RUNNER_TEMP": str(work),
        }
        known = {"github.token": "secret", "github.event.pull_request.number": "5"}
        environment = {
            **self.environment,
            **files,
            "GITHUB_REPOSITORY": "acme/network",
            **GITHUB["env"],
            **self.settings,
        }
        for step in GITHUB["jobs"][name]["steps"]:
            assert step.get("if", OWN) == OWN
            if "run" not in step or (fork and "if" in step):
                continue
            if (work / "output").exists():
                written = dict(line.split("=", 1) for line in (work / "output").read_text().splitlines())
                known |= {f"steps.compare.outputs.{k}": v for k, v in written.items()}
            asked = {k: v.removeprefix("${{ ").removesuffix(" }}") for k, v in step.get("env", {}).items()}
            self.last, self.done = (
                step["name"],
                self.bash(step["run"], environment | {k: known[v] for k, v in asked.items()}),
            )
            if self.done.returncode:
                break
        return self.done.returncode

    def gitlab(self, name):
        ci = {"CI_API_V4_URL": "https://gitlab.example.com/api/v4", "CI_PROJECT_ID": "3", "CI_MERGE_REQUEST_IID": "5",
              "CI_MERGE_REQUEST_DIFF_BASE_SHA": self.git("rev-list", "--max-parents=0", "--all"),
              "COSTMODEL_TOKEN": "secret", "AWS_ID_TOKEN": "jwt"}  # fmt: skip
        settings = {f"COSTMODEL_{k}": v for k, v in self.settings.items()}
        script = "\n".join([*GITLAB[".costmodel"]["before_script"], *GITLAB[name]["script"]])
        self.done = self.bash(script, {**self.environment, **ci, **GITLAB["variables"], **settings})
        return self.done.returncode

    def state(self, kind="comments"):
        made = json.loads((self.stubs / "state.json").read_text(encoding="utf-8"))[kind]
        field = "description" if kind == "issues" and self.service == "gitlab" else "body"
        return [one[field] for one in made]

    def seed(self, *made, kind="comments"):
        """Let comments or issues be there: (author, body); the author is `bot`, whose token the job has, or `mallory`."""
        there = [{"id": n, "author": who, "body": text, "description": text} for n, (who, text) in enumerate(made, 1)]
        (self.stubs / "state.json").write_text(
            json.dumps({"comments": [], "issues": [], kind: there}), encoding="utf-8"
        )

    def calls(self, name):
        lines = (self.stubs / "calls.jsonl").read_text(encoding="utf-8").splitlines()
        return [call[1:] for call in map(json.loads, lines) if call[0] == name]
