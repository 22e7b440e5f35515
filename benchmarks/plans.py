"""A large Terraform plan: reading it against bare json.loads of the same text, in time and in memory."""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.startup import run
from benchmarks.timing import Result, within

RESOURCES = 20_000
SIZE = 50 << 20
MOST = 3  # times the plan's size, in memory
REGIONS = ("us-east-1", "eu-west-1", "ap-southeast-2")


def plan() -> str:
    """Return a plan of 20,000 resources in modules, 50 MB: a third of them networking, policies as padding."""
    modules, changes, configured = [], [], {}
    pad = "x" * 800
    for m in range(200):
        where, resources = f'module.team["{m}"]', []
        for i in range(RESOURCES // 200):
            type_, values, unknown = _resource(i, m)
            address = f"{where}.{type_}.this[{i}]"
            resources.append({
                "address": address, "mode": "managed", "type": type_, "name": "this", "index": i,
                "provider_name": "registry.terraform.io/hashicorp/aws", "schema_version": 0,
                "values": {**values, "policy": pad}, "sensitive_values": {},
            })  # fmt: skip
            changes.append({
                "address": address, "module_address": where, "mode": "managed", "type": type_, "name": "this",
                "index": i, "change": {"actions": ["create"], "before": None, "after": {**values, "policy": pad},
                                       "after_unknown": unknown, "before_sensitive": False, "after_sensitive": {}},
            })  # fmt: skip
        modules.append({"address": where, "resources": resources})
    subnets = {"subnet_ids": {"references": ["aws_subnet.this"]}, "service_name": {}, "vpc_endpoint_type": {}}
    configured = {
        "provider_config": {"aws": {"name": "aws", "expressions": {"region": {"constant_value": REGIONS[0]}}}},
        "root_module": {"module_calls": {"team": {"module": {"resources": [
            {"address": f"{t}.this", "mode": "managed", "type": t, "name": "this", "provider_config_key": "aws",
             "expressions": subnets if t == "aws_vpc_endpoint" else {"tags": {}}}
            for t in ("aws_vpc_endpoint", "aws_nat_gateway", "aws_eip", "aws_subnet", "aws_s3_bucket")
        ]}}}},
    }  # fmt: skip
    out: dict[str, Any] = {
        "format_version": "1.2", "terraform_version": "1.9.0",
        "planned_values": {"root_module": {"child_modules": modules}},
        "resource_changes": changes, "configuration": configured,
    }  # fmt: skip
    short = SIZE - len(json.dumps(out))
    out["output_changes"] = {"rest": [{"policy": pad, "n": n} for n in range(max(short, 0) // 820)]}
    return json.dumps(out)


def _resource(i: int, m: int) -> tuple[str, dict[str, Any], dict[str, Any]]:
    region = REGIONS[m % len(REGIONS)]
    sort = i % 12
    if sort == 0:
        return "aws_nat_gateway", {"connectivity_type": "private", "region": region}, {"id": True}
    if sort in (1, 2):
        values = {"vpc_endpoint_type": "Interface", "service_name": f"com.amazonaws.{region}.kms", "region": region}
        return "aws_vpc_endpoint", values, {"id": True, "subnet_ids": True}
    if sort == 3:
        return "aws_subnet", {"availability_zone": f"{region}{'abc'[i // 12 % 3]}", "region": region}, {"id": True}
    return "aws_s3_bucket", {"bucket": f"bucket-{m}-{i}", "tags": {"Team": str(m)}}, {"id": True}


_MEASURE = """
import json, resource, sys, time
from pathlib import Path
import numpy, yaml, pydantic  # the same in both: what is measured is the reading
import costmodel.network.bill, costmodel.network.reading.load, costmodel.network.usage
which, path = sys.argv[1:]
idle = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
begin = time.perf_counter()
if which == "bare":
    value = json.loads(Path(path).read_text(encoding="utf-8"))
else:
    network = costmodel.network.reading.load.read_network(path)
read = time.perf_counter() - begin
if which == "ours":
    from costmodel.pricing.reading.price_tables import load_prices
    book = load_prices()
    begin = time.perf_counter()
    bill = costmodel.network.bill.price(costmodel.network.usage.meter(network), book)
    bill.total
    priced = time.perf_counter() - begin
else:
    priced = 0
print(json.dumps([read, priced, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle) * 1024]))
"""


def results() -> list[Result]:
    """Measure reading in processes of their own, bare and ours in turn."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plan.json"
        path.write_text(plan(), encoding="utf-8")
        size = path.stat().st_size
        times: dict[str, list[list[float]]] = {"bare": [], "ours": []}
        for _ in range(5):
            for which, found in times.items():
                command = [sys.executable, "-c", _MEASURE, which, str(path)]
                found.append(json.loads(run(*command)))
    seconds = median(t[0] for t in times["ours"]), median(t[0] for t in times["bare"])
    more = median((o[2] - b[2]) / size for o, b in zip(times["ours"], times["bare"], strict=True))
    note = f"priced in {1e3 * median(t[1] for t in times['ours']):.0f} ms; memory {more:.1f} sizes over it, bar 3"
    result = within("a plan of 50 MB, 20,000 resources, read", seconds, 2, "json.loads of it", note)
    return [result._replace(held=result.held and more < MOST)]
