"""The names that the constraints of a demand file use: VPCs, services, paths and quotas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.architectures.build import PATHS
from costmodel.architectures.quotas import is_counted
from costmodel.core.errors import format_suggestion

if TYPE_CHECKING:
    from collections.abc import Sequence

    from costmodel.core.errors import InputError
    from costmodel.demand.reading.expand import Expansion


class ConstraintNames:
    """Turns the names under ``constraints`` into numbers; ``where`` is a place below that key."""

    def __init__(self, expansion: Expansion) -> None:
        """Take the names of an expanded demand."""
        self._expansion = expansion
        self._services = list(expansion.services)
        self._path_names = [path.name for path in PATHS]
        self._quotas = {quota.id: quota for quota in expansion.catalogue.quotas}

    @property
    def vpc_count(self) -> int:
        """The number of VPCs."""
        return len(self._expansion.vpcs)

    @property
    def has_today(self) -> bool:
        """Whether the file says what is built today."""
        return self._expansion.spec.today is not None

    def make_error(self, text: str, *where: str | int) -> InputError:
        """Return an error that names the place in the file."""
        return self._expansion.document.make_error(text, "constraints", *where)

    def resolve_vpcs(self, name: str, *where: str | int) -> Sequence[int]:
        """Return the numbers of the VPCs of a name.

        Raises:
            InputError: no VPC has this name.
        """
        return self._expansion.resolve_vpcs(name, "constraints", *where)

    def resolve_path(self, name: str, *where: str | int) -> str:
        """Return the name of a path that exists.

        Raises:
            InputError: there is no path of this name.
        """
        known = self._path_names
        if name not in known:
            text = f"unknown path {name!r}.{format_suggestion(name, known)} Paths: {', '.join(known)}."
            raise self.make_error(text, *where)
        return name

    def resolve_service(self, name: str, *where: str | int) -> int:
        """Return the number of a service that flows go to.

        Raises:
            InputError: no flow goes there.
        """
        number = self._expansion.find_service_number(name)
        if number < 0:
            raise self.make_error(f"there is no flow to {name!r}.{format_suggestion(name, self._services)}", *where)
        return number

    def has_flow(self, vpc: int, service: int) -> bool:
        """Tell whether a flow goes from a VPC to a service."""
        return (vpc, self._services[service]) in self._expansion.flows

    def check_quota(self, name: str, limit: float) -> None:
        """Refuse a limit that no plan is checked against, or that AWS does not grant.

        Raises:
            InputError: the quota is unknown or only for reading, or the limit is above what AWS allows.
        """
        if name not in self._quotas:
            suggestion = format_suggestion(name, self._quotas)
            text = f"unknown quota {name!r}.{suggestion} Quotas: {', '.join(self._quotas)}."
            raise self.make_error(text, "quotas")
        quota = self._quotas[name]
        if not is_counted(quota):
            text = f"{name} cannot be set: no rule counts it ({quota.text})."
            raise self.make_error(text, "quotas", name)
        if not quota.adjustable and limit > quota.limit:
            text = f"AWS does not raise {name} above {quota.limit:g} ({quota.text})."
            raise self.make_error(text, "quotas", name)
