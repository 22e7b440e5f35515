"""How a demand varies: in its GB, or in what its file says."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from costmodel.core.errors import InputError, format_suggestion

if TYPE_CHECKING:
    from collections.abc import Callable

    from costmodel.demand.demand import Demand

WHOLE = {"vpcs": "VPCs", "zones": "zones", "services": "services", "hours": "hours"}
"""Quantities of whole numbers, and what they count."""
_ZONES_MOST = 6


class Quantity(NamedTuple):
    """What varies, as a user names it.

    Attributes:
        kind: gb, vpcs, zones, services, hours, region or assumption.
        of: a VPC group, a VPC and service (``app/kms``), or an assumption; "" is all.
    """

    kind: str
    of: str

    @property
    def unit(self) -> str:
        """What its values count."""
        return {**WHOLE, "gb": "GB a month", "region": "RegionId", "assumption": "value"}[self.kind]

    def __str__(self) -> str:
        """Name it as a user does."""
        return f"{self.kind}:{self.of}" if self.of else self.kind


def parse_varied_quantity(d: Demand, words: str) -> Quantity:
    """Read what is to vary.

    Args:
        d: the demand it is of.
        words: gb[:vpc/service], vpcs[:name], zones[:name], services, hours, region or assumption:NAME.

    Raises:
        InputError: it is none of these, or names what the demand does not have.
    """
    kind, _, of = words.strip().partition(":")
    kinds = ["gb", *WHOLE, "region", "assumption"]
    if kind not in kinds:
        message = f"{words!r} cannot vary.{format_suggestion(kind, kinds)} What can: {', '.join(kinds)}."
        raise InputError(message)
    if kind in ("services", "hours", "region") and of:
        message = f"{kind!r} varies as a whole: leave out {of!r}."
        raise InputError(message)
    if kind == "gb" and of:
        select_named_flows(d, of)
    groups = sorted(set(d.vpcs.group.decode_words()))
    if kind in ("vpcs", "zones") and of and of not in groups:
        message = f"There are no VPCs {of!r}.{format_suggestion(of, groups)} There are: {', '.join(groups)}."
        raise InputError(message)
    if kind == "vpcs" and of in (provided := _map_provider_groups(d)):
        message = f"{of!r} provides {provided[of]!r}, which one VPC provides: its number cannot vary."
        raise InputError(message)
    if kind == "assumption" and of not in d.assumptions:
        message = f"Unknown assumption {of!r}.{format_suggestion(of, d.assumptions)} Known: {', '.join(d.assumptions)}."
        raise InputError(message)
    return Quantity(kind, of)


def select_named_flows(d: Demand, of: str) -> Any:
    """Return which flows ``vpc/service``, or a VPC, names."""
    vpc, _, service = of.partition("/")
    names, groups = d.vpcs.name, np.array(d.vpcs.group.decode_words(), dtype=object)
    mine = (names[d.flows.vpc] == vpc) | (groups[d.flows.vpc] == vpc)
    if not mine.any():
        known = sorted({*groups[d.flows.vpc], *names[d.flows.vpc]})
        message = f"No flow starts in {vpc!r}.{format_suggestion(vpc, known)}"
        raise InputError(message)
    if service:
        of_vpc = d.services.name[d.flows.service]
        if not (mine & (of_vpc == service)).any():
            message = (
                f"No flow goes from {vpc!r} to {service!r}.{format_suggestion(service, sorted(set(of_vpc[mine])))}"
            )
            raise InputError(message)
        mine &= of_vpc == service
    return mine


def with_gb(d: Demand, of: str, gb: float) -> Demand:
    """Return a demand in which each flow named has so many GB, sent and received in the proportion it has now.

    A flow that has none now sends half and receives half.
    """
    mine = select_named_flows(d, of) if of else np.ones(len(d.flows), dtype=bool)
    idle = d.gb == 0
    sent = np.where(idle, 0.5, d.flows.gb_sent / np.where(idle, 1.0, d.gb)) * gb
    columns = {
        "gb_sent": np.where(mine, sent, d.flows.gb_sent),
        "gb_received": np.where(mine, gb - sent, d.flows.gb_received),
    }
    return replace(d, flows=d.flows.with_columns(columns))


def get_current_value(d: Demand, q: Quantity) -> float | str | None:
    """Return what a quantity is in the demand as it stands; None where it is not one number."""
    if q.kind == "gb":
        some = np.unique(d.gb[select_named_flows(d, q.of)] if q.of else d.gb)
        return float(some[0]) if len(some) == 1 else None
    if q.kind in ("vpcs", "zones"):
        group = np.array(d.vpcs.group.decode_words(), dtype=object)
        names = [q.of] if q.of else _list_client_groups(d, q.kind)
        mine = np.isin(group, names)
        values = [np.count_nonzero(group == n) for n in names] if q.kind == "vpcs" else d.vpcs.zones[mine]
        some = np.unique(values)
        return float(some[0]) if len(some) == 1 else None
    if q.kind == "services":
        return float(len(_list_services(d)))
    if q.kind == "hours":
        return float(d.hours)
    if q.kind == "region":
        return str((d.written or {}).get("region"))
    return d.assumptions[q.of]


def _list_client_groups(d: Demand, kind: str) -> list[str]:
    """Return the groups whose VPCs send and are neither hubs nor sites; nor, where their number varies, providers."""
    group = np.array(d.vpcs.group.decode_words(), dtype=object)
    senders = np.unique(d.flows.vpc)
    fixed = _map_provider_groups(d) if kind == "vpcs" else {}
    senders = senders[[name not in fixed for name in group[senders]]]
    mine = senders[~d.vpcs.hub[senders] & ~d.vpcs.on_premises[senders]]
    return list(dict.fromkeys(group[mine])) or list(dict.fromkeys(group[senders]))


def _map_provider_groups(d: Demand) -> dict[str, str]:
    """Return the groups that provide a service of the user's own, and one that each provides.

    A service has one VPC that provides it, so the number of these VPCs cannot vary.
    """
    written = (d.written or {}).get("services") or ()
    return {str(s["vpc"]): str(s["name"]) for s in written if s.get("vpc") is not None}


def _list_services(d: Demand) -> list[str]:
    """Return the names that the file's flows go to, in its order."""
    return list(dict.fromkeys(str(f["to"]) for f in (d.written or {}).get("flows", ())))


def get_default_range(d: Demand, q: Quantity) -> tuple[int, int]:
    """Return the whole numbers between which a quantity varies unless the user says otherwise."""
    today = get_current_value(d, q)
    usual = {"vpcs": 40, "zones": _ZONES_MOST, "services": len(_list_services(d)), "hours": 744}[q.kind]
    return 1, max(usual, int(today) if isinstance(today, float) else 1)


def with_value(d: Demand, q: Quantity, value: Any) -> Demand:
    """Return a demand with one quantity at a value.

    Raises:
        InputError: the demand cannot be read again with it.
    """
    if q.kind == "gb":
        return with_gb(d, q.of, float(value))
    if q.kind == "assumption":
        return d.apply_edit(lambda _: None, assume={q.of: str(value)})
    return d.apply_edit(_make_edit(d, q, value))


def _drop_today(document: dict[str, Any]) -> None:
    """Leave out what is built today, which may name what a variation does not have, and what is held against it."""
    document.pop("today", None)
    for key in ("max_changes", "no_account_pays_more"):
        (document.get("constraints") or {}).pop(key, None)


def _should_keep_limit(one: Any, kept: set[str]) -> bool:
    """Return whether a pin, or what is forbidden, names a service that is kept, or none."""
    return not isinstance(one, dict) or one.get("service") is None or str(one["service"]) in kept


def _make_edit(d: Demand, q: Quantity, value: Any) -> Callable[[dict[str, Any]], None]:
    names = [q.of] if q.of else _list_client_groups(d, q.kind)
    kept = set(_list_services(d)[: int(value)]) if q.kind == "services" else set()

    def edit(document: dict[str, Any]) -> None:
        _drop_today(document)
        if q.kind in ("hours", "region"):
            document[q.kind] = float(value) if q.kind == "hours" else value
        elif q.kind == "services":
            document["flows"] = [f for f in document["flows"] if str(f["to"]) in kept]
            limits = document.get("constraints") or {}
            for key in ("pin", "forbid"):
                if key in limits:
                    limits[key] = [one for one in limits[key] if _should_keep_limit(one, kept)]
        else:
            key = "count" if q.kind == "vpcs" else "zones"
            for vpc in document["vpcs"]:
                if vpc["name"] in names:
                    vpc[key] = int(value)

    return edit
