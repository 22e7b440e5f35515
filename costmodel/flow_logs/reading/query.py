"""The questions flow logs are asked, as Ibis expressions: the same on DuckDB, Spark and Athena."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

ABOUT = ("vpc_id", "subnet_id", "az_id", "region", "account_id", "instance_id", "interface_type", "action",
         "log_status")  # fmt: skip
"""The columns that distinguish flows in addition to the interface; most of them follow from the interface."""

_MINUTE = 60
_PRIVATE = (
    r"^(10|127|192\.168|169\.254|172\.(1[6-9]|2[0-9]|3[01])|100\.(6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))\."
    r"|^f(c|d|e[89ab])"
)
"""How private addresses begin (RFC 1918, 6598, 3927, 4193, 4291); one pattern is faster than a test for each."""


def summarize_interfaces(rows: Any) -> Any:
    """Return rows and bytes by interface, with what is known of it, by action and by status."""
    keys = {"key": _get_recorder_key(rows)} | {n: rows[n] for n in ("short", *ABOUT) if n in rows.columns}
    known = rows.bytes.count() if "bytes" in rows.columns else rows.count()
    return rows.group_by(**keys).agg(rows=rows.count(), known=known, bytes=_sum_bytes(rows))


def sample_addresses(rows: Any) -> Any:
    """Return the addresses of one row of each interface, of each family: its own is one of them."""
    rows = rows.filter(_is_accepted(rows)).mutate(key=_get_recorder_key(rows), six=rows.srcaddr.contains(":"))
    return rows.group_by("key", "six").agg(pair=rows.srcaddr.concat(" ", rows.dstaddr).arbitrary())


def count_candidates(rows: Any, candidates: Any) -> Any:
    """Return how often each of an interface's two candidates is an address of its rows: its own is one of each.

    Args:
        rows: a normalised log.
        candidates: ``key``, ``six``, and ``one`` and ``two``, the candidates.
    """
    rows = rows.filter(_is_accepted(rows)).mutate(key=_get_recorder_key(rows), six=rows.srcaddr.contains(":"))
    both = rows.inner_join(candidates, ["key", "six"])
    return both.group_by("key", "six").agg(
        rows=both.count(),
        ones=((both.srcaddr == both.one) | (both.dstaddr == both.one)).cast("int64").sum(),
        twos=((both.srcaddr == both.two) | (both.dstaddr == both.two)).cast("int64").sum(),
    )


def summarize_times(rows: Any) -> Any:
    """Return when records begin and end, by the minutes of both, with the bytes that moved."""
    rows = rows.filter(rows.start.notnull() & rows.end.notnull())
    keys = {"first": rows.start // _MINUTE, "last": rows.end // _MINUTE}
    return rows.group_by(**keys).agg(start=rows.start.min(), end=rows.end.max(), bytes=_sum_bytes(rows))


def select_addresses(rows: Any, sure: Collection[str]) -> Any:
    """Return the addresses that must be looked at one at a time, with their labels.

    Where the log has labels, those are the ones of services whose Region matters; else all.
    """
    rows = rows.filter(_is_accepted(rows))
    parts = []
    for side in ("src", "dst"):
        name, label = f"pkt_{side}addr", f"pkt_{side}_aws_service"
        part = rows.select(
            address=rows[name if name in rows.columns else f"{side}addr"], label=_get_column(rows, label)
        )
        parts.append(part.filter(part.label.isin(sorted(sure))) if label in rows.columns else part)
    return parts[0].union(parts[1]).distinct()


def group_flow_rows(rows: Any, *, codes: Any = None, own: Any = None) -> Any:
    """Return the accepted rows summed by who recorded them, the other end, the service, and the way they took.

    The near end of a row is the interface's. ``other`` says that the packet's address there is another one,
    ``translated`` that it is a public one besides: a NAT gateway's leg. ``who`` is the far end where it is private; the
    service is at the far end, or at the near one if that is translated.

    Args:
        rows: a normalised log.
        codes: ``address`` → ``code`` of addresses that were looked at one at a time; None: there are none.
        own: ``key``, ``six`` → ``own``, where the log has no directions.
    """
    rows = rows.filter(_is_accepted(rows))
    packet = {s: rows[f"pkt_{s}addr" if f"pkt_{s}addr" in rows.columns else f"{s}addr"] for s in ("src", "dst")}
    rows = rows.mutate(
        key=_get_recorder_key(rows),
        src=packet["src"],
        dst=packet["dst"],
        src_label=_get_column(rows, "pkt_src_aws_service"),
        dst_label=_get_column(rows, "pkt_dst_aws_service"),
        src_other=packet["src"] != rows.srcaddr,
        dst_other=packet["dst"] != rows.dstaddr,
    )
    rows, out = _detect_direction(rows, own)
    if "resource_id" in rows.columns:  # a NAT gateway without an interface: its clients' end is the near one
        lone = rows.interface_id == "-" if "interface_id" in rows.columns else rows.resource_id.startswith("nat-")
        rows = rows.mutate(out=lone.ifelse(is_private_address(rows.src), out), lone=lone)
    else:
        rows = rows.mutate(out=out, lone=_make_literal(value=False))
    sides = {"near": ("src", "dst"), "far": ("dst", "src")}
    rows = rows.mutate(
        mine=rows.out.ifelse(rows.srcaddr, rows.dstaddr),
        other=rows.out.ifelse(rows.src_other, rows.dst_other) & ~rows.lone,
        **{
            f"{end}{name}": rows.out.ifelse(rows[f"{one}{name}"], rows[f"{two}{name}"])
            for end, (one, two) in sides.items()
            for name in ("", "_label")
        },
    )
    rows = rows.mutate(translated=rows.other.ifelse(_is_outside(rows, "near"), _make_literal(value=False)))
    far = rows.lone.ifelse(rows.near, rows.far)
    inside = rows.lone.ifelse(is_private_address(rows.near), ~_is_outside(rows, "far"))
    keys = {
        "key": rows.key,
        "out": rows.out,
        "translated": rows.translated,
        "other": rows.other,
        "who": inside.ifelse(far, None),
        "label": rows.translated.ifelse(rows.near_label, rows.far_label),
    } | {n: rows[n] for n in ("traffic_path", "next_hop_interface_type") if n in rows.columns}
    rows = rows.select(**keys, address=rows.translated.ifelse(rows.near, rows.far), mine=rows.mine,
                       **{n: rows[n] for n in ("bytes",) if n in rows.columns})  # fmt: skip
    if codes is not None:
        rows = rows.left_join(codes, "address")
    names = [*keys, *(["code"] if codes is not None else [])]
    return rows.group_by(names).agg(rows=rows.count(), bytes=_sum_bytes(rows), own=rows.mine.arbitrary())


def _detect_direction(rows: Any, own: Any) -> tuple[Any, Any]:
    """Return rows, and which leave their interface: as the log says, by its own address, or by a private end."""
    if "flow_direction" in rows.columns:
        return rows, rows.flow_direction == "egress"
    outside = is_private_address(rows.srcaddr) & ~is_private_address(rows.dstaddr)
    if own is None:
        return rows, outside
    rows = rows.mutate(six=rows.srcaddr.contains(":")).left_join(own, ["key", "six"])
    return rows, rows.own.notnull().ifelse(rows.srcaddr == rows.own, outside)


def select_secondary_addresses(rows: Any, own: Any = None) -> Any:
    """Return the private addresses that packets have at the near end of an interface beside its own, as of pods."""
    rows, out = _detect_direction(rows.filter(_is_accepted(rows)).mutate(key=_get_recorder_key(rows)), own)
    rows = rows.mutate(
        address=out.ifelse(rows.pkt_srcaddr, rows.pkt_dstaddr),
        mine=out.ifelse(rows.srcaddr, rows.dstaddr),
    )
    return (
        rows.filter((rows.address != rows.mine) & is_private_address(rows.address)).select("key", "address").distinct()
    )


def summarize_transit_rows(rows: Any) -> Any:
    """Return the rows of Transit Gateway Flow Logs, summed by the VPCs and zones of their flows.

    ``far`` is the address a packet goes to, and ``near`` where it comes from, where they are public.
    """
    names = ("tgw_id", "tgw_attachment_id", "tgw_src_vpc_id", "tgw_dst_vpc_id", "tgw_src_az_id", "flow_direction",
             "region", "account_id", "log_status", "short")  # fmt: skip
    keys = {n: rows[n] for n in names if n in rows.columns}
    keys["near"] = is_private_address(rows.srcaddr).ifelse(None, rows.srcaddr)
    keys["far"] = is_private_address(rows.dstaddr).ifelse(None, rows.dstaddr)
    known = rows.bytes.count() if "bytes" in rows.columns else rows.count()
    return rows.group_by(**keys).agg(rows=rows.count(), known=known, bytes=_sum_bytes(rows))


def is_private_address(address: Any) -> Any:
    """Tell whether an address is a private one."""
    return address.re_search(_PRIVATE)


def sum_by_kept_field(rows: Any) -> Any:
    """Return accepted rows and bytes by the value of a field that somebody asked for."""
    rows = rows.filter(_is_accepted(rows))
    return rows.group_by("kept").agg(rows=rows.count(), bytes=_sum_bytes(rows))


def _is_accepted(rows: Any) -> Any:
    """Tell which rows AWS moved bytes for: accepted, whole, with a number of bytes where the log has any."""
    where = rows.bytes.notnull() if "bytes" in rows.columns else rows.srcaddr.notnull()
    if "short" in rows.columns:
        where = where & ~rows.short
    if "action" in rows.columns:
        where = where & (rows.action != "REJECT")
    if "log_status" in rows.columns:
        where = where & (rows.log_status == "OK")
    return where


def _get_recorder_key(rows: Any) -> Any:
    """Return what records a row: its interface, else the NAT gateway that has none."""
    if "interface_id" not in rows.columns:
        return rows.resource_id if "resource_id" in rows.columns else _make_literal("-")
    if "resource_id" not in rows.columns:
        return rows.interface_id
    return (rows.interface_id == "-").ifelse(rows.resource_id, rows.interface_id)


def _is_outside(rows: Any, end: str) -> Any:
    """Tell whether an end is no private address: by its label where it has one, which is faster than the address."""
    label = rows[f"{end}_label"]
    return (label.isnull() | (label == "-")).ifelse(~is_private_address(rows[end]), _make_literal(value=True))


def _sum_bytes(rows: Any) -> Any:
    return rows.bytes.sum() if "bytes" in rows.columns else rows.count() * 0


def _get_column(rows: Any, name: str) -> Any:
    return rows[name] if name in rows.columns else _make_literal("-")


def _make_literal(value: Any) -> Any:
    import ibis

    return ibis.literal(value)
