"""Flow logs against a VPC of which everything is known."""

from __future__ import annotations

import json
import tempfile
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from costmodel.flow_logs.reading.load import read_flows
from tests.support.flows import FIELDS, LABELS, V3, V4, V5, Log, estate

VERSION2 = FIELDS[:14]
SERVICES = tuple(LABELS)
SURE = ("s3", "dynamodb")
SOME = ("kms", "sqs")


def by(traffic: Any, *hops: str) -> dict[tuple[str, str], list[float]]:
    """Return bytes by VPC and service, through some hops."""
    out: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for key, sums in traffic.sums.items():
        if not hops or key.hop in hops:
            out[key.vpc, key.service][0] += sums.sent
            out[key.vpc, key.service][1] += sums.received
    return dict(out)


def expected(truth: dict[tuple[str, str], list[int]]) -> dict[tuple[str, str], list[float]]:
    """Return the truth with what addresses cannot tell apart together."""
    out: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
    for (vpc, service), (sent, received) in truth.items():
        key = (vpc, "some-aws-service" if service in SOME else service)
        out[key][0] += sent
        out[key][1] += received
    return {k: v for k, v in out.items() if any(v)}


def without_regional(log: Log) -> Log:
    """Return a log without VPCs that have a regional NAT gateway, which these versions do not know."""
    gone = {r["vpc-id"] for r in log.rows if r["resource-id"].startswith("nat-")}
    if not gone:
        return log
    out = Log(rows=[r for r in log.rows if r["vpc-id"] not in gone and r["vpc-id"] != "-"], to_nat=-1, between=-1)
    for name in ("truth", "nat", "direct"):
        getattr(out, name).update({k: v for k, v in getattr(log, name).items() if k[0] not in gone})
    return out


def described(log: Log) -> dict[str, Any]:
    """Return what `aws ec2 describe-network-interfaces` says of a log's interfaces."""
    seen: dict[str, dict[str, Any]] = {}
    for r in log.rows:
        if r["interface-id"] != "-" and r["vpc-id"] != "-":
            own = r["srcaddr"] if r["flow-direction"] == "egress" else r["dstaddr"]
            nat = r["interface-type"] == "nat_gateway"
            seen[r["interface-id"]] = {
                "NetworkInterfaceId": r["interface-id"], "VpcId": r["vpc-id"], "SubnetId": r["subnet-id"],
                "InterfaceType": "natGateway" if nat else "interface", "PrivateIpAddress": own,
                **({"Description": "Interface for NAT Gateway nat-0123456789abcdef0"} if nat else {}),
            }  # fmt: skip
    return {"NetworkInterfaces": list(seen.values())}


def conserved(traffic: Any) -> None:
    """Check that every byte read is counted or left out for a reason."""
    counted = traffic.counted
    left = sum(e.bytes or 0 for e in traffic.excluded)
    assert traffic.bytes_read == pytest.approx(counted.sent + counted.received + left, abs=1e-6)
    assert traffic.rows_read == pytest.approx(counted.rows + sum(e.rows for e in traffic.excluded), abs=1)


SIZES = st.integers(0, 5_000_000)
REACHES = st.tuples(
    st.integers(0, 7), st.sampled_from(SERVICES), SIZES, SIZES, st.integers(0, 200), st.integers(0, 2), st.booleans()
)


@st.composite
def logs(draw: Any) -> tuple[Log, str]:
    """Draw two VPCs whose instances reach services, each other, and past their NAT gateways S3 and DynamoDB."""
    log = Log()
    everyone = []
    apart = draw(st.booleans())  # or of the same CIDR, as default VPCs are
    for n in range(draw(st.integers(1, 2))):
        zones = draw(st.integers(1, 3))
        hosts, _ = estate(zones, draw(st.integers(1, 5)), vpc=f"vpc-0{'ab'[n]}", net=n * apart,
                          gateways=draw(st.sampled_from(["zonal", "single", "regional"])))  # fmt: skip
        if draw(st.booleans()):
            hosts[0].pod = f"10.{n * apart}.9.9"
        everyone.append(hosts)
    past = draw(st.booleans())
    for hosts in everyone:
        for which, service, sent, received, minute, number, direct in draw(st.lists(REACHES, max_size=12)):
            host = hosts[which % len(hosts)]
            by_endpoint = 7 if past and service in SURE and direct else 0
            log.reach(host, service, sent, received, minute=minute, direct=by_endpoint, number=number)
        for a, b, number in draw(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7), SIZES), max_size=4)):
            one, other = hosts[a % len(hosts)], hosts[b % len(hosts)]
            if one is not other:
                log.talk(one, other, number)
        if draw(st.booleans()):
            log.reject(hosts[0], draw(SIZES))
        if draw(st.booleans()):
            log.nothing(hosts[0], draw(st.sampled_from(["NODATA", "SKIPDATA"])))
    return log, draw(st.sampled_from(["log", "log.gz", "parquet"]))


QUICK = settings(
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # a file is written and read each time: no shrinking
)


@settings(QUICK, max_examples=25)
@given(drawn=logs(), fields=st.sampled_from([V5, FIELDS]))
def test_a_vpc_comes_back_as_it_is(drawn: tuple[Log, str], fields: list[str]) -> None:
    log, ending = drawn
    if fields is V5:
        log = without_regional(log)
    with tempfile.TemporaryDirectory() as folder:
        path = log.write(Path(folder) / f"flows.{ending}", fields)
        if not log.rows:
            return
        traffic = read_flows(path)
    conserved(traffic)
    assert by(traffic, "nat-gateway", "regional-nat-gateway") == pytest.approx(expected(log.nat))
    past = by(traffic, "gateway-endpoint", "internet-gateway", "gateway-endpoint-or-internet-gateway", "unknown")
    assert past == pytest.approx(expected(log.direct))
    for vpc, service in log.truth:
        least, most = traffic.bound_service_bytes(service, vpc=vpc)
        sent, received = log.truth[vpc, service]
        if service in SURE:
            assert (least.sent, least.received) == (sent, received)
        if service != "internet":
            assert least.sent <= sent <= most.sent
            assert least.received <= received <= most.received
    if log.to_nat < 0:
        return
    assert sum(s.crossing for s in traffic.sums.values()) == log.to_nat
    assert sum(s.sent for k, s in traffic.sums.items() if k.hop == "cross-zone") == log.between


@settings(QUICK, max_examples=15)
@given(drawn=logs(), fields=st.sampled_from([V3, V4]))
def test_older_versions_tell_the_same_of_services(drawn: tuple[Log, str], fields: list[str]) -> None:
    log, ending = drawn
    log = without_regional(log)
    with tempfile.TemporaryDirectory() as folder:
        path = log.write(Path(folder) / f"flows.{ending}", fields)
        if not log.rows:
            return
        traffic = read_flows(path, region="us-east-1")
    conserved(traffic)
    for vpc, service in log.truth:
        least, most = traffic.bound_service_bytes(service, vpc=vpc)
        sent, received = log.truth[vpc, service]
        if service in SURE:
            assert (least.sent, least.received) == pytest.approx((sent, received))
        if service != "internet":
            assert least.sent <= sent <= most.sent
            assert least.received <= received <= most.received


@settings(QUICK, max_examples=12)
@given(drawn=logs())
def test_the_default_format_tells_services_without_clients(drawn: tuple[Log, str]) -> None:
    log, ending = drawn
    log = without_regional(log)
    with tempfile.TemporaryDirectory() as folder:
        path = log.write(Path(folder) / f"flows.{ending}", VERSION2, header=ending == "parquet")
        if not log.rows:
            return
        interfaces = Path(folder) / "interfaces.json"
        interfaces.write_text(json.dumps(described(log)))
        traffic = read_flows(path, region="us-east-1", inventory=[interfaces])
    conserved(traffic)
    for vpc, service in log.truth:
        least, most = traffic.bound_service_bytes(service, vpc=vpc)
        sent, received = log.truth[vpc, service]
        if service in SURE:
            assert (least.sent, least.received) == pytest.approx((sent, received))
        if service != "internet":
            assert least.sent <= sent <= most.sent
