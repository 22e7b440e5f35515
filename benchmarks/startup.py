"""Whole processes, files and imports included."""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.timing import Result, faster, in_turns, within

ROUNDS = 9
ENDPOINTS = 1_000
ROOT = Path(__file__).resolve().parent.parent
PEER = ROOT / ".venv-peer" / "bin" / "infra-cost-model"
OURS = Path(sys.executable).parent / "costmodel"


def run(*command: str | Path) -> str:
    """Run a command to its end and return what it printed."""
    return subprocess.run([str(c) for c in command], check=True, capture_output=True, text=True).stdout  # noqa: S603


def results() -> list[Result]:
    """Measure start-up."""
    return [help_text(), estimate()]


def help_text() -> Result:
    """`costmodel --help` against an interpreter that does nothing."""
    seconds = in_turns(lambda: run(OURS, "--help"), lambda: run(sys.executable, "-c", "pass"), ROUNDS)
    return within("costmodel --help", seconds, 8, "python -c pass")


def estimate() -> Result:
    """A network of a thousand interface endpoints against the same in the peer's own format."""
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = Path(folder) / "network.yaml", Path(folder) / "peer.yaml"
        ours.write_text(network(), encoding="utf-8")
        theirs.write_text(peer_model(), encoding="utf-8")
        assert "27,895.00" in run(OURS, "estimate", ours)
        peer = (PEER, "compute", "--pricing", "seed", "--time-basis", "monthly", theirs)
        assert "27895.00" in run(*peer)
        seconds = in_turns(lambda: run(OURS, "estimate", ours), lambda: run(*peer), ROUNDS)
        peak = memory(OURS, "estimate", ours)
    result = faster(
        "costmodel estimate, 1,000 endpoints", seconds, 5, "infra-cost-model 0.3.0", f"{peak:.0f} MiB, bar 100 MiB"
    )
    return result._replace(held=result.held and peak < 100)


def memory(*command: str | Path) -> float:
    """Return the peak memory of a command, in MiB."""
    code = (
        "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL);"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    assert resource.RUSAGE_CHILDREN
    return int(run(sys.executable, "-c", code, *command)) / 1024


def network() -> str:
    """Return the network file."""
    rows = [
        f"  - {{kind: InterfaceEndpoint, name: ep{i}, zones: 3, gb_processed: {100 + i}}}" for i in range(ENDPOINTS)
    ]
    return "\n".join(["region: us-east-1", "resources:", *rows, ""])


def peer_model() -> str:
    """Return the same endpoints in the peer's format."""
    lines = [
        'version: "1.0"',
        "workflow:",
        "  name: w",
        "  entry: ep0",
        "  frequency: {unit: perMonth, value: 1}",
        "nodes:",
    ]
    for i in range(ENDPOINTS):
        lines += [
            f"  ep{i}:",
            "    nodeType: storage",
            f"    resourceAddress: aws_vpc_endpoint.ep{i}",
            "    provider: aws",
            "    service: AmazonVPC",
            "    region: us-east-1",
            "    usageMetrics:",
            "      VPC-Endpoint-Hour: {unit: hours, value: 2190, fixed: true}",
            f"      VPC-Endpoint-DataProcessed: {{unit: GB, value: {100 + i}, fixed: true}}",
        ]
    return "\n".join([*lines, ""])
