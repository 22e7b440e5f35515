"""Asking AWS: sessions by profile or role, pages, throttling, and what is denied."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.core.errors import CostmodelError, InputError, format_short_list
from costmodel.network.reading.account.calls import ACCOUNTS, ASSUME, CALLS, IDENTITY, OF_BALANCERS, REGIONS, Call
from costmodel.pricing.reading.regions import get_home_region, load_location_types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_AT_ONCE = 8
_ATTEMPTS = 8
_SESSION = "costmodel"


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
    client: Callable[[str, str], Any]
    answers: dict[tuple[str, str], list[dict[str, Any]]] = field(default_factory=dict)

    def get_resources(self, operation: str, region: str) -> list[dict[str, Any]]:
        """Return what an operation listed in a Region; nothing of what could not be read."""
        return self.answers.get((region, operation), [])


def open_sessions(
    profiles: Sequence[str | None],
    role: str | None,
    accounts: Sequence[str],
    *,
    organization: bool,
    unread: list[Unread],
) -> Iterator[tuple[Any, str]]:
    """Return a session of each account to read, and its number.

    Args:
        profiles: profiles of the AWS configuration; None is the default one.
        role: the name or ARN of a role to assume: in each of ``accounts``, or of the organization's accounts.
        accounts: numbers of accounts to assume the role in.
        organization: whether to read all accounts of the organization.
        unread: takes what could not be read.

    Raises:
        CostmodelError: boto3 is not installed, or nobody says who we are.
        InputError: a profile is not there, or a role is wanted and none named.
    """
    try:
        import boto3
        from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound
    except ImportError:
        message = "Reading an account needs boto3. Install it with: pip install 'costmodel[aws]'."
        raise CostmodelError(message) from None
    if (organization or accounts) and not role:
        message = "Which role to assume in each account is not said: name it with --role."
        raise InputError(message)
    for profile in profiles:
        try:
            session = boto3.Session(profile_name=profile)
            here = session.region_name or get_home_region()
            who = make_client_factory(session)("sts", here).get_caller_identity()
            number, partition = str(who[IDENTITY.key]), str(who["Arn"]).split(":")[1]
        except ProfileNotFound as error:
            message = f"{error}. `aws configure list-profiles` lists those there are."
            raise InputError(message) from None
        except (BotoCoreError, ClientError) as error:
            name = f" as {profile}" if profile else ""
            message = f"AWS does not know who asks{name} ({error}). Try: aws sts get-caller-identity"
            raise CostmodelError(message) from None
        wanted = list(accounts)
        if organization:
            found, why = fetch_all_pages(make_client_factory(session)("organizations", here), ACCOUNTS)
            if why:
                unread.append(Unread(number, "", ACCOUNTS.of, why))
            wanted += [a["Id"] for a in found if a.get("Status", "ACTIVE") == "ACTIVE"]
        if not role:
            yield session, number
            continue
        for other in dict.fromkeys(wanted or [number]):
            if wanted and other == number:
                yield session, number  # who asks needs no role at home
                continue
            arn = role if role.startswith("arn:") else f"arn:{partition}:iam::{other}:role/{role}"
            try:
                yield _open_role_session(session, arn, here)
            except (BotoCoreError, ClientError) as error:
                unread.append(Unread(other, "", f"{ASSUME.of}: {role}", explain_aws_error(error)))


def _open_role_session(session: Any, arn: str, here: str) -> tuple[Any, str]:
    import boto3

    found = make_client_factory(session)("sts", here).assume_role(RoleArn=arn, RoleSessionName=_SESSION)[ASSUME.key]
    new = boto3.Session(
        aws_access_key_id=found["AccessKeyId"],
        aws_secret_access_key=found["SecretAccessKey"],
        aws_session_token=found["SessionToken"],
        region_name=here,
    )
    return new, str(make_client_factory(new)("sts", here).get_caller_identity()[IDENTITY.key])


def make_client_factory(session: Any) -> Callable[[str, str], Any]:
    """Return what makes clients of a session: they wait and ask again where AWS throttles."""
    from botocore.config import Config

    attempts = int(os.environ.get("AWS_MAX_ATTEMPTS", _ATTEMPTS))
    config = Config(retries={"mode": "adaptive", "max_attempts": attempts}, max_pool_connections=_AT_ONCE)
    made: dict[tuple[str, str], Any] = {}

    def client(service: str, region: str) -> Any:
        if (service, region) not in made:
            made[service, region] = session.client(service, region_name=region, config=config)
        return made[service, region]

    return client


def query_account(
    session: Any,
    account: str,
    regions: Sequence[str] | None,
    unread: list[Unread],
    progress: Callable[[float, str], None] | None = None,
) -> Asked:
    """Ask an account everything, several calls at once; what is denied or broken is noted, and the rest goes on.

    Args:
        session: a session of the account.
        account: its number.
        regions: the Regions to read; None is those that the account uses.
        unread: takes what could not be read.
        progress: told the part done.

    Raises:
        InputError: a Region is none.
    """
    places = load_location_types()
    for region in regions or ():
        if places.get(region) != "region":
            message = f"Unknown Region {region!r}."
            raise InputError(message)
    client = make_client_factory(session)
    wanted = list(regions or ())
    if not wanted:
        found, why = fetch_all_pages(client("ec2", session.region_name or get_home_region()), REGIONS)
        wanted = sorted(r["RegionName"] for r in found if r.get("OptInStatus") != "not-opted-in")
        if why:
            unread.append(Unread(account, "", REGIONS.of, why))
            wanted = [session.region_name or get_home_region()]
    out = Asked(account, wanted, client)
    todo = [(call, region) for call in CALLS for region in (wanted[:1] if call.world else wanted)]
    for call, region in todo:
        client(call.service, region)  # made here: a session makes no two clients at once
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = pool.map(lambda t: fetch_all_pages(client(t[0].service, t[1]), t[0]), todo)
        for n, ((call, region), (found, why)) in enumerate(zip(todo, answers, strict=True)):
            out.answers[region, call.operation] = found
            if why:
                unread.append(Unread(account, region, call.of, why))
            if progress is not None:
                progress((n + 1) / len(todo), f"account {account}")
    _query_load_balancers(out, client, unread)
    return out


def _query_load_balancers(out: Asked, client: Callable[[str, str], Any], unread: list[Unread]) -> None:
    """Ask each load balancer what decides its price: whether it balances across zones, and its reserved capacity."""
    for region in out.regions:
        balancers = out.get_resources("describe_load_balancers", region)
        for arn in [b["LoadBalancerArn"] for b in balancers if b.get("Type") != "gateway"]:
            for call in OF_BALANCERS:
                found, why = fetch_all_pages(client(call.service, region), call, LoadBalancerArn=arn)
                out.answers[region, f"{call.operation} {arn}"] = found
                if why:
                    unread.append(Unread(out.account, region, call.of, why))


def fetch_all_pages(client: Any, call: Call, **arguments: Any) -> tuple[list[dict[str, Any]], str]:
    """Return all pages of what a call lists, and why it ended early, if it did."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    out: list[dict[str, Any]] = []
    given = {**dict(call.arguments), **arguments}
    try:
        if client.can_paginate(call.operation):
            for page in client.get_paginator(call.operation).paginate(**given):
                out += page.get(call.key) or []
        else:
            found = getattr(client, call.operation)(**given).get(call.key) or []
            out += [found] if isinstance(found, dict) else found
    except (ClientError, BotoCoreError, ResponseParserError) as error:
        return out, explain_aws_error(error)
    return out, ""


def explain_aws_error(error: Exception) -> str:
    """Return why AWS did not answer, in a line."""
    told = getattr(error, "response", {}).get("Error", {})
    code = told.get("Code")
    text = " ".join(str(told.get("Message") or error).split())
    return f"{code}: {text}"[:200] if code else text[:200]


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
