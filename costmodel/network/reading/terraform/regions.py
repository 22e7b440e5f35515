"""The Region of each resource of a plan: its own, its provider's, or what it lies in says so."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from costmodel.network.reading.terraform.references import At, follow_expression

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.network.reading.terraform.plan import Plan, Planned

_NAMED = re.compile(r"\b([a-z]{2,4}(?:-[a-z]+)+-\d+)")


class Regions:
    """Tells the Region of resources.

    Attributes:
        assumed: Region → addresses of resources whose provider does not say it.
        unsaid: addresses of resources whose module may have been handed another provider than the default.
        said: what providers say of their Region where it is none that is known, or one of several.
    """

    def __init__(self, plan: Plan, places: Mapping[str, str], region: str | None, variables: Mapping[str, Any]) -> None:
        self.plan, self.places, self.variables, self.given = plan, places, variables, region
        self._configs: Mapping[str, Any] = (plan.document.value.get("configuration") or {}).get("provider_config") or {}
        self._known: dict[tuple[tuple[str, ...], str], str | None] = {}
        self._hint: str | None = None
        self._hinted = False
        self.assumed: dict[str, list[str]] = {}
        self.unsaid: list[str] = []
        self.said: dict[str, list[str]] = {}

    def infer_region(self, r: Planned) -> str | None:
        """Return a resource's Region, or None where nothing says it."""
        own = r.values.get("region") or self._parse_arn_region(r)
        if isinstance(own, str) and own in self.places:
            return own
        key = str((self.plan.get_resource_configuration(r) or {}).get("provider_config_key") or "aws")
        if (r.path, key) not in self._known:
            self._known[r.path, key] = self._infer_provider_region(r, key)
        region = self._known[r.path, key] or self._parse_zone_region(r.values)
        if region is None:
            region = self.given or self._infer_plan_region()
            if region is not None:
                self.assumed.setdefault(region, []).append(r.address)
        return region

    def _infer_provider_region(self, r: Planned, key: str) -> str | None:
        """Return the Region of the provider that a configuration names: in its module, else in one around it.

        A provider that is configured and whose Region cannot be told is not replaced by another one.
        """
        name = key.rpartition(":")[2]
        where = [f"{''.join(f'module.{m}.' for m in r.path[:n])[:-1]}:{name}" for n in range(len(r.path), 0, -1)]
        for candidate in (key, *where, name):
            region = self._read_provider_region(candidate)
            if region is not None:
                return region
            if candidate in self.said or (candidate in self._configs and ":" not in candidate):
                return None
        if name != name.partition(".")[0] or (r.path and len(self._list_provider_regions()) > 1):
            self.unsaid.append(r.address)
        return self._read_provider_region(name.partition(".")[0])

    def _list_provider_regions(self) -> set[str]:
        return {region for key in self._configs if (region := self._read_provider_region(key))}

    def _read_provider_region(self, key: str) -> str | None:
        config = self._configs.get(key) or {}
        expression = (config.get("expressions") or {}).get("region")
        if expression is None:
            return None
        path = tuple(re.findall(r"module\.([^.\[]+)", config.get("module_address") or ""))
        module = config.get("module_address") or ""
        found = follow_expression(self.plan, At(module, path), expression, self.variables)
        texts = list(dict.fromkeys(v for v in found.values if isinstance(v, str)))
        known = [v for v in texts if v in self.places]
        if len(known) == 1 and not found.lost:
            return known[0]
        self.said[key] = known or texts
        return None

    def _parse_arn_region(self, r: Planned) -> str | None:
        arn = r.values.get("arn")
        parts = arn.split(":") if isinstance(arn, str) else ()
        return parts[3] if len(parts) > 3 else None  # noqa: PLR2004 - arn:aws:ec2:REGION

    def _parse_zone_region(self, values: Mapping[str, Any]) -> str | None:
        """Return the Region that a zone or a service's name lies in."""
        for attribute in ("availability_zone", "service_name"):
            text = values.get(attribute)
            found = extract_regions(text, self.places) if isinstance(text, str) else []
            if found:
                return found[0]
        return None

    def _infer_plan_region(self) -> str | None:
        """Return the one Region that zones and services of the whole plan name, if it is one."""
        if not self._hinted:
            self._hinted = True
            names: set[str] = {region for r in self.plan if (region := self._parse_zone_region(r.values))}
            for values in self.plan.get_data_source_values("", "data.aws_region.current"):
                said = values.get("region") or values.get("name") or values.get("id")
                if said in self.places:
                    names.add(str(said))
            self._hint = names.pop() if len(names) == 1 else None
        return self._hint


def extract_regions(text: str, places: Mapping[str, str]) -> list[str]:
    """Return the Regions that a zone's or a service's name holds."""
    return [word for word in _NAMED.findall(text) if places.get(word) == "region"]
