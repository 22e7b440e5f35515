"""What the fields of flow logs are called, by version, and what of them is read."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from costmodel.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

VPC, TRANSIT = "VPC Flow Logs", "Transit Gateway Flow Logs"

VERSIONS: dict[int, str] = {
    2: "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action "
    "log-status",
    3: "vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr",
    4: "region az-id sublocation-type sublocation-id",
    5: "pkt-src-aws-service pkt-dst-aws-service flow-direction traffic-path",
    6: "resource-type tgw-id tgw-attachment-id tgw-src-vpc-account-id tgw-dst-vpc-account-id tgw-src-vpc-id "
    "tgw-dst-vpc-id tgw-src-subnet-id tgw-dst-subnet-id tgw-src-eni tgw-dst-eni tgw-src-az-id tgw-dst-az-id "
    "tgw-pair-attachment-id packets-lost-no-route packets-lost-blackhole packets-lost-mtu-exceeded "
    "packets-lost-ttl-expired",
    7: "ecs-cluster-arn ecs-cluster-name ecs-container-instance-arn ecs-container-instance-id ecs-container-id "
    "ecs-second-container-id ecs-service-name ecs-task-definition-arn ecs-task-arn ecs-task-id",
    8: "reject-reason",
    9: "resource-id",
    10: "encryption-status",
    11: "instance-tag instance-tag-2 interface-tag interface-tag-2 asg-tag asg-tag-2 interface-type "
    "next-hop-interface-id next-hop-subnet-id next-hop-az-id next-hop-vpc-id next-hop-interface-type",
}
"""Fields by the version that brought them
(https://docs.aws.amazon.com/vpc/latest/userguide/flow-log-records.html, tgw-flow-logs.html)."""

DEFAULT = VERSIONS[2].split()
KNOWN = frozenset(f.replace("-", "_") for fields in VERSIONS.values() for f in fields.split())

_OTHERWISE = {
    "account": "account_id",
    "interfaceid": "interface_id",
    "sourceaddress": "srcaddr",
    "destinationaddress": "dstaddr",
    "numbytes": "bytes",
    "numpackets": "packets",
    "starttime": "start",
    "endtime": "end",
    "logstatus": "log_status",
    "start_time": "start",
    "end_time": "end",
    "azid": "az_id",
    "src_addr": "srcaddr",
    "dst_addr": "dstaddr",
    "pkt_src_addr": "pkt_srcaddr",
    "pkt_dst_addr": "pkt_dstaddr",
    "pkt_src_awsservice": "pkt_src_aws_service",
    "pkt_dst_awsservice": "pkt_dst_aws_service",
}
"""Names in Athena's older table definitions, and as CloudWatch Logs Insights writes them."""

WORDS = [
    "account_id",
    "vpc_id",
    "subnet_id",
    "instance_id",
    "interface_id",
    "resource_id",
    "interface_type",
    "region",
    "az_id",
    "srcaddr",
    "dstaddr",
    "pkt_srcaddr",
    "pkt_dstaddr",
    "pkt_src_aws_service",
    "pkt_dst_aws_service",
    "flow_direction",
    "traffic_path",
    "next_hop_interface_type",
    "action",
    "log_status",
    "tgw_id",
    "tgw_attachment_id",
    "tgw_src_vpc_id",
    "tgw_dst_vpc_id",
    "tgw_src_az_id",
    "tgw_dst_az_id",
]
NUMBERS = ("bytes", "start", "end")
_FEW = 3


@dataclass(frozen=True)
class Layout:
    """What the columns of a log mean.

    Attributes:
        kind: VPC or Transit Gateway Flow Logs.
        columns: our name → its column, of what is read.
        others: columns that are not read: of other use, or of a version that came after this one.
        keep: a column that is read as it is, because somebody asked for it.
    """

    kind: str
    columns: tuple[tuple[str, str], ...]
    others: tuple[str, ...] = field(compare=False, default=())
    keep: str = ""

    def has_field(self, name: str) -> bool:
        """Tell whether the log has a field."""
        return any(ours == name for ours, _ in self.columns)


def normalize_field_name(name: str) -> str:
    """Return a field's name with underscores: ``pkt-srcaddr``, ``${pkt-srcaddr}`` and ``pktSrcAddr`` alike."""
    name = re.sub(r"[${}]", "", name.strip().strip("\ufeff").strip('"'))
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace("-", "_")
    return _OTHERWISE.get(name, name)


def is_header(words: Sequence[str]) -> bool:
    """Tell whether the words of a line are names of fields."""
    known = [w for w in words if normalize_field_name(w) in KNOWN]
    return len(known) >= min(_FEW, len(words)) and len(known) * 2 > len(words)


def detect_flow_layout(names: Sequence[str], where: str, keep: str = "") -> Layout:
    """Say what the columns of a log mean.

    Args:
        names: its columns, in any order, written with hyphens, underscores or capitals.
        where: what people call it.
        keep: a field to read beside those that are used.

    Raises:
        InputError: it has no addresses, without which nothing can be told.
    """
    by_plain = {normalize_field_name(n): n for n in reversed(list(names))}
    missing = [n for n in ("srcaddr", "dstaddr") if n not in by_plain]
    if missing:
        message = (
            f"{where} is not a flow log: it has no field {' and no '.join(missing)}. Its fields are "
            f"{', '.join(list(names)[:12])}{' …' if len(names) > 12 else ''}."  # noqa: PLR2004 - enough to tell
        )
        raise InputError(message)
    wanted = normalize_field_name(keep)
    if keep and wanted not in by_plain:
        message = f"{where} has no field {keep!r}. It has {', '.join(names)}."
        raise InputError(message)
    transit = any(n in by_plain for n in ("tgw_id", "tgw_attachment_id"))
    columns = tuple((n, by_plain[n]) for n in (*WORDS, *NUMBERS) if n in by_plain)
    used = {theirs for _, theirs in columns}
    return Layout(
        TRANSIT if transit else VPC, columns, tuple(n for n in names if n not in used), by_plain.get(wanted, "")
    )


def normalize_flow_columns(table: Any, layout: Layout) -> Any:
    """Return a log, an Ibis table, as the columns named here; no row is dropped.

    Words stay as they are, ``-`` too: a test per row would cost more than the query.
    """
    out = {}
    for ours, theirs in layout.columns:
        column = table[theirs]
        if ours in NUMBERS:
            out[ours] = column.try_cast("int64") if column.type().is_string() else column.cast("int64")
        else:
            out[ours] = column if ours == "traffic_path" or column.type().is_string() else column.cast("string")
    if layout.keep:
        out["kept"] = table[layout.keep].cast("string")
    for name in ("short",):
        if name in table.columns:
            out[name] = table[name]
    return table.select(**out)
