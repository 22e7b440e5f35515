"""Reading the live account, and changing nothing: what is built, what flows, and what bills although it is useless."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from costmodel.core.errors import InputError, Remedy, format_short_list
from costmodel.core.open_items import EXISTENCE
from costmodel.core.units import HOURS_PER_MONTH, convert_bytes_to_gb
from costmodel.documents.document import Document
from costmodel.network.network import LeftOut
from costmodel.network.reading.account.asking import Unread, is_denied, query_account, summarize_unread
from costmodel.network.reading.account.calls import (
    ASSOCIATIONS,
    CALLS,
    CORE_NETWORK,
    DATA,
    DOMAINS,
    FIREWALL,
    METRICS,
    build_iam_policy,
)
from costmodel.network.reading.account.describe import iterate_plan_resources
from costmodel.network.reading.account.metrics import Metered, fetch_metrics, list_unread_metrics
from costmodel.network.reading.account.sessions import open_sessions
from costmodel.network.reading.load import build_network_from_estate
from costmodel.network.reading.source_wording import SourceWording
from costmodel.network.reading.terraform.plan import AFTER
from costmodel.network.reading.terraform.read import build_estate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime

    from costmodel.core.json_types import FileContent
    from costmodel.network.network import Network
    from costmodel.network.reading.account.asking import Asked
    from costmodel.network.reading.estate import Estate

ACCOUNT_WORDING = SourceWording(
    source="live account",
    noun="account",
    tool="AWS",
    not_known="could not be read",
    how_to_fix="",
    region_unknown="AWS did not return it",
    region_remedy=Remedy.from_text("Name the Regions with --region."),
)
DAYS = 14
_PLACES = 6
_COLUMNS = {
    "NatGateway": "gb_processed",
    "RegionalNatGateway": "gb_processed",
    "InterfaceEndpoint": "gb_processed",
    "GatewayLoadBalancerEndpoint": "gb_processed",
    "ResourceEndpoint": "gb_processed",
    "TransitGatewayAttachment": "gb_sent",
}
"""Kind → the quantity that its metrics are, together; of attachments those of VPCs have one."""


@dataclass
class Account:
    """What is in one account, or in several.

    Attributes:
        accounts: their numbers.
        regions: the Regions read.
        estate: what is built, as entries of a network file, with the GB that CloudWatch has.
        described: what AWS described, by account.
        metered: the resource's id → bytes that CloudWatch has.
        demand: the demand that it implies, as a demand file's mapping; None where there is none.
        demand_notes: what that leaves out, or why there is none.
        unread: what could not be read.
        assume: assumptions that override the defaults.
    """

    accounts: list[str]
    regions: list[str]
    estate: Estate
    described: list[Asked]
    metered: dict[str, Metered]
    demand: dict[str, Any] | None
    demand_notes: list[str]
    unread: list[Unread]
    assume: Mapping[str, str] = field(default_factory=dict)

    @property
    def network(self) -> Network:
        """What is built, as a network."""
        return build_network_from_estate(self.estate, assume=self.assume)

    @property
    def network_file(self) -> FileContent:
        """What is built, as a network file's mapping."""
        out = {"resources": self.estate.entries}
        return {**out, "assumptions": dict(self.assume)} if self.assume else out

    @property
    def inventory(self) -> FileContent:
        """What AWS described of network interfaces and what they belong to, as ``read_flows`` takes it."""
        wanted = ("describe_network_interfaces", "describe_vpc_endpoints", "describe_nat_gateways", "describe_subnets")
        keys = {call.operation: call.key for call in CALLS}
        return {
            keys[name]: [
                r for asked in self.described for region in asked.regions for r in asked.get_resources(name, region)
            ]
            for name in wanted
        }

    @property
    def notes(self) -> list[str]:
        """What is worth saying of how it was read, and what could not be."""
        return [*self.estate.notes, *(f"Not read: {line}." for line in summarize_unread(self.unread))]


_ALLOW = "Allow the actions that `costmodel account --iam-policy` prints."
_DECIDING = {call.of for call in (FIREWALL, ASSOCIATIONS, DOMAINS, CORE_NETWORK)}
"""What is asked of things that exist, and decides how much of them is billed."""
_VPCS = next(call.of for call in CALLS if call.operation == "describe_vpcs")


def read_account(  # noqa: PLR0913 - each is a way to say whose accounts
    profile: str | Sequence[str] | None = None,
    regions: Sequence[str] | None = None,
    *,
    role: str | None = None,
    accounts: Sequence[str] = (),
    organization: bool = False,
    days: int = DAYS,
    until: datetime | None = None,
    assume: Mapping[str, str] | None = None,
    progress: Callable[[float, str], None] | None = None,
) -> Account:
    """Read live accounts with boto3; every call only lists or describes (``policy()`` names them all).

    Args:
        profile: a profile of the AWS configuration, or several; None is the default one.
        regions: the Regions to read; None is all that the account has enabled.
        role: the name or ARN of a role to assume.
        accounts: accounts to assume the role in.
        organization: read every account of the organization, by that role.
        days: how many days of CloudWatch's metrics are scaled to a month; 0 reads none.
        until: the end of those days; None is now.
        assume: assumptions that override the defaults.
        progress: called with the part done (0 to 1) of what it names.

    Raises:
        CostmodelError: boto3 is not installed, or AWS does not accept these credentials.
        InputError: a profile or a Region is none, or nothing at all could be read.
    """
    unread: list[Unread] = []
    asked: list[Asked] = []
    bytes_of: dict[str, Metered] = {}
    profiles = [profile] if profile is None or isinstance(profile, str) else list(profile)
    for session, number in open_sessions(profiles, role, accounts, organization=organization, unread=unread):
        if any(one.account == number for one in asked):
            continue
        one = query_account(session, number, regions, unread, progress)
        asked.append(one)
        if days > 0:
            bytes_of |= fetch_metrics(one, days, unread, until=until)
    if not asked:
        message = f"No account could be read. {' '.join(f'{line}.' for line in summarize_unread(unread))}"
        raise InputError(message)
    return assemble_account(asked, bytes_of, unread, assume=assume)


def assemble_account(
    asked: list[Asked],
    bytes_of: dict[str, Metered],
    unread: list[Unread],
    *,
    assume: Mapping[str, str] | None = None,
) -> Account:
    """Put together what accounts answered."""
    made = _remove_duplicates([r for one in asked for r in iterate_plan_resources(one)])
    name = "account " + " and ".join(one.account for one in asked)
    plan = Document({"planned_values": {"root_module": {"resources": made}}}, name, "")
    estate = build_estate(plan, {}, AFTER, ACCOUNT_WORDING)
    gb = (assume or {}).get("gb", "binary")
    owners = {r["address"]: r["values"]["account"] for r in made}
    for entry in estate.entries:
        entry["account"] = owners[entry["name"]]
        _apply_metrics(entry, bytes_of.get(entry["name"]), gb)
    estate.document = Document({"resources": estate.entries}, name, "")
    estate.left_out += [_describe_unread(one) for one in unread if _is_open(one)]
    demand, notes = _build_demand(estate, made, bytes_of, gb)
    if demand is None and any(one.what == _VPCS for one in unread):
        notes = ["The VPCs could not be read, so the accounts imply no demand."]
    if demand is not None and list_unread_metrics(unread):
        _leave_out_unknown_flows(demand, notes, list_unread_metrics(unread))
    regions = list(dict.fromkeys(r for one in asked for r in one.regions))
    numbers = [one.account for one in asked]
    return Account(numbers, regions, estate, asked, bytes_of, demand, notes, unread, assume or {})


def _is_open(one: Unread) -> bool:
    """Tell whether what could not be read may cost something: AWS refused to list it, or it decides a price."""
    return one.what not in (METRICS.of, DATA.of) and (is_denied(one) or one.what in _DECIDING)


def _describe_unread(one: Unread) -> LeftOut:
    """Return what could not be read as an open item: nobody knows whether there is any."""
    place = f"{one.account} in {one.region}" if one.region else one.account
    why = f"AWS did not show the {one.what}; there may be some, or none"
    return LeftOut(f"{one.what} of {place}", one.what, why, EXISTENCE, _ALLOW if is_denied(one) else "")


def _remove_duplicates(made: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Keep what two accounts both see once: with its owner, who is read too, or with the first."""
    return list({r["address"]: r for r in reversed(made)}.values())[::-1]


def _scale_to_month(one: Metered, metric: str, gb: str) -> float:
    """Return the GB of a month, of a metric."""
    if not one.hours:
        return 0.0
    return round(float(convert_bytes_to_gb(one.bytes.get(metric, 0.0), gb)) * HOURS_PER_MONTH / one.hours, _PLACES)


def _apply_metrics(entry: dict[str, Any], one: Metered | None, gb: str) -> None:
    """Set the quantities of an entry that CloudWatch measures."""
    column = _COLUMNS.get(entry["kind"])
    if one is not None and column is not None and entry.get("attachment", "vpc") == "vpc":
        entry[column] = round(sum(_scale_to_month(one, metric, gb) for metric in one.bytes), _PLACES)


def _build_demand(
    estate: Estate, made: list[dict[str, Any]], bytes_of: Mapping[str, Metered], gb: str
) -> tuple[dict[str, Any] | None, list[str]]:
    """Return the demand that accounts imply; of NAT gateways CloudWatch measures both directions."""
    try:
        demand, notes = estate.build_demand_with_notes()
    except InputError as error:
        return None, [str(error)]
    names = _set_demand_accounts(demand["vpcs"], made)
    _drop_unused_default_vpcs(demand, made, names, notes)
    traffic = _sum_nat_traffic(made, names, bytes_of, gb)
    for flow in demand["flows"]:
        if flow["to"] == "internet" and flow["from"] in traffic:
            sent, received = traffic[flow["from"]]
            flow["gb_sent"] = round(sent, _PLACES)
            flow["gb_received"] = round(received, _PLACES)
    if traffic:
        notes.append("NAT gateway traffic is assumed to go to the internet: costmodel flows shows where it goes.")
    return demand, notes


def _leave_out_unknown_flows(demand: dict[str, Any], notes: list[str], unread: Sequence[Unread]) -> None:
    """Leave out the flows of VPCs whose metrics could not be read: their GB are not known, and not 0."""
    places = {(one.account, one.region) for one in unread}
    home = demand.get("region")
    unknown = {
        vpc["name"]
        for vpc in demand["vpcs"]
        if (vpc.get("account"), vpc.get("region", home)) in places or (vpc.get("account"), "") in places
    }
    flows = [flow for flow in demand["flows"] if flow["from"] not in unknown]
    left_out = len(demand["flows"]) - len(flows)
    if not left_out:
        return
    demand["flows"] = flows
    today = demand.get("today")
    if isinstance(today, list):
        demand["today"] = [row for row in today if row.get("vpc") not in unknown]
    notes.append(
        f"CloudWatch could not be read, so the GB of {left_out:,} flows of {format_short_list(sorted(unknown))} are not"
        " known: these flows are left out. Add them with their GB before you compare architectures."
    )


def _set_demand_accounts(rows: list[dict[str, Any]], made: list[dict[str, Any]]) -> dict[str, str]:
    """Set the account of each VPC of a demand; return the demand's name of each VPC by its id."""
    names: dict[str, str] = {}
    vpcs = {r["address"]: r["values"] for r in made if r["type"] == "aws_vpc"}
    for row in rows:
        ids = (id_ for id_, vpc in vpcs.items() if row["name"] in (id_, (vpc.get("tags") or {}).get("Name")))
        id_ = next(ids, None)
        if id_ is not None:
            names[id_] = row["name"]
            row["account"] = vpcs[id_]["account"]
    return names


def _drop_unused_default_vpcs(
    demand: dict[str, Any], made: list[dict[str, Any]], names: Mapping[str, str], notes: list[str]
) -> None:
    """Leave out the default VPCs that nothing leaves from: AWS makes one in each Region."""
    defaults = {r["address"] for r in made if r["type"] == "aws_vpc" and r["values"].get("is_default")}
    used = {flow["from"] for flow in demand["flows"]}
    unused = {name for id_, name in names.items() if id_ in defaults and name not in used}
    kept = [row for row in demand["vpcs"] if row["name"] not in unused]
    if not unused or not kept:
        return
    demand["vpcs"] = kept
    attached = (demand.get("existing") or {}).get("transit_gateway")
    if isinstance(attached, list):
        demand["existing"]["transit_gateway"] = [name for name in attached if name not in unused]
    notes.append(f"Default VPCs without traffic are left out: {format_short_list(sorted(unused))}.")


def _sum_nat_traffic(
    made: list[dict[str, Any]], names: Mapping[str, str], bytes_of: Mapping[str, Metered], gb: str
) -> dict[str, tuple[float, float]]:
    """Return the GB a month that the NAT gateways of each VPC send and receive, by the demand's name of the VPC."""
    traffic: dict[str, tuple[float, float]] = defaultdict(lambda: (0.0, 0.0))
    for r in made:
        metered = bytes_of.get(r["address"])
        vpc = names.get(str(r["values"].get("vpc_id")))
        if r["type"] == "aws_nat_gateway" and metered is not None and vpc is not None:
            sent, received = traffic[vpc]
            sent += _scale_to_month(metered, "BytesInFromSource", gb)
            received += _scale_to_month(metered, "BytesInFromDestination", gb)
            traffic[vpc] = (sent, received)
    return dict(traffic)


__all__ = ["Account", "build_iam_policy", "read_account"]
