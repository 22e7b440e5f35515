"""A VPC of which everything is known, written as the flow logs that AWS would write of it.

The writer follows AWS's documentation, not the reader: a connection is a list of the interfaces its packets pass, and
each interface records both directions with the addresses it sees. The truth is kept beside: per VPC and service, the
bytes that went to it and came from it.
"""

from __future__ import annotations

import gzip
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.paths import EXAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

FIELDS = [
    "version",
    "account-id",
    "interface-id",
    "srcaddr",
    "dstaddr",
    "srcport",
    "dstport",
    "protocol",
    "packets",
    "bytes",
    "start",
    "end",
    "action",
    "log-status",
    "vpc-id",
    "subnet-id",
    "instance-id",
    "tcp-flags",
    "type",
    "pkt-srcaddr",
    "pkt-dstaddr",
    "region",
    "az-id",
    "sublocation-type",
    "sublocation-id",
    "pkt-src-aws-service",
    "pkt-dst-aws-service",
    "flow-direction",
    "traffic-path",
    "resource-id",
    "interface-type",
    "next-hop-interface-type",
]
V3 = FIELDS[: FIELDS.index("pkt-dstaddr") + 1]
V4 = FIELDS[: FIELDS.index("sublocation-id") + 1]
V5 = FIELDS[: FIELDS.index("traffic-path") + 1]
LABELS = {"s3": "S3", "dynamodb": "DYNAMODB", "kms": "AMAZON", "sqs": "EC2", "internet": "-"}
REMOTE = {  # addresses of those services in us-east-1, by AWS's ip-ranges.json
    "s3": ("52.216.1.1", "52.217.8.9", "3.5.0.17"),
    "dynamodb": ("3.218.182.10", "52.94.2.7"),
    "kms": ("52.94.244.9", "52.95.208.7"),
    "sqs": ("44.192.0.9", "3.208.4.5"),
    "internet": ("151.101.1.69", "140.82.112.3"),
}


@dataclass
class Host:
    """An instance: its address, interface, VPC, subnet and zone; the NAT gateway its subnet's routes lead to."""

    address: str
    interface: str
    vpc: str
    subnet: str
    zone: str
    gateway: Gateway | None = None
    pod: str = ""


@dataclass
class Gateway:
    """A NAT gateway: zonal, with an interface, or regional, without."""

    id: str
    interface: str
    address: str
    vpc: str
    subnet: str
    zone: str
    regional: bool = False
    public: str = "3.90.0.1"


@dataclass
class Endpoint:
    """An interface endpoint's interface in a subnet."""

    id: str
    interface: str
    address: str
    vpc: str
    subnet: str
    zone: str


@dataclass
class Log:
    """Records, and what is true.

    Attributes:
        rows: records, field → value.
        truth: (vpc, service) → bytes sent, received, whatever the way.
        nat: (vpc, service) → bytes sent, received through NAT gateways.
        crossing: bytes that cross zones on their way to a NAT gateway, or between instances.
    """

    rows: list[dict[str, Any]] = field(default_factory=list)
    truth: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    nat: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    direct: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    endpoint: dict[tuple[str, str], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    to_nat: int = 0
    between: int = 0

    def reach(
        self, host: Host, service: str, sent: int, received: int, *, minute: int = 0, direct: int = 0, number: int = 0
    ) -> None:
        """Let a host reach a service: through its NAT gateway, or past it by a traffic path (7, 8 or 2)."""
        remote = REMOTE[service][number % len(REMOTE[service])]
        label = LABELS[service]
        if sent or received:
            for table in (self.truth, self.direct if direct else self.nat):
                table[host.vpc, service][0] += sent
                table[host.vpc, service][1] += received
        near = host.pod or host.address
        out = {"vpc": host, "instance": f"i-{host.interface[4:]}", "label": label, "minute": minute}
        self._row(host.address, remote, near, remote, sent, out=True, path=direct or 1, hop="nat_gateway", **out)
        self._row(remote, host.address, remote, near, received, out=False, **out)
        gateway = host.gateway
        if direct or gateway is None:
            return
        if not gateway.regional and gateway.zone != host.zone:
            self.to_nat += sent + received
        at = {"vpc": gateway, "instance": "-", "label": label, "minute": minute, "kind": "nat_gateway"}
        if gateway.regional:
            at["kind"] = "regional_nat_gateway"
            self._row(near, remote, near, remote, sent, out=False, **at)
            self._row(gateway.public, remote, gateway.public, remote, sent, out=True, **at)
            self._row(remote, gateway.public, remote, gateway.public, received, out=False, **at)
            self._row(remote, near, remote, near, received, out=True, **at)
            return
        self._row(near, gateway.address, near, remote, sent, out=False, **at)
        self._row(gateway.address, remote, gateway.address, remote, sent, out=True, **at)
        self._row(remote, gateway.address, remote, gateway.address, received, out=False, **at)
        self._row(gateway.address, near, remote, near, received, out=True, **at)

    def ask(self, host: Host, endpoint: Endpoint, sent: int, received: int, *, minute: int = 0) -> None:
        """Let a host reach an interface endpoint; both record it."""
        self.endpoint[host.vpc, endpoint.id][0] += sent
        self.endpoint[host.vpc, endpoint.id][1] += received
        a, b = host.address, endpoint.address
        for vpc, instance, kind, mine in ((host, f"i-{host.interface[4:]}", "interface", True),
                                          (endpoint, "-", "vpc_endpoint", False)):  # fmt: skip
            at = {"vpc": vpc, "instance": instance, "label": "-", "minute": minute, "kind": kind}
            self._row(a, b, a, b, sent, out=mine, path=1, **at)
            self._row(b, a, b, a, received, out=not mine, path=1, **at)

    def talk(self, one: Host, other: Host, sent: int, *, minute: int = 0) -> None:
        """Let two hosts of a VPC talk, one way."""
        if one.zone != other.zone:
            self.between += sent
        a, b = one.address, other.address
        for host, out in ((one, True), (other, False)):
            self._row(a, b, a, b, sent, vpc=host, instance=f"i-{host.interface[4:]}", label="-", minute=minute, out=out)

    def reject(self, host: Host, number: int, *, minute: int = 0) -> None:
        """Let something from outside be rejected."""
        self._row("203.0.113.9", host.address, "203.0.113.9", host.address, number, vpc=host, label="-", minute=minute,
                  instance=f"i-{host.interface[4:]}", out=False, action="REJECT")  # fmt: skip

    def nothing(self, host: Host, status: str = "NODATA", *, minute: int = 0) -> None:
        """Let an interface say that it has nothing to record, or that it lost records."""
        row = dict.fromkeys(FIELDS, "-")
        row |= {"version": "5", "account-id": "123456789012", "interface-id": host.interface, "log-status": status,
                "start": str(1_790_000_000 + 60 * minute), "end": str(1_790_000_059 + 60 * minute)}  # fmt: skip
        self.rows.append(row)

    def _row(self, src: str, dst: str, pkt_src: str, pkt_dst: str, number: int, *, vpc: Any, instance: str, label: str,
             minute: int, out: bool, path: int = 0, hop: str = "", kind: str = "interface",
             action: str = "ACCEPT") -> None:  # fmt: skip
        if not number:
            return
        regional = getattr(vpc, "regional", False)
        outside = [REMOTE[s] for s in LABELS]
        public = {a for group in outside for a in group}
        self.rows.append({
            "version": "5", "account-id": "123456789012", "interface-id": "-" if regional else vpc.interface,
            "srcaddr": src, "dstaddr": dst, "srcport": "443", "dstport": "50000", "protocol": "6",
            "packets": str(max(1, number // 1000)), "bytes": str(number), "start": str(1_790_000_000 + 60 * minute),
            "end": str(1_790_000_059 + 60 * minute), "action": action, "log-status": "OK", "vpc-id": vpc.vpc,
            "subnet-id": "-" if regional else vpc.subnet, "instance-id": instance, "tcp-flags": "0", "type": "IPv4",
            "pkt-srcaddr": pkt_src, "pkt-dstaddr": pkt_dst, "region": "us-east-1",
            "az-id": "-" if regional else vpc.zone, "sublocation-type": "-", "sublocation-id": "-",
            "pkt-src-aws-service": label if pkt_src in public else "-",
            "pkt-dst-aws-service": label if pkt_dst in public else "-",
            "flow-direction": "egress" if out else "ingress",
            "traffic-path": str(path) if out and path else "-", "resource-id": vpc.id if regional else "-",
            "interface-type": kind, "next-hop-interface-type": hop or "-",
        })  # fmt: skip

    def write(self, path: Path, fields: Sequence[str] = V5, *, header: bool = True) -> Path:
        """Write the records as text, gzip if so named, or as parquet."""
        newest = next(
            v for v, of in ((11, FIELDS), (5, V5), (4, V4), (3, V3), (2, FIELDS[:14])) if len(fields) >= len(of)
        )
        for row in self.rows:
            row["version"] = str(newest)  # the highest among the fields, as AWS writes it
        if path.suffix == ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            columns = {f.replace("-", "_"): [_typed(f, r[f]) for r in self.rows] for f in fields}
            pq.write_table(pa.table(columns), path)
            return path
        lines = [" ".join(fields)] if header else []
        lines += [" ".join(r[f] for f in fields) for r in self.rows]
        text = "".join(line + "\n" for line in lines)
        path.write_bytes(gzip.compress(text.encode(), mtime=0) if path.suffix == ".gz" else text.encode())
        return path


_WHOLE = {"version", "bytes", "packets", "start", "end", "srcport", "dstport", "protocol", "tcp-flags", "traffic-path"}


def _typed(name: str, value: str) -> Any:
    """Return a value as AWS types it in parquet, null where the text says ``-``."""
    if name in _WHOLE:
        return None if value == "-" else int(value)
    return value


def estate(zones: int = 2, hosts: int = 3, *, vpc: str = "vpc-0a", net: int = 0, gateways: str = "zonal",
           public: bool = False) -> tuple[list[Host], list[Gateway]]:  # fmt: skip
    """Return the hosts and NAT gateways of a VPC: ``gateways`` is zonal, single, regional or none."""
    made: list[Gateway] = []
    if gateways == "regional":
        made = [Gateway(f"nat-{vpc[4:]}", "-", "", vpc, "", "", regional=True)]
    elif gateways != "none":
        number = 1 if gateways == "single" else zones
        made = [
            Gateway(f"nat-{vpc[4:]}{z}", f"eni-{vpc[4:]}nat{z}", f"10.{net}.{200 + z}.5", vpc, f"subnet-{vpc[4:]}p{z}",
                    f"use1-az{z + 1}")
            for z in range(number)
        ]  # fmt: skip
    out = []
    for n in range(hosts):
        zone = n % zones
        gateway = made[zone % len(made)] if made and not public else None
        name = f"{vpc[4:]}{n:04d}"
        out.append(Host(f"10.{net}.{zone}.{10 + n}", f"eni-{name}", vpc, f"subnet-{vpc[4:]}{zone}", f"use1-az{zone + 1}",
                        gateway))  # fmt: skip
    return out, made


def total(pairs: Iterable[Sequence[int]]) -> int:
    """Add pairs up."""
    return sum(a + b for a, b in pairs)


def example() -> Log:
    """Return two days of the two VPCs whose logs ship with the package: made, and nobody's."""
    log = Log()
    plans = (("vpc-0app", 0, "zonal", 6), ("vpc-0data", 1, "single", 4))
    for vpc, net, gateways, number in plans:
        hosts, _ = estate(3, number, vpc=vpc, net=net, gateways=gateways)
        endpoint = Endpoint("vpce-0kms", f"eni-{vpc[4:]}kms", f"10.{net}.0.250", vpc, f"subnet-{vpc[4:]}0", "use1-az1")
        for hour in range(48):
            day = 3 + 2 * (8 <= hour % 24 < 20)  # busier by day
            for n, host in enumerate(hosts):
                for m, (service, share) in enumerate(
                    (("s3", 60), ("dynamodb", 12), ("kms", 4), ("sqs", 9), ("internet", 5))
                ):
                    if (hour + n + m) % 3:
                        continue
                    size = (1 + (hour * 7919 + n * 104729 + m * 31) % 97) * share * day * 40_000
                    past = 7 if net and service == "s3" else 0
                    log.reach(host, service, size // 9, size, minute=60 * hour + n, direct=past, number=hour + n)
            log.ask(hosts[hour % number], endpoint, 2_000_000 * day, 3_000_000 * day, minute=60 * hour)
            log.talk(hosts[0], hosts[1], 90_000_000 * day, minute=60 * hour + 30)
        log.reject(hosts[0], 40_000)
        for minute in range(0, 48 * 60, 10):
            log.nothing(hosts[1], minute=minute)
    return log


if __name__ == "__main__":
    example().write(EXAMPLES / "flows.log.gz", FIELDS)
