"""A price list like AWS's, made from our own tables: offer files, indexes, and a server of them that can misbehave."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from costmodel.pricing.editions import name_source_family
from tests.support.paths import DATA

PUBLISHED = "2026-11-20T10:00:00Z"
EFFECTIVE = "2026-11-01T00:00:00Z"
TERM = "JRTCKXETXF"
UNITS = {"Hours": "Hrs", "GB": "GB", "Queries": "Queries", "LCU-Hours": "LCU-Hrs", "Gbps-Hours": "Gbps-hrs"}
OFFERS = {
    "AmazonEC2": ("NatGateway",),
    "AWSELB": ("LoadBalancerUsage", "LCUUsage"),
    "AWSDataTransfer": ("DataTransfer-", "AWS-Out-Bytes"),
    "AmazonRoute53": ("ResolverNetworkInterface", "DNS-Queries"),
    "AmazonVPC": ("VpcEndpoint", "VpcResource", "TransitGateway", "PublicIPv4", "VPN-Usage", "VPCLattice"),
}


def table(name):
    with (DATA / "pricing" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def offer_of(row):
    return next((o for o, words in OFFERS.items() if any(w in row["usage_type"] for w in words)), None)


def operation_of(row):
    """The operation that tells meters of one usage type apart, as the catalogue has it."""
    with (DATA / "catalogue" / "usage_types.csv").open(encoding="utf-8", newline="") as file:
        return next((r["operation"] for r in csv.DictReader(file) if r["meter"] == row["meter"]), "")


def schedules(region):
    """The newest schedules of a Region whose usage type is known, by offer."""
    out = {}
    for row in table("prices"):
        offer = offer_of(row) if row["location"] == region and row["usage_type"] else None
        if offer:
            out.setdefault(offer, {}).setdefault((row["meter"], row["counterpart"]), []).append(row)
    return out


def sku_of(*words):
    return hashlib.sha256("/".join(words).encode()).hexdigest()[:16].upper()


def offer(code, region, found, published=PUBLISHED, effective=EFFECTIVE):
    """An offer file: products first, their terms behind, dimensions in no order."""
    products, terms = {}, {}
    for (meter, counterpart), rows in found.items():
        sku = sku_of(code, region, meter, counterpart)
        ends = {"fromRegionCode": region, "toRegionCode": counterpart, "transferType": "InterRegion Outbound"}
        at = ends if counterpart else {"regionCode": region, "locationType": "AWS Region"}
        family = "NAT Gateway" if code == "AmazonEC2" else "VpcEndpoint"
        operation = operation_of(rows[0])
        attributes = {"servicecode": code, "usagetype": rows[0]["usage_type"], "operation": operation} | at
        products[sku] = {"sku": sku, "productFamily": family, "attributes": attributes}
        dimensions = {}
        for row in reversed(rows):
            rate = f"{sku}.{TERM}.{sku_of(row['tier_from'])[:10]}"
            dimensions[rate] = {
                "rateCode": rate, "description": "…", "beginRange": row["tier_from"], "endRange": row["tier_to"],
                "unit": row.get("written", UNITS[row["unit"]]), "appliesTo": [],
                "pricePerUnit": {row["currency"]: f"{float(row['price']):.10f}"},
            }  # fmt: skip
        term = {
            "offerTermCode": TERM,
            "sku": sku,
            "effectiveDate": effective,
            "priceDimensions": dimensions,
            "termAttributes": {},
        }
        terms[sku] = {f"{sku}.{TERM}": term}
    return {
        "formatVersion": "v1.0", "disclaimer": "…", "offerCode": code, "version": published.replace("-", "")[:8],
        "publicationDate": published, "products": products,
        "terms": {"OnDemand": terms, "Reserved": {sku: {f"{sku}.X": {"offerTermCode": "X", "sku": sku, "priceDimensions": {"r": {"rateCode": "r", "unit": "Quantity", "pricePerUnit": {"USD": "99"}}}}} for sku in products}},
    }  # fmt: skip


def of_feed(source_ids, source):
    """Whether a file of the calculator's feed, of whatever day, is among a row's sources."""
    return any(name_source_family(s) == f"aws-calculator-{source}" for s in source_ids.split(";"))


def feed(source, published="2025-11-04T01:26:50Z"):
    """A file of the calculator's feed: each price under its code, and again under a label that means nothing."""
    with (DATA / "catalogue" / "calculator_codes.csv").open(encoding="utf-8", newline="") as file:
        codes = {(r["meter"], r["tier_from"]): r["code"] for r in csv.DictReader(file)}
    names = {r["location"]: r["feed_name"] for r in table("regions")} | {"global": "Any"}
    regions = {}
    for row in table("prices"):
        code = codes.get((row["meter"], row["tier_from"]))
        if code and of_feed(row["source_ids"], source) and row["rate_code"] and row["location"] in names:
            entry = {"rateCode": row["rate_code"], "price": f"{float(row['price']):.10f}", "RegionlessRateCode": code}
            regions.setdefault(names[row["location"]], {}).update({code: entry, f"Charge per hours {code[:5]}": entry})
    manifest = {"serviceId": source, "currencyCode": "USD", "source": source, "hawkFilePublicationDate": published}
    return {"manifest": manifest, "sets": {}, "regions": regions}


COLUMNS = ["SKU", "OfferTermCode", "RateCode", "TermType", "PriceDescription", "EffectiveDate", "StartingRange", "EndingRange", "Unit", "PricePerUnit", "Currency", "Product Family", "serviceCode", "Location", "Location Type", "Group Description", "Transfer Type", "From Region Code", "To Region Code", "usageType", "operation", "Region Code"]  # fmt: skip


def as_csv(file):
    """The same offer as CSV: five lines of what it is, then one line a price."""
    out = io.StringIO()
    lines = csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n")
    for name, key in (("FormatVersion", "formatVersion"), ("Disclaimer", "disclaimer"), ("Publication Date", "publicationDate"), ("Version", "version"), ("OfferCode", "offerCode")):  # fmt: skip
        lines.writerow([name, file[key]])
    lines.writerow(COLUMNS)
    for kind, by_sku in file["terms"].items():
        for sku, found in by_sku.items():
            product = file["products"][sku]
            a = product["attributes"].get
            for term in found.values():
                for d in term["priceDimensions"].values():
                    (currency, price), *_ = d["pricePerUnit"].items()
                    lines.writerow([sku, term["offerTermCode"], d["rateCode"], kind, "…", term.get("effectiveDate", "")[:10], d.get("beginRange"), d.get("endRange"), d["unit"], price, currency, product["productFamily"], file["offerCode"], "", a("locationType"), "", a("transferType"), a("fromRegionCode"), a("toRegionCode"), a("usagetype"), a("operation"), a("regionCode")])  # fmt: skip
    return out.getvalue().encode()


def layout(regions=("us-east-1", "eu-west-1"), change=None, published=PUBLISHED, effective=EFFECTIVE):
    """Every file of a price list by its path, as AWS lays them out. ``change`` edits the schedules of a Region."""
    files, index, version = {}, {}, published.replace("-", "")[:8]
    base = "/offers/v1.0/aws"
    for code in OFFERS:
        urls = {}
        for region in regions:
            found = schedules(region).get(code, {})
            if change:
                change(region, found)
            path = f"{base}/{code}/{version}/{region}/index.json"
            made = offer(code, region, found, published, effective)
            files[path] = json.dumps(made, indent=1).encode()
            if code == "AmazonEC2":
                files[path.replace(".json", ".csv")] = as_csv(made)
            urls[region] = {"regionCode": region, "currentVersionUrl": path}
        about = {"formatVersion": "v1.0", "disclaimer": "…", "publicationDate": published}
        files[f"{base}/{code}/current/region_index.json"] = json.dumps(about | {"regions": urls}).encode()
        files[f"{base}/{code}/{version}/region_index.json"] = files[f"{base}/{code}/current/region_index.json"]
        versions = {version: {"versionEffectiveBeginDate": effective, "versionEffectiveEndDate": "", "offerVersionUrl": f"{base}/{code}/{version}/index.json"}}  # fmt: skip
        files[f"{base}/{code}/index.json"] = json.dumps(about | {"offerCode": code, "versions": versions}).encode()
        index[code] = {
            "offerCode": code,
            "versionIndexUrl": f"{base}/{code}/index.json",
            "currentVersionUrl": f"{base}/{code}/current/index.json",
            "currentRegionIndexUrl": f"{base}/{code}/current/region_index.json",
        }
    files[f"{base}/index.json"] = json.dumps(about | {"offers": index}).encode()
    return files


class Server:
    """Serves files with ETags and ranges.

    ``faults``: part of a path → what goes wrong there: a status, "slow", "drip", "short", "gzip", "json" or "plain gzip"
    (packed without saying so); a list is used up one request at a time.
    """

    def __init__(self, files):
        self.files, self.faults, self.asked = files, {}, []

    def fault(self, path):
        for part, faults in self.faults.items():
            if part in path:
                if isinstance(faults, list):
                    return faults.pop(0) if faults else None
                return faults
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        server = self.server.of
        fault = server.fault(self.path)
        body = server.files.get(self.path)
        server.asked.append((self.path, dict(self.headers), fault))
        status = fault if isinstance(fault, int) else 404 if body is None else None
        if status:
            return self.send(status, b"no")
        packed = "gzip" in self.headers.get("Accept-Encoding", "") and len(body) > 2000
        if fault == "json":
            body = body[: len(body) // 2] + b"}}"
        if packed or fault in ("gzip", "plain gzip"):
            body = gzip.compress(body, mtime=0)
        if fault == "gzip":
            body = body[:40] + b"\0" * 40 + body[80:]
        headers = {"ETag": f'"{hashlib.sha256(body).hexdigest()[:16]}"'}
        if packed:
            headers["Content-Encoding"] = "gzip"
        if self.headers.get("If-None-Match") == headers["ETag"]:
            return self.send(304, b"", headers)
        begin = self.headers.get("Range")
        if begin and self.headers.get("If-Range") == headers["ETag"]:
            start = int(begin.removeprefix("bytes=").rstrip("-"))
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
            return self.send(206, body[start:], headers, fault)
        return self.send(200, body, headers, fault)

    def send(self, status, body, headers=None, fault=None):
        if fault == "slow":
            time.sleep(5)
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            if fault == "short":
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                self.close_connection = True
                self.connection.shutdown(2)
            elif fault == "drip":
                for byte in body:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    time.sleep(0.05)
            elif fault == "steady":
                for start in range(0, len(body), 500):
                    self.wfile.write(body[start : start + 500])
                    self.wfile.flush()
                    time.sleep(0.002)
            else:
                self.wfile.write(body)
        except OSError:
            self.close_connection = True


@contextmanager
def serving(files):
    """A server of files on this machine, and the address of its index."""
    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    http.of = Server(files)
    thread = threading.Thread(target=http.serve_forever, daemon=True)
    thread.start()
    try:
        yield http.of, f"http://127.0.0.1:{http.server_address[1]}/offers/v1.0/aws/index.json"
    finally:
        http.shutdown()
        http.server_close()
