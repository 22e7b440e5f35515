"""The quantities of a demand that a break-even varies: one class each.

A class with a ``word`` registers itself in :data:`costmodel.comparison.varied_quantity.QUANTITIES`. The help of
``--vary``, the documents and the selector of the dashboard loop over this registry, so that a new quantity is one new
class here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from costmodel.comparison.quantity import Document, Quantity, TableQuantity, WholeQuantity
from costmodel.core.assumptions import ASSUMPTIONS
from costmodel.core.errors import InputError, format_suggestion

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from costmodel.demand.constraints.base import Constraint
    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

_MOST_VPCS = 40
_MOST_ZONES = 6
_MOST_HOURS = 744


class GbQuantity(Quantity):
    """GB of flows, along which costs are straight lines between tiers."""

    word = "gb"
    target_syntax = "vpc/service"
    unit = "GB a month"
    description = "GB a month of each flow, sent and received in the proportion that the flow has"

    @classmethod
    def list_choices(cls, document: Mapping[str, Any]) -> dict[str, str]:
        """Return all flows, and each flow to an AWS service or a service of the user's own."""
        choices = {cls.word: "GB of every flow, the same for each"}
        for flow in document["flows"]:
            if ":" not in flow["to"]:
                choices[f"{cls.word}:{flow['from']}/{flow['to']}"] = f"GB of {flow['from']} → {flow['to']}"
        return choices

    def check_target(self, demand: Demand) -> None:
        """Check that a flow has the name."""
        from costmodel.comparison.flow_gb import select_named_flows

        if self.target:
            select_named_flows(demand, self.target)

    def get_current_value(self, demand: Demand) -> float | None:
        """Return the GB of each flow; None where flows differ."""
        from costmodel.comparison.flow_gb import select_named_flows

        gb = demand.gb[select_named_flows(demand, self.target)] if self.target else demand.gb
        return _get_single_value(gb)

    def with_value(self, demand: Demand, value: float | str) -> Demand:
        """Return the demand with these GB on each flow. The demand need not have been read from a file."""
        from costmodel.comparison.flow_gb import with_gb

        return with_gb(demand, self.target, float(value))


class _VpcKeyQuantity(WholeQuantity):
    """A whole number that each VPC group of a demand file has under a key.

    Class attributes:
        key: the key of the VPC group in the file.
        label: what a selector calls the numbers of one group.
        label_of_all: what a selector calls the numbers of all groups.
    """

    target_syntax = "name"
    key: ClassVar[str]
    label: ClassVar[str]
    label_of_all: ClassVar[str]

    @classmethod
    def list_choices(cls, document: Mapping[str, Any]) -> dict[str, str]:
        """Return all VPC groups, and each group that is neither a hub nor on premises."""
        groups = [v["name"] for v in document["vpcs"] if not v.get("hub") and not v.get("on_premises")]
        return {cls.word: cls.label_of_all} | {f"{cls.word}:{group}": f"{cls.label} {group}" for group in groups}

    def check_target(self, demand: Demand) -> None:
        """Check that a VPC group has the name."""
        groups = sorted(set(demand.vpcs.group.decode_words()))
        if self.target and self.target not in groups:
            suggestion = format_suggestion(self.target, groups)
            message = f"No VPC group is named {self.target!r}.{suggestion} VPC groups: {', '.join(groups)}."
            raise InputError(message)

    def list_fixed_groups(self, demand: Demand) -> set[str]:  # noqa: ARG002 - for subclasses
        """Return the VPC groups whose number does not vary with that of all groups."""
        return set()

    def list_groups(self, demand: Demand) -> list[str]:
        """Return the VPC groups that vary: the target, or every group that sends.

        Hubs and sites on premises are left out, unless nothing else sends.
        """
        if self.target:
            return [self.target]
        import numpy as np

        vpcs, group = demand.vpcs, demand.vpcs.group.decode_words()
        fixed = self.list_fixed_groups(demand)
        senders = [vpc for vpc in np.unique(demand.flows.vpc) if group[vpc] not in fixed]
        clients = [vpc for vpc in senders if not vpcs.hub[vpc] and not vpcs.on_premises[vpc]]
        return list(dict.fromkeys(group[vpc] for vpc in clients or senders))

    def make_edit(self, demand: Demand, value: float | str) -> Callable[[Document], None]:
        """Return what sets the key of each group that varies."""
        groups = self.list_groups(demand)

        def edit(document: Document) -> None:
            _drop_today(document)
            for vpc in document["vpcs"]:
                if vpc["name"] in groups:
                    vpc[self.key] = int(value)

        return edit


class VpcsQuantity(_VpcKeyQuantity):
    """The number of VPCs of a group."""

    word = "vpcs"
    unit = "VPCs"
    description = "the number of VPCs of one group, or of each group that sends"
    key = "count"
    label, label_of_all = "VPCs of", "VPCs of every group"

    def check_target(self, demand: Demand) -> None:
        """Check that a VPC group has the name and does not provide a service, which one VPC provides."""
        super().check_target(demand)
        provided = _map_provider_groups(demand)
        if self.target in provided:
            service = provided[self.target]
            message = f"{self.target!r} provides {service!r}, which a single VPC provides, so its number cannot vary."
            raise InputError(message)

    def list_fixed_groups(self, demand: Demand) -> set[str]:
        """Return the groups that provide a service: a service has one VPC that provides it."""
        return set(_map_provider_groups(demand))

    def get_current_value(self, demand: Demand) -> float | None:
        """Return the number of VPCs of a group; None where groups differ."""
        import numpy as np

        group = demand.vpcs.group.decode_words()
        return _get_single_value([np.count_nonzero(group == name) for name in self.list_groups(demand)])

    def get_usual_maximum(self, demand: Demand) -> int:  # noqa: ARG002 - the same for every demand
        """Return 40."""
        return _MOST_VPCS


class ZonesQuantity(_VpcKeyQuantity):
    """The number of Availability Zones of the VPCs of a group."""

    word = "zones"
    unit = "zones"
    description = "the number of Availability Zones of the VPCs of one group, or of each group that sends"
    key = "zones"
    label, label_of_all = "zones of", "zones of every VPC"

    def get_current_value(self, demand: Demand) -> float | None:
        """Return the zones of a VPC; None where VPCs differ."""
        import numpy as np

        of_groups = np.isin(demand.vpcs.group.decode_words(), self.list_groups(demand))
        return _get_single_value(demand.vpcs.zones[of_groups])

    def get_usual_maximum(self, demand: Demand) -> int:  # noqa: ARG002 - the same for every demand
        """Return 6, the most zones that a Region has."""
        return _MOST_ZONES


class ServicesQuantity(WholeQuantity):
    """The number of services that flows go to."""

    word = "services"
    unit = "services"
    description = "the number of services: the first ones that the file's flows name"

    @classmethod
    def list_choices(cls, document: Mapping[str, Any]) -> dict[str, str]:  # noqa: ARG003 - the same for every file
        """Return the one choice."""
        return {cls.word: "services, the first of the list"}

    def get_current_value(self, demand: Demand) -> float:
        """Return the number of services."""
        return float(len(_list_services(demand)))

    def get_usual_maximum(self, demand: Demand) -> int:
        """Return the number of services in the file."""
        return len(_list_services(demand))

    def limit_maximum(self, demand: Demand, high: float) -> float:
        """Return at most the number of services in the file."""
        return min(high, self.get_default_range(demand)[1])

    def make_edit(self, demand: Demand, value: float | str) -> Callable[[Document], None]:
        """Return what keeps the flows of the first services, and the pins and prohibitions that are about them."""
        kept = set(_list_services(demand)[: int(value)])
        keys = [constraint.key for constraint in _list_constraints() if constraint.names_services]

        def edit(document: Document) -> None:
            _drop_today(document)
            document["flows"] = [flow for flow in document["flows"] if str(flow["to"]) in kept]
            constraints = document.get("constraints") or {}
            constraints.update({key: _keep_services(constraints[key], kept) for key in keys if key in constraints})

        return edit


class HoursQuantity(WholeQuantity):
    """The hours of a month in which resources are provisioned."""

    word = "hours"
    unit = "hours"
    description = "the hours of a month in which resources are provisioned"
    piecewise_linear = True

    @classmethod
    def list_choices(cls, document: Mapping[str, Any]) -> dict[str, str]:  # noqa: ARG003 - the same for every file
        """Return the one choice."""
        return {cls.word: "hours"}

    def get_current_value(self, demand: Demand) -> float:
        """Return the hours."""
        return float(demand.hours)

    def get_usual_maximum(self, demand: Demand) -> int:  # noqa: ARG002 - the same for every demand
        """Return the hours of the longest month."""
        return _MOST_HOURS

    def make_edit(self, demand: Demand, value: float | str) -> Callable[[Document], None]:  # noqa: ARG002
        """Return what sets the hours."""

        def edit(document: Document) -> None:
            _drop_today(document)
            document["hours"] = float(value)

        return edit


class RegionQuantity(TableQuantity):
    """The Region of a demand file."""

    word = "region"
    unit = "RegionId"
    description = "the file's Region"

    @classmethod
    def list_choices(cls, document: Mapping[str, Any]) -> dict[str, str]:  # noqa: ARG003 - the same for every file
        """Return the one choice."""
        return {cls.word: "the Region"}

    def get_current_value(self, demand: Demand) -> str:
        """Return the Region of the file."""
        return str((demand.written or {}).get("region"))

    def list_values(self, book: PriceBook) -> list[str]:
        """Return every Region that has prices."""
        return list(book.regions)

    def make_edit(self, demand: Demand, value: float | str) -> Callable[[Document], None]:  # noqa: ARG002
        """Return what sets the Region."""

        def edit(document: Document) -> None:
            _drop_today(document)
            document["region"] = value

        return edit


class AssumptionQuantity(TableQuantity):
    """The value of an assumption."""

    word = "assumption"
    target_syntax = "NAME"
    needs_target = True
    unit = "value"
    description = "the value of an assumption, each of its values in turn"

    @classmethod
    def list_choices(cls, document: Mapping[str, Any]) -> dict[str, str]:  # noqa: ARG003 - the same for every file
        """Return the assumption that changes which architecture is the cheapest most often."""
        return {f"{cls.word}:hub-dns": "how a hub's names are resolved"}

    def check_target(self, demand: Demand) -> None:
        """Check that an assumption has the name."""
        if self.target not in demand.assumptions:
            suggestion = format_suggestion(self.target, demand.assumptions)
            known = ", ".join(demand.assumptions)
            message = f"Unknown assumption {self.target!r}.{suggestion} Known: {known}."
            raise InputError(message)

    def get_current_value(self, demand: Demand) -> str:
        """Return the value that the demand assumes."""
        return demand.assumptions[self.target]

    def list_values(self, book: PriceBook) -> list[str]:  # noqa: ARG002 - the same for every price book
        """Return the values that the assumption may have."""
        return list(ASSUMPTIONS[self.target].meanings)

    def list_assumptions(self) -> set[str]:
        """Return the assumption."""
        return {self.target}

    def with_value(self, demand: Demand, value: float | str) -> Demand:
        """Return the demand under the assumption's value; what the file says stays."""
        return demand.apply_edit(lambda _: None, assume={self.target: str(value)})


# ---------------------------------------------------------------- steps that quantities share
def _get_single_value(values: Any) -> float | None:
    """Return the value that all numbers of an array or list have; None where they differ or there are none."""
    distinct = {float(value) for value in values}
    return distinct.pop() if len(distinct) == 1 else None


def _map_provider_groups(demand: Demand) -> dict[str, str]:
    """Return the VPC groups that provide a service of the user's own → one service that each provides."""
    services = (demand.written or {}).get("services") or ()
    return {str(service["vpc"]): str(service["name"]) for service in services if service.get("vpc") is not None}


def _list_services(demand: Demand) -> list[str]:
    """Return the services that the file's flows go to, in the file's order."""
    return list(dict.fromkeys(str(flow["to"]) for flow in (demand.written or {}).get("flows", ())))


def _drop_today(document: Document) -> None:
    """Drop what is built today, which may name what a variation does not have, and the limits relative to it."""
    document.pop("today", None)
    constraints = document.get("constraints") or {}
    for constraint in _list_constraints():
        if constraint.needs_today:
            constraints.pop(constraint.key, None)


def _list_constraints() -> tuple[Constraint[Any], ...]:
    """Return every constraint of a demand file; their modules are imported when a demand varies."""
    from costmodel.demand.constraints.registry import CONSTRAINTS

    return CONSTRAINTS


def _keep_services(entries: list[Any], kept: set[str]) -> list[Any]:
    return [entry for entry in entries if _is_about_kept_service(entry, kept)]


def _is_about_kept_service(entry: Any, kept: set[str]) -> bool:
    """Tell whether a pin or a prohibition names a service that is kept, or no service."""
    return not isinstance(entry, dict) or entry.get("service") is None or str(entry["service"]) in kept
