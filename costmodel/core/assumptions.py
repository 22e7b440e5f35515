"""Every convention and every conflict between sources that a user can switch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from costmodel.core.errors import InputError, format_input_value, format_suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Assumption:
    """A named choice: what each of its values means (the first is the default), and why it is open.

    Attributes:
        name: what ``--assume`` calls it.
        meanings: value → what it means.
        why: why sources differ, and where to read.
        settled: where AWS's own words settle it for the default, so that another value is for other readings only.
    """

    name: str
    meanings: Mapping[str, str]
    why: str
    settled: str = ""

    @property
    def default(self) -> str:
        """The value that holds unless the user says otherwise."""
        return next(iter(self.meanings))

    def explain_value(self, value: str) -> str:
        """Return what a value means, and of the default whether and where AWS's own words settle it."""
        settled = f"; settled: {self.settled}" if self.settled and value == self.default else ""
        return f"{self.meanings[value]}{settled}"


_ALL = (
    Assumption(
        "free-egress",
        {
            "excluded": "the payer's free 100 GB of internet egress are used elsewhere",
            "counted": "the payer's free 100 GB are counted here, in the first tier of the Region where they save most",
        },
        "One allowance over all Regions and services of a payer; whether it eats into the first tier is undocumented "
        "(https://aws.amazon.com/ec2/pricing/on-demand/).",
    ),
    Assumption(
        "hub-dns",
        {
            "hosted-zones": "a private hosted zone per service of a hub",
            "profile": "one Route 53 Profile per hub, associated with every VPC it serves",
            "none": "names of a hub's endpoints are resolved at no additional cost",
        },
        "Endpoints of a hub need names in the VPCs they serve "
        "(https://docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/"
        "centralized-access-to-vpc-private-endpoints.html).",
    ),
    Assumption(
        "endpoint-dns",
        {
            "regional": "clients use Regional names: their requests spread over all zones of an endpoint",
            "zonal": "clients use zonal names: they stay in their zone where the endpoint is there too",
        },
        "The Regional name round-robins over every zone "
        "(https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html).",
    ),
    Assumption(
        "cross-zone-endpoint",
        {
            "free": "no transfer charge between a client and an endpoint in another zone",
            "charged": "a GB to an endpoint in another zone is charged on both sides, as before April 2022",
        },
        "Free since 2022-04-01 (https://aws.amazon.com/about-aws/whats-new/2022/04/"
        "aws-data-transfer-price-reduction-privatelink-transit-gateway-client-vpn-services/); older texts charge it.",
    ),
    Assumption(
        "cross-zone-peered",
        {
            "charged": "a GB that crosses zones over a peering connection is charged on both sides",
            "free": "traffic to an endpoint over peering counts as traffic to an endpoint, and is free",
        },
        "The 2022 announcement speaks of access through an endpoint, peering still has its own usage types "
        "(https://docs.aws.amazon.com/vpc/latest/peering/what-is-vpc-peering.html).",
    ),
    Assumption(
        "cross-zone-transit-gateway",
        {
            "free": "no transfer charge between zones through a Transit Gateway",
            "charged": "the hop between a VPC's zones and its attachment is charged on both sides",
        },
        "Free since 2022-04-01 by the same announcement; some measurements differ.",
        settled="AWS's networking blog of 2026-04-24 confirms that it is free "
        "(https://aws.amazon.com/blogs/networking-and-content-delivery/)",
    ),
    Assumption(
        "transit-gateway-payer",
        {
            "source": "the account that sends a GB into a Transit Gateway pays for it",
            "destination": "the account that receives a GB through a Transit Gateway pays for it",
            "owner": "the account that owns the Transit Gateway, taken to be the payer's, pays for its GB",
        },
        "A metering policy (Flexible Cost Allocation) moves the charge for GB, not for hours; totals are the same "
        "(https://docs.aws.amazon.com/vpc/latest/tgw/metering-policy.html).",
    ),
    Assumption(
        "nat-crossing-sides",
        {
            "2": "a GB between a client and a NAT gateway in another zone is charged on both sides",
            "1": "a GB between a client and a NAT gateway in another zone is charged once",
        },
        "AWS bills each side (https://docs.aws.amazon.com/cur/latest/userguide/cur-data-transfers-charges.html); "
        "many posts count one.",
    ),
    Assumption(
        "resource-endpoint-hours",
        {
            "endpoint": "a resource endpoint's hours are per endpoint",
            "zone": "a resource endpoint's hours are per zone, like an interface endpoint's",
        },
        "The resource endpoint's page says provisioned hours, the general text of the pricing page says per zone "
        "(https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-resources.html).",
    ),
    Assumption(
        "gwlb-hours",
        {
            "zone": "a Gateway Load Balancer's hours are per zone",
            "balancer": "a Gateway Load Balancer's hours are per load balancer",
        },
        "Only third parties document this (https://aws.amazon.com/elasticloadbalancing/pricing/).",
    ),
    Assumption(
        "regional-nat-hours",
        {
            "zone": "a regional NAT gateway's hours are per zone it is active in",
            "gateway": "a regional NAT gateway's hours are per gateway",
        },
        "AWS's calculator and pricing page say per zone, some posts one charge "
        "(https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateways-regional.html).",
        settled="AWS's pricing page says each Availability Zone that the gateway is active in "
        "(https://aws.amazon.com/vpc/pricing/)",
    ),
    Assumption(
        "cross-region-rate",
        {
            "source": "each byte of cross-Region PrivateLink costs the pair price of the Region it leaves",
            "endpoint-region": "all bytes cost the pair price of the endpoint's Region",
        },
        "AWS says that transfer is charged in either direction, not at which Region's price "
        "(https://aws.amazon.com/privatelink/pricing/).",
    ),
    Assumption(
        "gb",
        {
            "binary": "a GB on the bill is 2^30 bytes",
            "decimal": "a GB on the bill is 10^9 bytes",
        },
        "Tier edges of AWS's price files are powers of 1,024; no sentence of AWS defines the GB of a VPC. "
        "This matters only where bytes are read (logs, metrics).",
    ),
    Assumption(
        "zones-unknown",
        {
            "vpc": "where a source does not list the subnets of a resource, it is in at most the zones of its VPC, or "
            "of its Region where its VPC is not known",
            "none": "where a source does not list the subnets of a resource, nothing bounds its zones",
        },
        "A plan lists subnet ids only once they exist. A resource has at most one network interface in each zone of "
        "its VPC (https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html).",
    ),
)

ASSUMPTIONS: dict[str, Assumption] = {a.name: a for a in _ALL}


def build_assumption_rows(used: Mapping[str, str]) -> list[list[str]]:
    """Return (name, value) of the assumptions an answer used, as tables show them: what is settled says so."""
    return [[name, f"{value} (settled)" if _is_settled(name, value) else value] for name, value in used.items()]


def _is_settled(name: str, value: str) -> bool:
    known = ASSUMPTIONS.get(name)
    return known is not None and bool(known.settled) and value == known.default


def resolve_assumptions(*chosen: Mapping[str, object] | None) -> dict[str, str]:
    """Return every assumption's value: defaults, overridden by each mapping in turn.

    Raises:
        InputError: a name or a value is not known.
    """
    values = {name: a.default for name, a in ASSUMPTIONS.items()}
    for mapping in chosen:
        for name, value in (mapping or {}).items():
            if name not in ASSUMPTIONS:
                message = (
                    f"Unknown assumption {format_input_value(name)}.{format_suggestion(name, ASSUMPTIONS)} Known: "
                    f"{', '.join(ASSUMPTIONS)}."
                )
                raise InputError(message)
            known = ASSUMPTIONS[name].meanings
            word = value if isinstance(value, str) else format_input_value(value)
            if word not in known:
                message = (
                    f"Assumption {name} is one of {', '.join(known)}, not "
                    f"{format_input_value(value)}.{format_suggestion(word, known)}"
                )
                raise InputError(message)
            values[name] = word
    return values
