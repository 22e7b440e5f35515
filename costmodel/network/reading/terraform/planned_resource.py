"""A resource of a Terraform plan."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from costmodel.network.reading.json_shapes import take_list, take_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from costmodel.network.reading.json_shapes import Json, JsonObject

ADDED_LATER = (
    "availability_mode",
    "service_region",
    "tunnel_bandwidth",
    "vpn_concentrator_id",
    "outside_ip_address_type",
    "billing_mode",
    "sitelink_enabled",
    "minimum_load_balancer_capacity",
    "enable_cross_zone_load_balancing",
)
"""Attributes that early versions of the AWS provider do not have: an absent one is not set, rather than unknown."""


@dataclass(eq=False)
class PlannedResource:
    """A resource of a plan: one instance of a configured resource with ``count`` or ``for_each``.

    Attributes:
        address: its full address, with indexes.
        module: the address of its module; "" for the root module.
        path: the names of the modules around it, without indexes, outermost first.
        type: its type, such as aws_nat_gateway.
        name: its name in the configuration.
        index: its index, or None.
        values: the attributes that are known.
        after_unknown: the attributes that are known after apply; None where the plan does not list them.
        undecided: why it is open whether the resource exists; "" if it does.
        source_type: its type where it is no Terraform type; "" if it is one.
        causes: what would determine its unknown attributes; "" where the source does not tell.
    """

    address: str
    module: str
    path: tuple[str, ...]
    type: str
    name: str
    index: str | int | None
    values: JsonObject
    after_unknown: JsonObject | None = None
    undecided: str = ""
    source_type: str = ""
    causes: str = ""

    def get_text(self, attribute: str) -> str:
        """Return an attribute as text; "" where it is absent or empty.

        Raises:
            ShapeError: the attribute is a list or an object.
        """
        return take_text(self.values, attribute, self.address)

    def get_list(self, attribute: str) -> Sequence[Json]:
        """Return an attribute that is a list; an empty list where it is absent.

        Raises:
            ShapeError: the attribute is something else.
        """
        return take_list(self.values, attribute, self.address)


def iterate_set_flags(value: Json) -> Iterator[str]:
    """Iterate over the names of the attributes that are true, or ENABLED, at any depth."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, inner in pairs:
        if inner is True or str(inner).lower() in ("true", "enabled"):
            yield str(name)
        elif isinstance(inner, dict | list):
            yield from iterate_set_flags(inner)
