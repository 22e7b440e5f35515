"""What a constraint is: one class per key of ``constraints`` in a demand file says everything about that key."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, Literal, NamedTuple, Protocol, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from costmodel.core.arrays import BoolArray, FloatArray, IntArray
    from costmodel.core.errors import InputError
    from costmodel.demand.demand import Demand

Value = TypeVar("Value")


class Posture(NamedTuple):
    """What a path means for security.

    Attributes:
        aws_network: its bytes stay on AWS's network.
        private: the service is reached by private addresses.
        endpoint_policy: an endpoint policy can limit it.
        vpc_policy: that policy is the VPC's own.
        routed: it opens routed reachability between VPCs.
        single_zone: it depends on one zone.
        hub: it depends on a hub.
        on_premises: a site linked to the VPC (or hub) by VPN or Direct Connect can take it too.
    """

    aws_network: bool = True
    private: bool = True
    endpoint_policy: bool = True
    vpc_policy: bool = True
    routed: bool = False
    single_zone: bool = False
    hub: bool = False
    on_premises: bool = True


class ConstrainedPath(Protocol):
    """What a constraint may ask of a path."""

    @property
    def name(self) -> str:
        """What plans and constraints call it."""

    @property
    def mode(self) -> str:
        """What does not mix in a VPC, such as ``nat``."""

    @property
    def variant_of(self) -> str:
        """The path that it is a variant of; "" for none."""

    @property
    def posture(self) -> Posture:
        """What it means for security."""

    def count_serving_zones(self, demand: Demand, flows: IntArray, /) -> FloatArray | None:
        """Return the number of zones that serve each flow; None where no zone matters."""


class FileReader(Protocol):
    """Turns the names that a demand file uses into numbers. ``where`` is the place of a name below ``constraints``."""

    @property
    def vpc_count(self) -> int:
        """The number of VPCs."""

    @property
    def has_today(self) -> bool:
        """Whether the file says what is built today."""

    def resolve_vpcs(self, name: str, *where: str | int) -> Sequence[int]:
        """Return the numbers of the VPCs of a name."""

    def resolve_path(self, name: str, *where: str | int) -> str:
        """Return the name of a path that exists."""

    def resolve_service(self, name: str, *where: str | int) -> int:
        """Return the number of a service that flows go to."""

    def has_flow(self, vpc: int, service: int) -> bool:
        """Tell whether a flow goes from a VPC to a service."""

    def check_quota(self, name: str, limit: float) -> None:
        """Refuse a limit that no plan is checked against, or that AWS does not grant."""

    def make_error(self, text: str, *where: str | int) -> InputError:
        """Return an error that names the place in the file."""


class PlanCandidates(NamedTuple):
    """What the optimizer chooses from: which flow may take which path.

    Attributes:
        demand: the demand.
        flow: (candidates,) the number of the flow.
        path: (candidates,) the number of the path.
        todays_path: (flows,) the number of the path of each flow today; None where the demand does not say.
    """

    demand: Demand
    flow: IntArray
    path: IntArray
    todays_path: IntArray | None


class CandidateLimit(NamedTuple):
    """A limit on a sum over candidates.

    Attributes:
        candidates: the numbers of the candidates that count.
        values: what each of them counts.
        most: the most that the sum of those chosen may be.
    """

    candidates: IntArray
    values: FloatArray
    most: float


class ConstraintItem(NamedTuple):
    """One constraint of a demand: its key, and the VPC, service and value that it names, where it names them.

    Attributes:
        constraint: the key in a demand file.
        vpc: the name of the VPC.
        service: the name of the service.
        value: the value, such as a path or a number.
        number: the position of the item among those of its constraint, or the number of its VPC.
    """

    constraint: str
    vpc: str | None = None
    service: str | None = None
    value: str | None = None
    number: int = -1

    def __str__(self) -> str:
        """Return the item in the words of a demand file."""
        words = [self.value, self.vpc and f"of {self.vpc}", self.service and f"for {self.service}"]
        details = " ".join(filter(None, words))
        return f"{self.constraint} ({details})" if details else self.constraint


class Widget(NamedTuple):
    """How the dashboard asks for a constraint.

    Attributes:
        kind: several VPC groups, a number, several paths, or yes and no.
        label: what the widget is called.
        help: one sentence more.
        column: where it is: 0 (left) to 2 (right).
        placeholder: what an empty widget means.
        low: the least number.
        high: the greatest number.
        item: the entry of the key's list or mapping that the widget sets; "" for the whole value.
        name: the last part of the widget's key in the session; the constraint's key where it is "".
    """

    kind: Literal["vpcs", "number", "paths", "toggle"]
    label: str
    help: str | None = None
    column: int = 0
    placeholder: str | None = None
    low: int = 0
    high: int = 1_000_000
    item: str = ""
    name: str = ""


_REGISTERED: list[Constraint[Any]] = []


def list_registered_constraints() -> tuple[Constraint[Any], ...]:  # each has a value of its own type
    """Return one constraint per class with a key, in the order in which the classes are defined."""
    return tuple(_REGISTERED)


class Constraint(Generic[Value]):
    """A key of ``constraints`` in a demand file, and all that follows from it.

    A subclass with a ``key`` is registered. The readers, the paths, the optimizer, the search for conflicts, the
    documents and the dashboard go through all registered constraints.

    Attributes:
        key: the key in a demand file.
        description: what the key means, for the documents and the JSON Schema.
        file_type: the type of its value in a file, as pydantic takes it.
        file_default: the value of a file that does not have the key.
        names_vpcs: whether the words of its value are names of VPCs.
        names_services: whether entries of its list name a service, under ``service``.
        needs_today: what it does with what is built today, as words of an error; "" where it needs no ``today``.
        widget: how the dashboard asks for it; None where it does not.
    """

    key: ClassVar[str] = ""
    description: ClassVar[str] = ""
    file_type: ClassVar[Any] = None  # a type expression, which has no type of its own
    file_default: ClassVar[object] = None
    names_vpcs: ClassVar[bool] = False
    names_services: ClassVar[bool] = False
    needs_today: ClassVar[str] = ""
    widget: ClassVar[Widget | None] = None

    def __init_subclass__(cls) -> None:
        """Register the class if it has a key of its own."""
        super().__init_subclass__()
        if "key" in cls.__dict__:
            _REGISTERED.append(cls())

    def get_value(self, demand: Demand) -> Value:
        """Return what a demand says under this key."""
        return cast("Value", demand.constraints[self.key])

    def make_unlimited(self, vpc_count: int) -> Value:
        """Return the value that rules nothing out.

        Args:
            vpc_count: the number of VPCs of the demand.
        """
        raise NotImplementedError

    # Any: each subclass knows the type that its file_type gives
    def resolve_value(self, given: Any, reader: FileReader) -> Value:  # noqa: ARG002 - most values need no names
        """Return the value of a file with numbers in the place of names.

        Raises:
            InputError: a name is unknown, or the value cannot be.
        """
        return cast("Value", given)

    def list_rules(self, path: ConstrainedPath, demand: Demand) -> list[tuple[BoolArray, str]]:  # noqa: ARG002 - most rule out nothing
        """Return which flows may not take a path: (boolean per flow, id of a rule in ``rules.csv``)."""
        return []

    def list_limits(self, candidates: PlanCandidates) -> list[CandidateLimit]:  # noqa: ARG002 - most limit no sum
        """Return limits on sums over what the optimizer chooses from."""
        return []

    def list_items(self, demand: Demand) -> list[ConstraintItem]:
        """Return the parts of the constraint that can be left out one at a time, without those of no flow."""
        raise NotImplementedError

    def keep_items(self, demand: Demand, items: Sequence[ConstraintItem]) -> Value:
        """Return the value of a demand with only some of its own items (those of ``list_items``)."""
        return self.get_value(demand) if items else self.make_unlimited(len(demand.vpcs))

    def list_postures(self, demand: Demand) -> Mapping[str, Mapping[str, object]]:  # noqa: ARG002 - most have none
        """Return stricter postures for all VPCs: name → values of constraints by key."""
        return {}


def select_items(items: Iterable[ConstraintItem], key: str) -> list[ConstraintItem]:
    """Return the items of one constraint."""
    return [item for item in items if item.constraint == key]
