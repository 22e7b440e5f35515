"""Asking AWS: every call of an account, page by page, and what could not be read."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.errors import InputError, format_short_list
from costmodel.network.reading.account.aws_client import AT_ONCE, call_operation, make_client_factory
from costmodel.network.reading.account.calls import (
    CALLS,
    FIREWALL,
    IDS,
    ITEM_CALLS,
    POLICY,
    REGIONS,
    Call,
    load_sdk_regions,
)
from costmodel.pricing.reading.regions import get_home_region, load_location_types, load_partitions

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from costmodel.network.reading.account.aws_client import AwsClient, AwsResource, AwsSession, MakeClient


class Unread(NamedTuple):
    """What could not be read: where, what, and why."""

    account: str
    region: str
    what: str
    why: str


@dataclass
class Asked:
    """What one account answered.

    Attributes:
        account: its number.
        regions: the Regions that were asked.
        answers: (Region, operation) → what it lists.
        client: makes a client of a service in a Region.
    """

    account: str
    regions: list[str]
    client: MakeClient
    answers: dict[tuple[str, str], list[AwsResource]] = field(default_factory=dict)

    def get_resources(self, operation: str, region: str) -> list[AwsResource]:
        """Return what an operation listed in a Region; nothing of what could not be read."""
        return self.answers.get((region, operation), [])


def query_account(
    session: AwsSession,
    account: str,
    regions: Sequence[str] | None,
    unread: list[Unread],
    progress: Callable[[float, str], None] | None = None,
) -> Asked:
    """Return what an account answers to every call, several at once; a call that fails is noted, and the rest goes on.

    Args:
        session: a session of the account.
        account: its number.
        regions: the Regions to read; None is the ones that the account has enabled.
        unread: takes what could not be read.
        progress: called with the part that is done (0 to 1) and its name.

    Raises:
        InputError: a Region does not exist.
    """
    _refuse_unknown_regions(regions or ())
    client = make_client_factory(session)
    wanted = list(regions or ()) or _list_enabled_regions(session, account, client, unread)
    asked = Asked(account, wanted, client)
    todo = [
        (call, region)
        for call in CALLS
        for region in (wanted[:1] if call.world else wanted)
        if call.world or _is_offered(session, call.service, region)
    ]
    ways = [(call.service, _find_endpoint_region(call, region)) for call, region in todo]
    for way in ways:
        client(*way)  # a session must not make two clients at once
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = pool.map(lambda task, way: fetch_all_pages(client(*way), task[0]), todo, ways)
        for number, ((call, region), (found, why)) in enumerate(zip(todo, answers, strict=True)):
            asked.answers[region, call.answer] = found
            if why:
                unread.append(Unread(account, region, call.of, why))
            if progress is not None:
                progress((number + 1) / len(todo), f"account {account}")
    _query_items(asked, unread)
    _query_firewall_policies(asked, unread)
    return asked


def _find_endpoint_region(call: Call, region: str) -> str:
    """Return the Region whose endpoint answers a call about a Region."""
    return load_sdk_regions().get((call.service, load_partitions().get(region, "aws")), region)


def _refuse_unknown_regions(regions: Sequence[str]) -> None:
    """Refuse what is not a Region.

    Raises:
        InputError: one of them does not exist.
    """
    locations = load_location_types()
    for region in regions:
        if locations.get(region) != "region":
            message = f"Unknown Region {region!r}."
            raise InputError(message)


def _is_offered(session: AwsSession, service: str, region: str) -> bool:
    """Tell whether a service has an endpoint in a Region, as far as the AWS SDK knows the Region."""
    partition = load_partitions().get(region, "aws")
    known = session.get_available_regions(service, partition_name=partition)
    of_ec2 = session.get_available_regions("ec2", partition_name=partition)
    return not known or region in known or region not in of_ec2


def _list_enabled_regions(session: AwsSession, account: str, client: MakeClient, unread: list[Unread]) -> list[str]:
    """Return the Regions that an account has enabled; its home Region where AWS does not list them."""
    home = session.region_name or get_home_region()
    found, why = fetch_all_pages(client("ec2", home), REGIONS)
    if why:
        unread.append(Unread(account, "", REGIONS.of, why))
        return [home]
    return sorted(region["RegionName"] for region in found if region.get("OptInStatus") != "not-opted-in")


def _query_items(out: Asked, unread: list[Unread]) -> None:
    """Ask each thing what decides its price and is in no list."""
    for region in out.regions:
        for one in ITEM_CALLS:
            for item in filter(one.applies, out.get_resources(one.parent, region)):
                _query_item(out, one.call, region, unread, {one.argument: str(item[IDS[one.parent]])})


def _query_firewall_policies(out: Asked, unread: list[Unread]) -> None:
    """Ask for the policy of each firewall, once."""
    for region in out.regions:
        firewalls = [
            firewall
            for item in out.get_resources("list_firewalls", region)
            for firewall in out.get_resources(f"{FIREWALL.operation} {item['FirewallArn']}", region)
        ]
        for arn in dict.fromkeys(str(one["FirewallPolicyArn"]) for one in firewalls if one.get("FirewallPolicyArn")):
            _query_item(out, POLICY, region, unread, {"FirewallPolicyArn": arn})


def _query_item(out: Asked, call: Call, region: str, unread: list[Unread], argument: dict[str, str]) -> None:
    client = out.client(call.service, _find_endpoint_region(call, region))
    found, why = fetch_all_pages(client, call, **argument)
    (id_,) = argument.values()
    out.answers[region, f"{call.operation} {id_}"] = found
    if why:
        unread.append(Unread(out.account, region, call.of, why))


def fetch_all_pages(client: AwsClient, call: Call, **arguments: object) -> tuple[list[AwsResource], str]:
    """Return all pages of what a call lists, and why it ended early, if it did."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    out: list[AwsResource] = []
    given = {**dict(call.arguments), **arguments}
    try:
        if client.can_paginate(call.operation):
            for page in client.get_paginator(call.operation).paginate(**given):
                out += page.get(call.key) or []
        else:
            out += _fetch_by_token(client, call, given)
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        return out, explain_aws_error(error)
    return out, ""


def _fetch_by_token(client: AwsClient, call: Call, given: Mapping[str, object]) -> list[AwsResource]:
    """Return what a call lists that has no paginator: page by page where its answer has a token."""
    out: list[AwsResource] = []
    token: dict[str, object] = {}
    while True:
        answer = call_operation(client, call.operation, **given, **token)
        found = answer.get(call.key) or []
        out += [found] if isinstance(found, dict) else found if isinstance(found, list) else []
        key = next((key for key in _TOKENS if answer.get(key)), None)
        if key is None or token.get(key) == answer[key]:
            return out
        token = {key: answer[key]}


_TOKENS = ("nextToken", "NextToken")


def explain_aws_error(error: Exception) -> str:
    """Return why AWS did not answer, in a line."""
    told = getattr(error, "response", {}).get("Error", {})
    code = told.get("Code")
    text = " ".join(str(told.get("Message") or error).split())
    return f"{code}: {text}"[:200] if code else text[:200]


_DENIED = ("AccessDenied", "UnauthorizedOperation", "UnauthorizedAccess", "AuthFailure", "NotAuthorized")
"""How the codes begin with which AWS refuses a call."""


def is_denied(one: Unread) -> bool:
    """Tell whether AWS refused a call, rather than failed to answer it."""
    return one.why.startswith(_DENIED)


def summarize_unread(unread: Sequence[Unread]) -> list[str]:
    """Return what could not be read, the same of several Regions in one line."""
    by: dict[tuple[str, str, str], list[str]] = {}
    for one in unread:
        by.setdefault((one.account, one.what, one.why), []).append(one.region)
    out = []
    for (account, what, why), regions in by.items():
        places = [r for r in dict.fromkeys(regions) if r]
        out.append(f"{what} of {account}{f' in {format_short_list(places)}' if places else ''}: {why}")
    return out
