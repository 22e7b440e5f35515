"""DNS query logs of Route 53 Resolver: which names an address was asked by, and so which service it is of."""

from __future__ import annotations

import gzip
import json
from typing import TYPE_CHECKING, Any

from costmodel.aws.catalogue import load_catalogue
from costmodel.core.errors import InputError
from costmodel.flow_logs.interfaces import INTERNET, SERVICE, SOME, Owner
from costmodel.tabular.find_files import expand_path

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_ENDS = (".amazonaws.com", ".amazonaws.com.cn", ".api.aws", ".amazonaws.eu", ".on.aws")
_TWO = 2


def read_dns(paths: Sequence[str | Path], regions: Sequence[str]) -> dict[str, Owner]:
    """Return the owner of each address in DNS answers; an address of several names belongs to some AWS service.

    Args:
        paths: files, folders and globs of JSON lines, gzip or not
            (https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-format.html).
        regions: the Regions that AWS has, by which a name's Region is known.

    Raises:
        InputError: a file is not a DNS query log.
    """
    names: dict[str, set[str]] = {}
    for path in dict.fromkeys(p for one in map(str, paths) for p in expand_path(one, "the DNS query logs")):
        _add_answers(path, names)
    known = frozenset(regions)
    return {address: _merge_owners({find_dns_owner(n, known) for n in asked}) for address, asked in names.items()}


def _add_answers(path: Path, names: dict[str, set[str]]) -> None:
    """Add the addresses that a file of DNS queries contains: address → the names that led to it.

    Raises:
        InputError: the file is not a DNS query log, or is empty.
    """
    number = 0
    try:
        for query in _read_queries(path):
            number += 1
            for address in _list_addresses(query):
                names.setdefault(address, set()).add(str(query["query_name"]))
    except (OSError, EOFError, ValueError, KeyError, TypeError, AttributeError) as error:
        line = number if isinstance(error, KeyError | TypeError | AttributeError) else number + 1
        message = (
            f"{path}, line {line}: this is not a DNS query log of Route 53 Resolver, which has JSON with "
            f"query_name and answers on each line ({type(error).__name__}: {error})."
        )
        raise InputError(message) from None
    if not number:
        message = f"{path} contains no DNS queries."
        raise InputError(message)


def _list_addresses(query: Mapping[str, Any]) -> list[str]:
    """Return the addresses that a query was answered with."""
    str(query["query_name"])  # a KeyError shows that this is another log
    answers = query.get("answers") or ()
    return [str(answer["Rdata"]) for answer in answers if answer.get("Type") in ("A", "AAAA")]


def _read_queries(path: Path) -> Iterator[dict[str, Any]]:
    opened: Any = gzip.open if path.read_bytes()[:2] == b"\x1f\x8b" else open
    with opened(path, "rt", encoding="utf-8-sig") as file:
        for line in file:
            if not line.strip():
                continue
            told = json.loads(line)
            if "logEvents" in told:
                yield from (json.loads(e["message"]) for e in told["logEvents"])
            else:
                yield told


def _merge_owners(owners: set[Owner]) -> Owner:
    if len(owners) == 1:
        return next(iter(owners))
    labels = sorted({o.service or o.label or INTERNET for o in owners})
    return Owner(SOME, label=" or ".join(labels))


def find_dns_owner(name: str, regions: frozenset[str]) -> Owner:
    """Return whose a name is: ``sqs.us-east-1.amazonaws.com.`` is SQS's, and what is not AWS's the internet's.

    An endpoint service's name of two words stands the other way round in DNS: ecr.api is api.ecr.REGION.
    """
    name = name.rstrip(".").lower()
    end = next((e for e in _ENDS if name.endswith(e)), None)
    if end is None:
        return Owner(INTERNET, label="")
    words = name[: -len(end)].split(".")
    region = next((w for w in words if w in regions), "")
    words = [w for w in words if w not in regions and w not in ("dualstack", "vpce")]
    catalogue = load_catalogue()
    for candidate in (".".join(reversed(words[-_TWO:])), words[-1] if words else ""):
        try:
            found = catalogue.resolve_service(candidate)
        except InputError:
            continue
        return Owner(SERVICE, found.name, region)
    return Owner(SOME, label=name)
