"""What is worth saying of how flow logs were read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.core.errors import format_short_list
from costmodel.core.units import convert_bytes_to_gb
from costmodel.flow_logs.interfaces import NAT, TRANSIT
from costmodel.flow_logs.reading.layout import KNOWN, VPC, normalize_field_name

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from costmodel.flow_logs.reading.engines import Source
    from costmodel.flow_logs.traffic import Traffic


_MORE = 1.05


def list_flow_notes(traffic: Traffic, sources: Sequence[Source], *, skipped: Collection[str], named: bool) -> list[str]:
    """Return what was taken to be so, what the logs leave open, and what would close it."""
    out = []
    layouts = [s.layout for s in sources if s.layout.kind == VPC]
    if not traffic.sized:
        out.append("These logs have no bytes: rows are counted in their place, and no GB are known.")
    if traffic.sized and traffic.covered is None:
        out.append("These logs have no start and end: say with --hours how much time they cover to get a month's GB.")
    period = traffic.period
    if traffic.sampled is None and period.covered and period.span > period.covered * _MORE:
        out.append(
            f"Records lie in {period.covered:,.2f} of the {period.span:,.2f} hours from first to last; a month is "
            "scaled from the former. If there was no traffic between them, say the whole time with --hours."
        )
    if layouts and not any(p.has_field("pkt_srcaddr") for p in layouts):
        out.append(
            "These logs have no pkt-srcaddr and pkt-dstaddr: which client sent what to which service through a NAT "
            "gateway is not known, only what each did. A format with these fields tells."
        )
    if layouts and not any(p.has_field("vpc_id") for p in layouts) and not any(i.vpc for i in traffic.interfaces):
        out.append("These logs have no vpc-id: all they say is of one unnamed VPC; --inventory names them.")
    out += _list_guesses(traffic)
    if skipped:
        number = sum(s.sent + s.received for k, s in traffic.sums.items() if k.via in skipped)
        share = (
            f"; what they did record is {float(convert_bytes_to_gb(number, traffic.gb)):,.1f} GB of that"
            if number
            else ""
        )
        out.append(
            f"{format_short_list(sorted(skipped))}: records were skipped (SKIPDATA), so more flowed than is "
            f"counted{share}."
        )
    some = [k for k in traffic.sums if k.certainty == "range"]
    if some and not named:
        out.append(
            "Traffic to some AWS service is a range: addresses do not tell which one. DNS query logs of Route 53 "
            "Resolver (--dns) name it; of S3 and DynamoDB it is known."
        )
    if any(k.region and not traffic.regions.get(k.vpc) for k in traffic.sums):
        out.append("These logs do not say their Region: say it with --region.")
    elif any(k.region for k in traffic.sums):
        out.append("Traffic to another Region's S3 or DynamoDB is told apart: a gateway endpoint does not reach it.")
    if layouts and traffic.sums and not any(i.kind == NAT for i in traffic.interfaces):
        out.append("No NAT gateway's interface recorded anything here: flow logs of their subnets say what they do.")
    beyond = [n for p in layouts for n in p.others if normalize_field_name(n) not in KNOWN]
    if beyond:
        names = format_short_list(list(dict.fromkeys(beyond)))
        out.append(f"Fields that are not known yet, kept as they are (--by sums by one): {names}.")
    return out


def _list_guesses(traffic: Traffic) -> list[str]:
    """Return what interfaces are taken to be by what they record alone."""
    whys = {
        NAT: "NAT gateways, as what enters them also leaves them; an appliance looks the same",
        TRANSIT: "a Transit Gateway's attachments, as all they record is of other addresses than their own",
    }
    guessed = {kind: [i.id for i in traffic.interfaces if i.guessed and i.kind == kind] for kind in whys}
    sure = "--inventory (aws ec2 describe-network-interfaces) says for sure"
    return [f"{format_short_list(ids)}: taken to be {whys[kind]}. {sure}." for kind, ids in guessed.items() if ids]
