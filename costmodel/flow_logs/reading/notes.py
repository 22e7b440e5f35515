"""What is worth saying of how flow logs were read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.core.errors import format_short_list
from costmodel.core.units import convert_bytes_to_gb
from costmodel.flow_logs.interfaces import NAT, TRANSIT
from costmodel.flow_logs.reading.layout import KNOWN, VPC, normalize_field_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from costmodel.flow_logs.reading.engines import Source
    from costmodel.flow_logs.reading.layout import Layout
    from costmodel.flow_logs.traffic import Traffic


_MORE = 1.05


def list_flow_notes(traffic: Traffic, sources: Sequence[Source], *, skipped: Collection[str], named: bool) -> list[str]:
    """Return what was assumed, what the logs leave open, and what would answer it."""
    layouts = [s.layout for s in sources if s.layout.kind == VPC]
    return [
        *_list_time_notes(traffic),
        *_list_missing_field_notes(traffic, layouts),
        *_list_guesses(traffic),
        *_list_skipped_notes(traffic, skipped),
        *_list_service_notes(traffic, named=named),
        *_list_gateway_notes(traffic, layouts),
        *_list_unknown_field_notes(layouts),
    ]


def _list_time_notes(traffic: Traffic) -> Iterator[str]:
    """Yield what the logs lack to count GB and to scale them to a month."""
    period = traffic.period
    if not traffic.sized:
        yield "These logs have no bytes: rows are counted instead, and GB are not known."
    elif traffic.covered is None:
        yield "These logs have no start and end: pass --hours, the time that they cover, to get a month's GB."
    if traffic.sampled is None and period.covered and period.span > period.covered * _MORE:
        yield (
            f"Records cover {period.covered:,.2f} of the {period.span:,.2f} hours from first to last; a month is "
            "scaled from the first number. If there was no traffic in between, pass the whole time with --hours."
        )


def _list_missing_field_notes(traffic: Traffic, layouts: Sequence[Layout]) -> Iterator[str]:
    """Yield what follows from fields that the logs do not have."""
    if layouts and not any(p.has_field("pkt_srcaddr") for p in layouts):
        yield (
            "These logs have no pkt-srcaddr and pkt-dstaddr: which client sent what to which service through a NAT "
            "gateway is not known, only the totals of each. A log format with these fields shows it."
        )
    if layouts and not any(p.has_field("vpc_id") for p in layouts) and not any(i.vpc for i in traffic.interfaces):
        yield "These logs have no vpc-id: all of their traffic is in one unnamed VPC; --inventory names the VPCs."


def _list_skipped_notes(traffic: Traffic, skipped: Collection[str]) -> Iterator[str]:
    """Yield that records were skipped, and how much the interfaces recorded otherwise."""
    if not skipped:
        return
    number = sum(s.sent + s.received for k, s in traffic.sums.items() if k.via in skipped)
    gigabytes = float(convert_bytes_to_gb(number, traffic.gb))
    share = f"; {gigabytes:,.1f} GB of that are from these interfaces" if number else ""
    yield (
        f"{format_short_list(sorted(skipped))}: records were skipped (SKIPDATA), so the real traffic is larger than "
        f"what is counted{share}."
    )


def _list_service_notes(traffic: Traffic, *, named: bool) -> Iterator[str]:
    """Yield what is not known of the services that addresses belong to."""
    if not named and any(k.certainty == "range" for k in traffic.sums):
        yield (
            "Traffic to some AWS service is a range: addresses do not identify the service. DNS query logs of Route 53 "
            "Resolver (--dns) identify it; S3 and DynamoDB are known."
        )
    if any(k.region and not traffic.regions.get(k.vpc) for k in traffic.sums):
        yield "These logs do not name their Region: pass --region."
    elif any(k.region for k in traffic.sums):
        yield "Traffic to another Region's S3 or DynamoDB is listed separately: a gateway endpoint does not reach it."


def _list_gateway_notes(traffic: Traffic, layouts: Sequence[Layout]) -> Iterator[str]:
    """Yield that no NAT gateway was recorded."""
    if layouts and traffic.sums and not any(i.kind == NAT for i in traffic.interfaces):
        yield "No NAT gateway interface recorded traffic here: flow logs of their subnets show what they carry."


def _list_unknown_field_notes(layouts: Sequence[Layout]) -> Iterator[str]:
    """Yield the fields that are not known."""
    unknown = [n for p in layouts for n in p.others if normalize_field_name(n) not in KNOWN]
    if unknown:
        yield f"Unknown fields, kept as they are (--by sums by one): {format_short_list(list(dict.fromkeys(unknown)))}."


def _list_guesses(traffic: Traffic) -> list[str]:
    """Return what interfaces are taken to be by what they record alone."""
    whys = {
        NAT: "NAT gateways, as what enters them also leaves them; an appliance can look the same",
        TRANSIT: "a Transit Gateway's attachments, as they record only addresses other than their own",
    }
    guessed = {kind: [i.id for i in traffic.interfaces if i.guessed and i.kind == kind] for kind in whys}
    sure = "--inventory (aws ec2 describe-network-interfaces) shows it for certain"
    return [f"{format_short_list(ids)}: assumed to be {whys[kind]}. {sure}." for kind, ids in guessed.items() if ids]
