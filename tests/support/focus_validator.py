"""The FinOps Foundation's own validator, held against our exports. `python -m tests.support.focus_validator` prepares it.

It runs in an environment of its own (.venv-focus, Python 3.12) and offline: the package ships the rules of FOCUS 1.2
and the list of currencies, which it looks for below its working folder; so it runs in the package's parent folder.

A CSV file has no types, and the validator guesses them: an account number of digits is an integer to it, a cost of 219
no Decimal. So the file is handed over as Parquet: strings as they stand, decimals and date-times typed where every
value is well formed. What is not well formed stays a string and fails.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.support.paths import ROOT

ENVIRONMENT = ROOT / ".venv-focus"
REQUIREMENTS = ROOT / "tests" / "focus" / "requirements.txt"
TYPED = ROOT / "tests" / "focus" / "typed.py"
PYTHON = ENVIRONMENT / "bin" / "python"

# Rules whose condition is in no column ("the charge is associated with an issued invoice", "… is not associated …"), so
# that the validator applies them to every row; the two of InvoiceId contradict each other, and one always fails.
# The one of BilledCost takes two names of one provider (ProviderName, InvoiceIssuerName) for a third party.
FALSE_ALARMS = frozenset({"BilledCost-C-005-C", "InvoiceId-C-004-C", "InvoiceId-C-005-C"})


def interpreter() -> str | None:
    """Return the first Python 3.12 that starts and can make an environment."""
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    named = [os.environ.get("COSTMODEL_PYTHON312"), shutil.which("python3.12")]
    for candidate in filter(None, [*named, *map(str, sorted(versions.glob("3.12*/bin/python3.12")))]):
        check = "import ensurepip, sys, venv; sys.exit(sys.version_info[:2] != (3, 12))"
        if subprocess.run([candidate, "-c", check], capture_output=True, check=False).returncode == 0:
            return candidate
    return None


def _stamp() -> Path:
    return ENVIRONMENT / f"installed-{hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()[:12]}"


def absent() -> str | None:
    """Why the validator cannot be asked now; None where it can."""
    if _stamp().exists():
        return None
    if interpreter() is None:
        return "the validator needs Python 3.12, and there is none on this machine"
    return "the validator is not installed: run `make focus-validator`"


def prepare() -> str | None:
    """Install the validator unless it stands; return why not."""
    if _stamp().exists():
        return None
    python = interpreter()
    if python is None:
        return absent()
    subprocess.run([python, "-m", "venv", "--clear", str(ENVIRONMENT)], check=True)
    options = ["--quiet", "--disable-pip-version-check", "--no-deps", "--requirement", str(REQUIREMENTS)]
    if subprocess.run([str(PYTHON), "-m", "pip", "install", *options], check=False).returncode:
        return f"pip could not install {REQUIREMENTS.relative_to(ROOT)} (its message is above)"
    _stamp().touch()
    return None


def validate(csv_path: Path, criteria: tuple[str, ...] = ()) -> list[str]:
    """Return the ids of the FOCUS 1.2 rules a CSV file fails, parents included, without the known false alarms.

    `criteria` are the validator's applicability criteria ("SUB_ACCOUNT_SUPPORTED", …): each makes more rules binding.
    """
    package = next(ENVIRONMENT.glob("lib/python3.12/site-packages"))
    with tempfile.TemporaryDirectory() as folder:
        parquet, report = Path(folder) / "bill.parquet", Path(folder) / "report.xml"
        environment = {**os.environ, "LOGGING_CONFIG": str(_quiet(folder))}
        subprocess.run([str(PYTHON), str(TYPED), str(csv_path), str(parquet)], check=True, cwd=package)
        command = [str(PYTHON), "-m", "focus_validator.main", "--data-file", str(parquet)]
        command += ["--validate-version", "1.2", "--focus-dataset", "CostAndUsage", "--block-download"]
        command += ["--output-type", "unittest", "--output-destination", str(report)]
        if criteria:
            command += ["--applicability-criteria", ",".join(criteria)]
        done = subprocess.run(command, cwd=package, env=environment, capture_output=True, text=True, check=False)
        if not report.exists():
            raise RuntimeError(f"the FOCUS validator gave no report for {csv_path}:\n{done.stderr[-2000:]}")
        suites = ET.parse(report).getroot()  # noqa: S314 - the validator's own report
    if int(suites.get("tests", "0")) == 0:
        raise RuntimeError(f"the FOCUS validator ran no rule over {csv_path}")
    failed = {
        case.get("name", "").split(" :: ")[0]
        for case in suites.iter("testcase")
        if case.find("failure") is not None or case.find("error") is not None
    }
    return sorted(_without_false_alarms(failed))


def _quiet(folder: str) -> Path:
    """Write a logging set-up that leaves no log file behind."""
    path = Path(folder) / "logging.yaml"
    path.write_text("version: 1\nroot: {level: ERROR, handlers: []}\n", encoding="utf-8")
    return path


def _without_false_alarms(failed: set[str]) -> set[str]:
    """Drop the false alarms, then every rule made of others of which only dropped ones fail."""
    model = next(ENVIRONMENT.glob("lib/python3.12/site-packages/focus_validator/rules/model-1.2*.json"))
    rules = json.loads(model.read_text(encoding="utf-8"))["ModelRules"]

    def parts(node: object) -> set[str]:
        if isinstance(node, dict):
            own = {node["ModelRuleId"]} if node.get("CheckFunction") == "CheckModelRule" else set()
            return own.union(*map(parts, node.values()))
        return set().union(*map(parts, node)) if isinstance(node, list) else set()

    below = {rule: parts(rules.get(rule, {}).get("ValidationCriteria")) & (failed - {rule}) for rule in failed}
    dropped = failed & FALSE_ALARMS
    while True:
        more = {rule for rule in failed - dropped if below[rule] and below[rule] <= dropped}
        if not more:
            return failed - dropped
        dropped |= more


def main() -> int:
    """Prepare the validator; fail only where COSTMODEL_REQUIRE names it."""
    reason = prepare()
    if reason:
        print(f"FOCUS validator: its tests will be skipped, {reason}.", file=sys.stderr)  # noqa: T201
    return int(bool(reason) and "focus-validator" in os.environ.get("COSTMODEL_REQUIRE", ""))


if __name__ == "__main__":
    sys.exit(main())
