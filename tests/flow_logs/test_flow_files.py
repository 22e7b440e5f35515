"""Flow logs in every state people have them, and what the command makes of them."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml
from click.testing import CliRunner

import costmodel as cm
from costmodel.cli import main
from costmodel.core.errors import InputError
from costmodel.flow_logs.reading.load import read_flows
from tests.support.flows import FIELDS, LABELS, V3, V5, Endpoint, Log, estate

if TYPE_CHECKING:
    from collections.abc import Callable

NAT = """instance-id interface-id srcaddr dstaddr pkt-srcaddr pkt-dstaddr{more}
- eni-1235b8ca123456789 10.0.1.5 10.0.0.220 10.0.1.5 203.0.113.5{a}
- eni-1235b8ca123456789 10.0.0.220 203.0.113.5 10.0.0.220 203.0.113.5{a}
- eni-1235b8ca123456789 203.0.113.5 10.0.0.220 203.0.113.5 10.0.0.220{b}
- eni-1235b8ca123456789 10.0.0.220 10.0.1.5 203.0.113.5 10.0.1.5{b}
i-01234567890123456 eni-1111aaaa2222bbbb3 10.0.1.5 203.0.113.5 10.0.1.5 203.0.113.5{a}
i-01234567890123456 eni-1111aaaa2222bbbb3 203.0.113.5 10.0.1.5 203.0.113.5 10.0.1.5{b}
"""
SAMPLES = Path(os.environ.get("COSTMODEL_SAMPLES", "/nowhere")) / "flowlogs"


def a_log() -> Log:
    """Return a day of a VPC with a NAT gateway in each of three zones."""
    log = Log()
    hosts, _ = estate(3, 3)
    for hour in range(24):
        for n, service in enumerate(LABELS):
            for host in hosts:
                log.reach(host, service, 1_000_000 + n, 9_000_000 + n, minute=60 * hour)
    return log


def run(*arguments: str) -> Any:
    return CliRunner().invoke(main, ["flows", *arguments])


def test_the_documented_example_counts_each_byte_once(tmp_path: Path) -> None:
    """https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-records-examples.html, with 100 bytes and 700."""
    path = tmp_path / "nat.log"
    path.write_text(NAT.format(more=" bytes start end", a=" 100 1700000000 1700000060", b=" 700 1700000000 1700000060"))
    told = json.loads(run(str(path), "--region", "us-east-1", "--format", "json").stdout)
    assert told["bytes"]["read"] == 2400
    assert told["bytes"]["counted"] == 800
    (flow,) = told["flows"]
    assert (flow["hop"], flow["service"], flow["certainty"]) == ("nat-gateway", "internet", "sure")
    assert (flow["bytes_sent"], flow["bytes_received"]) == (100, 700)
    assert {e["reason"]: e["bytes"] for e in told["bytes"]["excluded"]} == {
        "the other side of a NAT gateway's flow": 800,
        "also recorded by the NAT gateway": 800,
    }
    (talker,) = told["talkers"]
    assert talker["address"] == "10.0.1.5"


def test_without_bytes_rows_are_counted_and_no_gb_are_known(tmp_path: Path) -> None:
    path = tmp_path / "nat.log"
    path.write_text(NAT.format(more="", a="", b=""))
    told = json.loads(run(str(path), "--format", "json").stdout)
    assert told["rows"] == {"read": 6, "counted": 2}
    assert told["bytes"]["read"] is None
    assert told["flows"][0]["gb_sent"] is None
    assert told["flows"][0]["monthly"] is None
    assert told["scale"]["factor"] is None


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="COSTMODEL_SAMPLES does not name a folder of samples")
@pytest.mark.parametrize("path", sorted(SAMPLES.glob("*")) if SAMPLES.is_dir() else [], ids=lambda p: p.name)
def test_every_sample_is_read_or_refused_with_the_reason(path: Path) -> None:
    refused = {"bad.log", "valid_vpc_flow_cw_custom.json"}
    told = run(str(path), "--format", "json")
    assert told.exit_code == (2 if path.name in refused else 0), told.output
    if path.name in refused:
        assert "no header" in told.stderr
        assert "--log-format" in told.stderr
    else:
        answer = json.loads(told.stdout)
        lines = [line for line in path.read_text().splitlines() if line.strip()]
        assert answer["rows"]["read"] == len(lines) - ("srcaddr" in lines[0])
        left = sum(e["rows"] for e in answer["bytes"]["excluded"])
        assert answer["rows"]["counted"] + left == answer["rows"]["read"]


WRITERS: dict[str, Callable[[Log, Path], Path]] = {
    "text": lambda log, folder: log.write(folder / "a.log"),
    "gzip": lambda log, folder: log.write(folder / "a.log.gz"),
    "parquet": lambda log, folder: log.write(folder / "a.parquet"),
    "any order": lambda log, folder: log.write(folder / "a.log", sorted(V5)),
    "underscores": lambda log, folder: _changed(log, folder, lambda t: t.replace("-id", "_id", 20)),
    "repeated headers": lambda log, folder: _changed(log, folder, _repeated),
    "windows lines": lambda log, folder: _changed(log, folder, lambda t: t.replace("\n", "\r\n")),
    "a mark of the encoding": lambda log, folder: _changed(log, folder, lambda t: "\ufeff" + t),
}


def _changed(log: Log, folder: Path, change: Callable[[str], str]) -> Path:
    path = log.write(folder / "a.log")
    path.write_text(change(path.read_text()), newline="")
    return path


def _repeated(text: str) -> str:
    header, *lines = text.splitlines()
    return "\n".join([header, *lines[:50], header, *lines[50:], ""])


@pytest.fixture(scope="module")
def plain(tmp_path_factory: Any) -> Any:
    return read_flows(a_log().write(tmp_path_factory.mktemp("plain") / "a.log"))


@pytest.mark.parametrize("how", WRITERS)
def test_the_same_log_says_the_same_however_it_is_written(how: str, tmp_path: Path, plain: Any) -> None:
    traffic = read_flows(WRITERS[how](a_log(), tmp_path))
    assert traffic.sums == plain.sums
    assert traffic.rows_read == plain.rows_read
    assert traffic.excluded == plain.excluded
    assert traffic.period.covered == plain.period.covered


def test_no_header_but_a_format(tmp_path: Path, plain: Any) -> None:
    path = a_log().write(tmp_path / "a.log", header=False)
    with pytest.raises(InputError, match="--log-format"):
        read_flows(path)
    given = " ".join(f"${{{f}}}" for f in V5)
    assert read_flows(path, log_format=given).sums == plain.sums
    with pytest.raises(InputError, match=f"{len(V5)} fields, and --log-format names {len(V5) + 1}"):
        read_flows(path, log_format=given + " resource-id")


def test_many_files_in_the_folders_of_s3(tmp_path: Path, plain: Any) -> None:
    """The Region comes from the folders where the fields do not say it, plain or as Hive writes them."""
    whole = a_log()
    hive = "AWSLogs/aws-account-id=123456789012/aws-service=vpcflowlogs/aws-region=us-east-1/year=2026/month=09/day=21"
    for n, where in enumerate(("AWSLogs/123456789012/vpcflowlogs/us-east-1/2026/09/21", hive)):
        folder = tmp_path / where
        folder.mkdir(parents=True)
        part = Log(rows=whole.rows[n::2])
        part.write(folder / f"123456789012_vpcflowlogs_us-east-1_fl-0a_20260921T0{n}00Z_ab.log.gz", V3)
    traffic = read_flows(tmp_path)
    assert traffic.regions == {"vpc-0a": "us-east-1"}
    assert len(traffic.files) == 2
    assert traffic.rows_read == plain.rows_read
    least, _ = traffic.bound_service_bytes("s3")
    assert (least.sent, least.received) == tuple(whole.truth["vpc-0a", "s3"])


def test_what_cloudwatch_sends(tmp_path: Path) -> None:
    log = a_log()
    lines = [" ".join(r[f] for f in FIELDS[:14]) for r in log.rows]
    lines = [line.replace("5 ", "2 ", 1) for line in lines]
    told = [{"messageType": "DATA_MESSAGE", "logEvents": [{"message": line} for line in part]}
            for part in (lines[:100], lines[100:])]  # fmt: skip
    path = tmp_path / "a.json.gz"
    path.write_bytes(gzip.compress("".join(map(json.dumps, told)).encode()))
    traffic = read_flows(path, region="us-east-1")
    assert traffic.rows_read == len(lines)
    least, _ = traffic.bound_service_bytes("dynamodb")
    assert (least.sent, least.received) == pytest.approx(log.truth["vpc-0a", "dynamodb"])
    stamped = tmp_path / "export.log"  # as CloudWatch Logs exports to S3
    stamped.write_text("".join(f"2026-09-21T14:13:20.000Z {line}\n" for line in lines))
    assert read_flows(stamped, region="us-east-1").sums == traffic.sums


def test_a_broken_file_loses_only_itself(tmp_path: Path) -> None:
    log = a_log()
    whole = log.write(tmp_path / "a.log.gz")
    cut = tmp_path / "b.log.gz"
    cut.write_bytes(whole.read_bytes()[:2000])
    (tmp_path / "c.log").write_text("version srcaddr dstaddr\n")
    (tmp_path / "d.log").write_text("")
    told = run(str(tmp_path), "--format", "json")
    assert told.exit_code == 1
    answer = json.loads(told.stdout)
    assert {Path(one["file"]).name for one in answer["lost"]} == {"b.log.gz", "d.log"}
    assert answer["rows"]["read"] > len(log.rows)
    short = tmp_path / "e.log"
    text = log.write(tmp_path / "f.log").read_text().splitlines()
    for fields in (7, 20, len(V5) - 1):  # without its bytes, and with them
        short.write_text("\n".join([*text[:10], " ".join(text[10].split()[:fields]), *text[11:]]) + "\n")
        traffic = read_flows(short)
        assert [e.rows for e in traffic.excluded if e.reason.startswith("fewer")] == [1]
        assert traffic.rows_read == len(log.rows)
        left = sum(e.bytes or 0 for e in traffic.excluded)
        assert traffic.bytes_read == traffic.counted.sent + traffic.counted.received + left


def test_fields_of_a_version_to_come_are_kept(tmp_path: Path) -> None:
    log = a_log()
    for n, row in enumerate(log.rows):
        row["quantum-flux"] = f"state-{n % 3}"
    path = log.write(tmp_path / "a.log", [*V5, "quantum-flux"])
    traffic = read_flows(path, by="quantum-flux")
    assert "quantum-flux" in traffic.others
    assert sum(rows for rows, _ in traffic.by.values()) == len(log.rows)
    assert sum(number for _, number in traffic.by.values()) == traffic.bytes_read
    assert any("quantum-flux" in note for note in read_flows(path).notes)
    with pytest.raises(InputError, match="has no field 'nothing'"):
        read_flows(path, by="nothing")


def test_an_endpoint_is_counted_once_and_named_by_an_inventory(tmp_path: Path) -> None:
    log = Log()
    hosts, _ = estate(2, 2)
    endpoint = Endpoint("vpce-0a", "eni-0endpoint", "10.0.0.250", "vpc-0a", "subnet-0a0", "use1-az1")
    for host in hosts:
        log.ask(host, endpoint, 5_000, 70_000)
    path = log.write(tmp_path / "a.log", FIELDS)
    traffic = read_flows(path)
    (a, b) = traffic.sums.items()
    assert {a[0].hop, b[0].hop} == {"interface-endpoint"}
    assert {a[0].certainty} == {"range"}
    assert sum(s.sent for s in traffic.sums.values()) == 10_000
    described = tmp_path / "endpoints.json"
    described.write_text(json.dumps({"VpcEndpoints": [{"VpcEndpointId": "vpce-0a", "VpcId": "vpc-0a",
        "ServiceName": "com.amazonaws.us-east-1.kms", "NetworkInterfaceIds": ["eni-0endpoint"]}]}))  # fmt: skip
    named = read_flows(path, inventory=[described])
    assert {(k.service, k.certainty, k.via) for k in named.sums} == {("kms", "sure", "vpce-0a")}
    with pytest.raises(InputError, match="describe-network-interfaces"):
        read_flows(path, inventory=[path])


def test_dns_names_what_addresses_do_not(tmp_path: Path) -> None:
    log = a_log()
    path = log.write(tmp_path / "a.log")
    queries = tmp_path / "dns.log.gz"
    asked = {"52.94.244.9": "kms.us-east-1.amazonaws.com.", "44.192.0.9": "api.stripe.com."}
    lines = [{"query_name": name, "answers": [{"Rdata": a, "Type": "A", "Class": "IN"}]} for a, name in asked.items()]
    queries.write_bytes(gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode()))
    traffic = read_flows(path, dns=[queries])
    least, most = traffic.bound_service_bytes("kms")
    assert (least.sent, least.received) == (most.sent, most.received) == tuple(log.truth["vpc-0a", "kms"])
    least, _ = traffic.bound_service_bytes("internet")
    both = [log.truth["vpc-0a", s] for s in ("internet", "sqs")]
    assert (least.sent, least.received) == tuple(map(sum, zip(*both, strict=True)))
    assert read_flows(path).bound_service_bytes("kms")[0].sent == 0
    wrong = tmp_path / "wrong.log"
    wrong.write_text('{"a": 1}\n')
    with pytest.raises(InputError, match="line 1: this is not a DNS query log"):
        read_flows(path, dns=[wrong])


def test_transit_gateway_logs_count_what_enters(tmp_path: Path) -> None:
    names = (
        "version tgw-id tgw-src-vpc-id tgw-dst-vpc-id tgw-src-az-id srcaddr dstaddr bytes start end log-status "
        "flow-direction region"
    )
    rows = [
        f"6 tgw-0a {src} {dst} use1-az1 {a} {b} {number} 1700000000 1700000060 OK {way} us-east-1"
        for src, dst, a, b, number in (("vpc-a", "vpc-b", "10.0.0.1", "10.1.0.1", 100),
                                       ("vpc-b", "vpc-a", "10.1.0.1", "10.0.0.1", 900),
                                       ("vpc-a", "vpc-hub", "10.0.0.1", "52.216.1.1", 7))
        for way in ("ingress", "egress")
    ]  # fmt: skip
    path = tmp_path / "tgw.log"
    path.write_text("\n".join([names, *rows]) + "\n")
    traffic = read_flows(path)
    assert {(k.vpc, k.service): s.sent for k, s in traffic.sums.items()} == {
        ("vpc-a", "vpc:vpc-b"): 100,
        ("vpc-b", "vpc:vpc-a"): 900,
        ("vpc-a", "s3"): 7,
    }
    assert traffic.bytes_read == 2 * 1007
    assert sum(e.bytes for e in traffic.excluded) == 1007


def test_the_demand_is_the_truth_scaled_to_a_month(tmp_path: Path) -> None:
    log = a_log()
    path = log.write(tmp_path / "a.log.gz", FIELDS)
    out = tmp_path / "demand.yaml"
    told = run(str(path), "--hours", "24", "--demand", str(out), "--format", "json")
    assert told.exit_code == 0, told.output
    demand = yaml.safe_load(out.read_text())
    assert demand["vpcs"] == [{"name": "vpc-0a", "zones": 3, "account": "123456789012"}]
    flows = {f["to"]: f for f in demand["flows"]}
    for service in ("s3", "dynamodb"):
        sent, received = log.truth["vpc-0a", service]
        assert flows[service]["gb_sent"] == pytest.approx(sent / 2**30 * 730 / 24, abs=1e-8)
        assert flows[service]["gb_received"] == pytest.approx(received / 2**30 * 730 / 24, abs=1e-8)
    assert {t["path"] for t in demand["today"]} == {"nat-per-zone"}
    answer = json.loads(told.stdout)
    alternatives = {a["name"]: a["total"] for a in answer["alternatives"]}
    compared = {o.name: o for o in [*_options(out)]}
    assert alternatives["nat-per-zone"] == f"{compared['nat-per-zone'].total:.2f}"
    nat = sum(a + b for a, b in log.nat.values()) / 2**30 * 730 / 24
    assert float(answer["total_priced"]) == pytest.approx(
        nat * 0.045 + sum(a for (_, s), (a, _) in log.nat.items() if s == "internet") / 2**30 * 730 / 24 * 0.09,
        abs=0.01,
    )


def _options(path: Path) -> Any:
    from costmodel.comparison.options import price_architectures

    return price_architectures(cm.read_demand(path), cm.load_prices())


def test_what_has_no_demand_says_why(tmp_path: Path) -> None:
    path = tmp_path / "nat.log"
    path.write_text(NAT.format(more=" bytes", a=" 100", b=" 700"))
    out = tmp_path / "demand.yaml"
    told = run(str(path), "--demand", str(out))
    assert told.exit_code == 2
    assert "--hours" in told.stderr
    assert not out.exists()
    told = run(str(path), "--hours", "1", "--demand", str(out))
    assert "--region" in told.stderr
    told = run(str(path), "--hours", "1", "--region", "us-east-1", "--demand", str(out))
    assert told.exit_code == 0, told.output
    assert cm.read_demand(out).name


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["nowhere.log"], "does not exist"),
        ([], "Name the files of flow logs"),
        (["--engine", "athena"], "Name the files"),
        (["{log}", "--region", "mars-1"], "Unknown Region 'mars-1'"),
        (["{log}", "--hours", "0"], "must be more than 0"),
        (["{log}", "--ip-ranges", "{log}"], "not AWS's list of address ranges"),
        (["{other}"], "no header that names the fields"),
        (["{parquet}"], "not a flow log: it has no field srcaddr and no dstaddr"),
        (["{broken}"], "not a complete parquet file"),
    ],
)
def test_wrong_input_is_refused_with_the_reason(arguments: list[str], words: str, tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    names = {"log": a_log().write(tmp_path / "a.log"), "other": tmp_path / "b.log", "parquet": tmp_path / "c.parquet",
             "broken": tmp_path / "d.parquet"}  # fmt: skip
    names["other"].write_text("Nothing of the kind.\n")
    pq.write_table(pa.table({"a": [1]}), names["parquet"])
    names["broken"].write_bytes(b"PAR1 cut")
    told = run(*(a.format(**names) for a in arguments))
    assert told.exit_code == 2
    assert words in told.stderr
    assert "Traceback" not in told.output


def test_standard_input_is_read(tmp_path: Path, plain: Any) -> None:
    data = a_log().write(tmp_path / "a.log.gz").read_bytes()
    command = [sys.executable, "-m", "costmodel", "flows", "-", "--format", "json"]
    told = subprocess.run(command, input=data, capture_output=True, check=True)
    assert json.loads(told.stdout)["rows"]["read"] == plain.rows_read
    bill = gzip.decompress((Path(cm.__file__).parents[1] / "data" / "examples" / "bill.csv.gz").read_bytes())
    told = subprocess.run([*command[:3], "bill", "-", "--format", "json"], input=bill, capture_output=True, check=True)
    assert json.loads(told.stdout)["rows_read"] > 100


@pytest.mark.parametrize("format_", ["table", "markdown", "csv"])
def test_people_read_it_too(format_: str, tmp_path: Path) -> None:
    told = run(str(a_log().write(tmp_path / "a.log", FIELDS)), "--format", format_)
    assert told.exit_code == 0, told.output
    assert "nat-gateway" in told.stdout
    if format_ != "csv":
        assert "some AWS service" in told.stdout
        assert "per-vpc-endpoints" in told.stdout


def test_centralized_egress_is_billed_twice_and_reached_once(tmp_path: Path) -> None:
    """From a spoke through a Transit Gateway to a hub's NAT gateway: both bill the bytes, and S3 got them once."""
    log = Log()
    (host,), _ = estate(1, 1, vpc="vpc-0spoke", net=1, gateways="none")
    _, (nat,) = estate(1, 1, vpc="vpc-0hub", net=2)
    door = Endpoint("tgw-attach-1", "eni-0door", "10.1.0.200", "vpc-0spoke", "subnet-0spoke0", "use1-az1")
    remote = "52.216.1.1"
    for sent, received in ((1_000, 70_000), (500, 0)):
        at = {"instance": "i-1", "label": "S3", "minute": 0}
        log._row(host.address, remote, host.address, remote, sent, vpc=host, out=True, path=1, **at)
        log._row(remote, host.address, remote, host.address, received, vpc=host, out=False, **at)
        at = {"instance": "-", "label": "S3", "minute": 0, "kind": "transit_gateway", "vpc": door}
        log._row(host.address, door.address, host.address, remote, sent, out=False, **at)
        log._row(door.address, host.address, remote, host.address, received, out=True, **at)
        at |= {"vpc": nat, "kind": "nat_gateway"}
        log._row(host.address, nat.address, host.address, remote, sent, out=False, **at)
        log._row(nat.address, remote, nat.address, remote, sent, out=True, **at)
        log._row(remote, nat.address, remote, nat.address, received, out=False, **at)
        log._row(nat.address, host.address, remote, host.address, received, out=True, **at)
    traffic = read_flows(log.write(tmp_path / "a.log", FIELDS))
    by = {(k.vpc, k.hop): (s.sent, s.received) for k, s in traffic.sums.items()}
    assert by == {("vpc-0spoke", "nat-gateway"): (1_500, 70_000), ("vpc-0spoke", "transit-gateway"): (1_500, 70_000)}
    least, _ = traffic.bound_service_bytes("s3", vpc="vpc-0spoke")
    assert (least.sent, least.received) == (1_500, 70_000)
    out = tmp_path / "demand.yaml"
    assert run(str(tmp_path / "a.log"), "--hours", "730", "--demand", str(out)).exit_code == 0
    (flow,) = yaml.safe_load(out.read_text())["flows"]
    assert flow["gb_received"] == pytest.approx(70_000 / 2**30)


def test_bytes_of_a_part_of_a_row_are_not_lost(tmp_path: Path) -> None:
    """Without paths, a client's rows are held against its gateway's by their bytes: 4,853 of 883,264 are the gateway's."""
    log = Log()
    (host,), _ = estate(1, 1)
    log.reach(host, "s3", 878_411, 147_762, minute=10, direct=7, number=1)
    log.reach(host, "s3", 4_853, 0, number=1)
    traffic = read_flows(log.write(tmp_path / "a.log", V3))
    left = {e.reason: e.bytes for e in traffic.excluded}
    assert left["also recorded by the NAT gateway"] == 4_853
    assert traffic.bytes_read == traffic.counted.sent + traffic.counted.received + sum(filter(None, left.values()))
