"""The Region of each resource of a plan: from the resource itself, its provider, or what is around it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from costmodel.network.reading.json_shapes import EMPTY, take_object, take_text
from costmodel.network.reading.terraform.references import Place

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.network.reading.json_shapes import JsonObject
    from costmodel.network.reading.terraform.plan import Plan
    from costmodel.network.reading.terraform.planned_resource import PlannedResource
    from costmodel.network.reading.terraform.references import ReferenceFollower

_REGION_NAME = re.compile(r"\b([a-z]{2,4}(?:-[a-z]+)+-\d+)")
_MODULE_NAME = re.compile(r"module\.([^.\[]+)")
_SAME_REGION = (
    "subnet_id",
    "subnet_ids",
    "subnets",
    "allocation_id",
    "vpc_id",
    "nat_gateway_id",
    "transit_gateway_id",
    "instance",
    "network_interface",
)
"""Attributes that name resources of the same Region."""
_OTHER_SIDE = ("transit_gateway_attachment_id", "vpc_peering_connection_id")
"""Attributes of an accepter that name the requester, which names the accepter's Region as its peer."""
_ARN_REGION = 3  # arn:aws:ec2:REGION


class Regions:
    """Finds the Region of resources.

    Attributes:
        assumed: Region → addresses of the resources whose provider does not name it.
        default_provider: addresses of the resources whose module may have been passed another provider than the
            default one.
        provider_regions: provider → what its Region may be, where it is not known or one of several.
        given: the Region that the user passed for what names none, or None.
        by_name: the Regions that the user passed for a resource, a type or kind of resource, or a provider.
        kinds: Terraform type → the kinds that it is read as.
        used_names: the names of ``by_name`` that stood for a resource.
    """

    def __init__(
        self,
        plan: Plan,
        follower: ReferenceFollower,
        locations: Mapping[str, str],
        given: str | None,
        by_name: Mapping[str, str],
        kinds: Mapping[str, Sequence[str]],
    ) -> None:
        self.plan = plan
        self.follower = follower
        self.locations = locations
        self.given = given
        self.by_name = by_name
        self.kinds = kinds
        self.used_names: set[str] = set()
        self.assumed: dict[str, list[str]] = {}
        self.default_provider: list[str] = []
        self.provider_regions: dict[str, list[str]] = {}
        self._providers = take_object(take_object(plan.content, "configuration"), "provider_config", "configuration")
        self._by_provider: dict[tuple[tuple[str, ...], str], str | None] = {}
        self._by_id: dict[str, PlannedResource] | None = None
        self._by_evidence: dict[str, str | None] | None = None
        self._plan_region: str | None = None
        self._is_plan_region_known = False

    def infer_region(self, resource: PlannedResource) -> str | None:
        """Return a resource's Region, or None where the plan does not name it."""
        region = (
            self._find_given_region(resource)
            or self._read_stated_region(resource)
            or self._infer_from_neighbours(resource)
            or self._find_provider_evidence(resource)
        )
        if region is not None:
            return region
        region = self.given or self._infer_plan_region()
        if region is not None:
            self.assumed.setdefault(region, []).append(resource.address)
        return region

    def _get_provider_key(self, resource: PlannedResource) -> str:
        """Return the provider of a resource, such as ``aws`` or ``aws.dr``."""
        configuration = self.plan.get_resource_configuration(resource) or EMPTY
        return take_text(configuration, "provider_config_key", resource.address) or "aws"

    def _find_given_region(self, resource: PlannedResource) -> str | None:
        """Return the Region that the user passed for a resource, its type, one of its kinds, or its provider."""
        if not self.by_name:
            return None
        kinds = self.kinds.get(resource.type, ())
        names = [resource.address, resource.type, *kinds, self._get_provider_key(resource)]
        name = next((name for name in names if name in self.by_name), None)
        if name is None:
            return None
        self.used_names.add(name)
        return self.by_name[name]

    def _read_stated_region(self, resource: PlannedResource) -> str | None:
        """Return the Region that a resource, its provider, its zone or its service names."""
        own = resource.values.get("region") or _parse_arn_region(resource)
        if isinstance(own, str) and own in self.locations:
            return own
        provider = self._get_provider_key(resource)
        key = (resource.path, provider)
        if key not in self._by_provider:
            self._by_provider[key] = self._infer_provider_region(resource, provider)
        return self._by_provider[key] or self._parse_zone_region(resource.values)

    # ------------------------------------------------------------ evidence
    def _infer_from_neighbours(self, resource: PlannedResource) -> str | None:
        """Return the Region of the resources that a resource is connected to, which must be in its own Region."""
        near = [
            other for name in _SAME_REGION for other in self._list_neighbours(resource, name) if other is not resource
        ]
        region = next((found for other in near if (found := self._read_stated_region(other))), None)
        if region is not None:
            return region
        requesters = [other for name in _OTHER_SIDE for other in self._list_neighbours(resource, name)]
        peers = (other.values.get("peer_region") for other in requesters if other is not resource)
        return next((peer for peer in peers if isinstance(peer, str) and peer in self.locations), None)

    def _list_neighbours(self, resource: PlannedResource, attribute: str) -> list[PlannedResource]:
        """Return the resources that an attribute names by their ids, or that its expression refers to."""
        if self._by_id is None:
            self._by_id = {str(r.values["id"]): r for r in self.plan if r.values.get("id")}
        value = resource.values.get(attribute)
        ids = value if isinstance(value, list) else [value]
        found = [self._by_id[str(one)] for one in ids if str(one) in self._by_id]
        expression = self.plan.get_expression(resource, attribute)
        if found or expression is None:
            return found
        place = Place(resource.module, resource.path)
        return self.follower.follow_expression(place, expression).resources

    def _find_provider_evidence(self, resource: PlannedResource) -> str | None:
        """Return the Region that the other resources of a provider are in, if all that are known are in one."""
        if self._by_evidence is None:
            seen: dict[str, set[str]] = {}
            for other in self.plan:
                region = self._read_stated_region(other)
                if region is not None:
                    seen.setdefault(self._get_provider_key(other), set()).add(region)
            self._by_evidence = {key: next(iter(found)) if len(found) == 1 else None for key, found in seen.items()}
        if self.plan.get_resource_configuration(resource) is None:
            return None  # a state does not contain the providers
        region = self._by_evidence.get(self._get_provider_key(resource))
        if region is not None:
            self.assumed.setdefault(region, []).append(resource.address)
        return region

    def _infer_provider_region(self, resource: PlannedResource, key: str) -> str | None:
        """Return the Region of the provider that a configuration names: in its module, then in the modules around it.

        A provider that is configured and whose Region is not known is not replaced by another one.
        """
        name = key.rpartition(":")[2]
        depths = range(len(resource.path), 0, -1)
        around = [".".join(f"module.{module}" for module in resource.path[:depth]) for depth in depths]
        for candidate in (key, *(f"{module}:{name}" for module in around), name):
            region = self._read_provider_region(candidate)
            if region is not None:
                return region
            if candidate in self.provider_regions or (candidate in self._providers and ":" not in candidate):
                return None
        default = name.partition(".")[0]
        if name != default or (resource.path and len(self._list_provider_regions()) > 1):
            self.default_provider.append(resource.address)
        return self._read_provider_region(default)

    def _is_of_aws(self, key: str) -> bool:
        """Tell whether a configured provider is AWS's: by its full name, or by its local name in old plans."""
        full_name = take_text(take_object(self._providers, key, "provider_config"), "full_name")
        if full_name:
            return full_name.rpartition("/")[2] == "aws"
        return key.rpartition(":")[2].partition(".")[0] == "aws"

    def _list_provider_regions(self) -> set[str]:
        """Return the Regions that are known of the plan's providers."""
        return {region for key in self._providers if (region := self._read_provider_region(key))}

    def _read_provider_region(self, key: str) -> str | None:
        """Return the Region that the configuration of a provider leads to, if it is exactly one."""
        provider = take_object(self._providers, key, "provider_config")
        expression = take_object(provider, "expressions", f"provider_config.{key}").get("region")
        if expression is None:
            return None
        module = take_text(provider, "module_address", f"provider_config.{key}")
        path = tuple(_MODULE_NAME.findall(module))
        targets = self.follower.follow_expression(Place(module, path), expression)
        names = list(dict.fromkeys(value for value in targets.values if isinstance(value, str)))
        known = [name for name in names if name in self.locations]
        if len(known) == 1 and not targets.lost:
            return known[0]
        self.provider_regions[key] = known or names
        return None

    def _parse_zone_region(self, values: JsonObject) -> str | None:
        """Return the Region that a resource's zone or service name contains."""
        for attribute in ("availability_zone", "service_name"):
            text = values.get(attribute)
            regions = extract_regions(text, self.locations) if isinstance(text, str) else []
            if regions:
                return regions[0]
        return None

    def _infer_plan_region(self) -> str | None:
        """Return the Region that the zones and services of the whole plan name, if it is exactly one.

        A plan of several providers has none: what is in one Region tells nothing about another provider.
        """
        if sum(map(self._is_of_aws, self._providers)) > 1:
            return None
        if not self._is_plan_region_known:
            self._is_plan_region_known = True
            regions = {region for r in self.plan if (region := self._parse_zone_region(r.values))}
            for values in self.plan.get_data_source_values("", "data.aws_region.current"):
                current = values.get("region") or values.get("name") or values.get("id")
                if isinstance(current, str) and current in self.locations:
                    regions.add(current)
            self._plan_region = regions.pop() if len(regions) == 1 else None
        return self._plan_region


def extract_regions(text: str, locations: Mapping[str, str]) -> list[str]:
    """Return the Regions that the name of a zone or a service contains."""
    return [name for name in _REGION_NAME.findall(text) if locations.get(name) == "region"]


def _parse_arn_region(resource: PlannedResource) -> str | None:
    """Return the Region in a resource's ARN."""
    arn = resource.values.get("arn")
    parts = arn.split(":") if isinstance(arn, str) else ()
    return parts[_ARN_REGION] if len(parts) > _ARN_REGION else None
