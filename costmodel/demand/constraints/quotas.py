"""Quotas: limits of the user's own in the place of AWS's."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from costmodel.demand.constraints.base import Constraint, ConstraintItem, Widget
from costmodel.demand.fields import Whole

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.demand.constraints.base import FileReader
    from costmodel.demand.demand import Demand


class Quotas(Constraint["Mapping[str, float]"]):
    """Limits of the user's own, by the id of a quota.

    What counts towards a quota is AWS's, so the optimizer limits it with AWS's other quotas; here is only the number.
    """

    key = "quotas"
    description = "your own limits, by the quota's name in the rule book"
    file_type = dict[str, Whole]
    file_default: ClassVar[object] = {}
    widget = Widget(
        "number",
        "Endpoints a VPC may have",
        "If empty, a plan above AWS's quota gets a warning, because AWS raises the quota on request.",
        column=1,
        placeholder="50, which AWS raises",
        high=10_000,
        item="endpoints-per-vpc",
        name="endpoints",
    )

    def make_unlimited(self, vpc_count: int) -> Mapping[str, float]:  # noqa: ARG002 - the same for any number
        """Return no limit."""
        return {}

    def resolve_value(self, given: Mapping[str, float], reader: FileReader) -> Mapping[str, float]:
        """Return the limits, each of a quota that plans are checked against."""
        for name, limit in given.items():
            reader.check_quota(name, limit)
        return given

    def list_items(self, demand: Demand) -> list[ConstraintItem]:
        """Return one item per limit."""
        return [self._make_item(name, most) for name, most in self.get_value(demand).items()]

    def keep_items(self, demand: Demand, items: Sequence[ConstraintItem]) -> Mapping[str, float]:
        """Return the limits of some items."""
        limits = self.get_value(demand).items()
        return {name: most for name, most in limits if self._make_item(name, most) in items}

    def _make_item(self, name: str, most: float) -> ConstraintItem:
        return ConstraintItem(self.key, value=f"{name}: {most:g}")
