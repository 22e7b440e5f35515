"""Sessions of the accounts to read: by profile, or by a role in each account."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from costmodel.core.errors import CostmodelError, InputError
from costmodel.network.reading.account.asking import Unread, explain_aws_error, fetch_all_pages
from costmodel.network.reading.account.aws_client import call_operation, make_client_factory
from costmodel.network.reading.account.calls import ACCOUNTS, ASSUME, IDENTITY
from costmodel.pricing.reading.regions import get_home_region

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costmodel.network.reading.account.aws_client import AwsSession

_SESSION = "costmodel"


def open_sessions(
    profiles: Sequence[str | None],
    role: str | None,
    accounts: Sequence[str],
    *,
    organization: bool,
    unread: list[Unread],
) -> Iterator[tuple[AwsSession, str]]:
    """Return a session of each account to read, and its number.

    Args:
        profiles: profiles of the AWS configuration; None is the default one.
        role: the name or ARN of a role to assume: in each of ``accounts``, or of the organization's accounts.
        accounts: numbers of accounts to assume the role in.
        organization: whether to read all accounts of the organization.
        unread: takes what could not be read.

    Raises:
        CostmodelError: boto3 is not installed, or AWS does not know the caller.
        InputError: a profile is not there, or a role is wanted and none named.
    """
    try:
        import boto3  # noqa: F401 - tells whether it is installed
    except ImportError:
        message = "Reading an account needs boto3. Install it with: pip install 'costmodel[aws]'."
        raise CostmodelError(message) from None
    if (organization or accounts) and not role:
        message = "The role to assume in each account is missing: pass --role."
        raise InputError(message)
    for profile in profiles:
        caller = _resolve_caller(profile)
        wanted = list(accounts)
        if organization:
            wanted += _list_organization_accounts(caller, unread)
        if role:
            yield from _open_role_sessions(caller, role, wanted, unread)
        else:
            yield caller.session, caller.account


class Caller(NamedTuple):
    """Who calls AWS: the session, its Region, the account and the partition."""

    session: AwsSession
    region: str
    account: str
    partition: str


def _resolve_caller(profile: str | None) -> Caller:
    """Return who calls AWS with a profile.

    Raises:
        InputError: the profile does not exist.
        CostmodelError: AWS does not recognize the caller.
    """
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError, ProfileNotFound

    try:
        session = boto3.Session(profile_name=profile)
        region = session.region_name or get_home_region()
        identity = call_operation(make_client_factory(session)("sts", region), IDENTITY.operation)
    except ProfileNotFound as error:
        message = f"{error}. `aws configure list-profiles` lists the existing ones."
        raise InputError(message) from None
    except (BotoCoreError, ClientError) as error:
        name = f" as {profile}" if profile else ""
        message = f"AWS does not accept these credentials{name} ({error}). Try: aws sts get-caller-identity"
        raise CostmodelError(message) from None
    return Caller(session, region, str(identity[IDENTITY.key]), str(identity["Arn"]).split(":")[1])


def _list_organization_accounts(caller: Caller, unread: list[Unread]) -> list[str]:
    """Return the numbers of the organization's active accounts."""
    client = make_client_factory(caller.session)("organizations", caller.region)
    found, why = fetch_all_pages(client, ACCOUNTS)
    if why:
        unread.append(Unread(caller.account, "", ACCOUNTS.of, why))
    return [account["Id"] for account in found if account.get("Status", "ACTIVE") == "ACTIVE"]


def _open_role_sessions(
    caller: Caller, role: str, wanted: list[str], unread: list[Unread]
) -> Iterator[tuple[AwsSession, str]]:
    """Yield a session of each wanted account by a role; of the caller's own account where none is wanted."""
    from botocore.exceptions import BotoCoreError, ClientError

    for account in dict.fromkeys(wanted or [caller.account]):
        if wanted and account == caller.account:
            yield caller.session, account  # the caller needs no role in its own account
            continue
        arn = role if role.startswith("arn:") else f"arn:{caller.partition}:iam::{account}:role/{role}"
        try:
            yield _open_role_session(caller.session, arn, caller.region)
        except (BotoCoreError, ClientError) as error:
            unread.append(Unread(account, "", f"{ASSUME.of}: {role}", explain_aws_error(error)))


def _open_role_session(session: AwsSession, arn: str, region: str) -> tuple[AwsSession, str]:
    """Return a session with an assumed role, and its account."""
    import boto3

    client = make_client_factory(session)("sts", region)
    answer = call_operation(client, ASSUME.operation, RoleArn=arn, RoleSessionName=_SESSION)
    credentials = answer[ASSUME.key]
    assumed = boto3.Session(
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
        region_name=region,
    )
    identity = call_operation(make_client_factory(assumed)("sts", region), IDENTITY.operation)
    return assumed, str(identity[IDENTITY.key])
