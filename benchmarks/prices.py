"""An offer file of AmazonEC2 of 400 MB, of which NAT gateways are kept, against a bare pass of the same parser."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.timing import Result, median, within

if TYPE_CHECKING:
    from collections.abc import Iterator

BYTES = 400_000_000
MIB = 1 << 20
LIMIT = 300 * MIB
ROUNDS = 3
_TERM, _RATE = "JRTCKXETXF", "6YS6EN2CT7"
_ATTRIBUTES = {
    "servicecode": "AmazonEC2", "location": "US East (N. Virginia)", "locationType": "AWS Region",
    "instanceType": "m5.4xlarge", "currentGeneration": "Yes", "instanceFamily": "General purpose", "vcpu": "16",
    "physicalProcessor": "Intel Xeon Platinum 8175", "clockSpeed": "3.1 GHz", "memory": "64 GiB", "storage": "EBS only",
    "networkPerformance": "Up to 10 Gigabit", "processorArchitecture": "64-bit", "tenancy": "Dedicated",
    "operatingSystem": "RHEL", "licenseModel": "No License required", "usagetype": "DedicatedRes:m5.4xlarge",
    "operation": "RunInstances:0410", "availabilityzone": "NA", "capacitystatus": "AllocatedCapacityReservation",
    "classicnetworkingsupport": "false", "dedicatedEbsThroughput": "4750 Mbps", "ecu": "60",
    "regionCode": "us-east-1", "servicename": "Amazon Elastic Compute Cloud",
}  # fmt: skip
_NAT = {
    "servicecode": "AmazonEC2", "location": "US East (N. Virginia)", "locationType": "AWS Region",
    "group": "NGW:NatGateway", "usagetype": "NatGateway-Hours", "operation": "NatGateway", "regionCode": "us-east-1",
}  # fmt: skip

_MEASURED = """
import resource, sys, time
begin = time.perf_counter()
{run}
print(time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
"""
_OURS = """
import click
from costmodel.cli import main
try:
    main(["prices", "refresh", "--from", sys.argv[1], "--dry-run", "-o", sys.argv[2]], standalone_mode=False)
except SystemExit as end:
    assert not end.code, end.code
"""
_BARE_JSON = """
import ijson
with open(sys.argv[1], "rb") as file:
    for _ in ijson.basic_parse(file, buf_size=1 << 20):
        pass
"""
_BARE_CSV = """
import csv
with open(sys.argv[1], encoding="utf-8", newline="") as file:
    for _ in csv.reader(file, strict=True):
        pass
"""


def _products(count: int) -> Iterator[tuple[str, dict[str, Any]]]:
    for n in range(count):
        sku = f"{n:016X}"
        nat = n == count // 2
        yield (
            sku,
            {
                "sku": sku,
                "productFamily": "NAT Gateway" if nat else "Compute Instance",
                "attributes": _NAT if nat else _ATTRIBUTES,
            },
        )


def _term(sku: str, code: str) -> dict[str, Any]:
    rate = f"{sku}.{code}.{_RATE}"
    dimension = {
        "rateCode": rate, "description": "$0.045 per hour", "beginRange": "0", "endRange": "Inf", "unit": "Hrs",
        "pricePerUnit": {"USD": "0.0450000000"}, "appliesTo": [],
    }  # fmt: skip
    term = {"offerTermCode": code, "sku": sku, "effectiveDate": "2026-11-01T00:00:00Z"}
    return {f"{sku}.{code}": term | {"priceDimensions": {rate: dimension}, "termAttributes": {}}}


def write_json(path: Path, size: int) -> Path:
    """Write an offer file as AWS lays it out, indented as AWS indents it, of about so many bytes."""
    count = size // 2_720
    with path.open("w", encoding="utf-8") as file:
        file.write('{\n  "formatVersion" : "v1.0",\n  "offerCode" : "AmazonEC2",\n  "version" : "20261120100000",\n')
        file.write('  "publicationDate" : "2026-11-20T10:00:00Z",\n  "products" : {\n')
        _entries(file, _products(count), count)
        file.write('  },\n  "terms" : {\n    "OnDemand" : {\n')
        _entries(file, ((sku, _term(sku, _TERM)) for sku, _ in _products(count)), count)
        file.write('    },\n    "Reserved" : {\n')
        both = ((sku, _term(sku, "4NA7Y494T4") | _term(sku, "38NPMPTW36")) for sku, _ in _products(count))
        _entries(file, both, count)
        file.write("    }\n  }\n}\n")
    return path


def _entries(file: Any, entries: Iterator[tuple[str, Any]], count: int) -> None:
    for n, (key, value) in enumerate(entries, 1):
        file.write(f'"{key}" : {json.dumps(value, indent=2)}{"," if n < count else ""}\n')


def write_csv(path: Path, size: int) -> Path:
    """Write the same as CSV: every price repeats its product's attributes."""
    names = sorted(_ATTRIBUTES | _NAT)
    head = ["SKU", "OfferTermCode", "RateCode", "TermType", "EffectiveDate", "StartingRange", "EndingRange", "Unit"]
    with path.open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file, quoting=csv.QUOTE_ALL, lineterminator="\n")
        about = {"FormatVersion": "v1.0", "Disclaimer": "", "Publication Date": "2026-11-20T10:00:00Z"}
        lines.writerows((about | {"Version": "20261120100000", "OfferCode": "AmazonEC2"}).items())
        lines.writerow([*head, "PricePerUnit", "Currency", "Product Family", *names])
        for sku, product in _products(size // 2_720):
            cells = [product["productFamily"], *(product["attributes"].get(n, "") for n in names)]
            for code, kind in ((_TERM, "OnDemand"), ("4NA7Y494T4", "Reserved"), ("38NPMPTW36", "Reserved")):
                rate = [
                    sku,
                    code,
                    f"{sku}.{code}.{_RATE}",
                    kind,
                    "2026-11-01",
                    "0",
                    "Inf",
                    "Hrs",
                    "0.0450000000",
                    "USD",
                ]
                lines.writerow([*rate, *cells])
    return path


def _measured(run: str, *arguments: object) -> tuple[float, float]:
    """Return seconds and the most memory of a program that does something once."""
    program = [sys.executable, "-c", _MEASURED.format(run=run), *map(str, arguments)]
    with tempfile.TemporaryDirectory() as mine:
        environment = os.environ | {"COSTMODEL_PRICES": mine}
        done = subprocess.run(program, capture_output=True, text=True, check=True, env=environment)  # noqa: S603 - ours
    seconds, most = map(float, done.stdout.split()[-2:])
    return seconds, most


def results() -> list[Result]:
    """Measure the import of one Region's file, start-up and comparison with what is held included."""
    out = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, write, bare, against in (
            ("JSON", write_json, _BARE_JSON, "a bare pass of ijson"),
            ("CSV", write_csv, _BARE_CSV, "a bare pass of csv"),
        ):
            file = write(folder / f"index.{kind.lower()}", BYTES)
            runs = [(_measured(_OURS, file, folder / "out"), _measured(bare, file)) for _ in range(ROUNDS)]
            ours, peer = (median(run[side][0] for run in runs) for side in (0, 1))
            most = max(run[0][1] for run in runs)
            size = file.stat().st_size / 1e6
            note = f"{size:,.0f} MB, {most / MIB:,.0f} MiB at most"
            title = f"prices refresh, offer file of AmazonEC2 as {kind}"
            figure = within(title, (ours, peer), 2, against, note)
            out.append(figure._replace(held=figure.held and most < LIMIT))
            file.unlink()
    return out
