"""What every kind of resource has: columns with units, and one rule that turns them into quantities of meters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from costmodel.core.meters import Meter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


WORDS = ("choice", "location", "name")
"""Types of columns that hold words; all others hold numbers."""

FLAG = ("false", "true")
"""The words of a column that answers yes or no."""


class Column:
    """A quantity, or a property, of one resource.

    Attributes:
        type: count (whole), number, gb, hours; of words choice, location, or name (of another resource).
        default: the value where nothing is given: a number, a word of a choice, or the name of another column; a name's
            is the resource's own. None is required.
        path: the keys under which a file gives it.
        choices: the words allowed, for a choice.
    """

    def __init__(
        self,
        type_: str,
        default: float | str | None = 0,
        *,
        path: tuple[str, ...] = (),
        choices: tuple[str, ...] = (),
    ) -> None:
        """Describe the column; its name is the attribute's."""
        self.type = type_
        self.default = default
        self.choices = choices
        self.path = path
        self.name = ""

    def __set_name__(self, owner: type, name: str) -> None:
        """Learn the attribute's name."""
        self.name = name
        self.path = self.path or (name,)

    @property
    def holds_words(self) -> bool:
        """Whether its values are words (Codes) and not numbers."""
        return self.type in WORDS


def make_count_column(default: float | str | None = 0) -> Column:
    """Return a column of whole numbers."""
    return Column("count", default)


def make_number_column(*path: str) -> Column:
    """Return a column of numbers that are no GB and no hours."""
    return Column("number", path=path)


def make_gb_column(*path: str) -> Column:
    """Return a column of GB, the price list's, over the billing month."""
    return Column("gb", path=path)


def make_choice_column(*words: str, default: str | None = None) -> Column:
    """Return a column of words of a given list."""
    return Column("choice", default, choices=words)


def make_flag_column() -> Column:
    """Return a column of true and false; false where nothing is said."""
    return Column("choice", FLAG[0], choices=FLAG)


def make_location_column() -> Column:
    """Return a column of Regions; required."""
    return Column("location", None)


class Resource:
    """A kind of resource: its columns and its charge rule. Never instantiated; a Table holds the resources.

    Attributes:
        kind: what files call it; several variants may share it.
        given: the key whose presence picks this variant.
        when: the (key, value) that picks this variant.
        level: the column that a need's level fills when a plan is built: how much of it there is.
        free: why nothing is charged, for kinds without a meter.
        assumes: ``name=value`` of an assumption → the columns it replaces.
        pieces: column → values at which the charge's slope changes, where AWS takes a maximum.
        ids: what a plan's ids of this kind stand for: service (in a VPC), pair (of VPCs), regions, service-region,
            vpc-region (a VPC, another Region, and which way).
        of_counterpart: whether a pair's resource is its counterpart's (a hub's) rather than the VPC's.
        accounts: columns of the accounts, beside the resource's own, that its meters charge.
    """

    kind: ClassVar[str] = ""
    given: ClassVar[str | None] = None
    when: ClassVar[tuple[str, str] | None] = None
    level: ClassVar[str] = "count"
    free: ClassVar[str] = ""
    assumes: ClassVar[Mapping[str, Callable[[Any], dict[str, Any]]]] = {}
    pieces: ClassVar[Mapping[str, tuple[float, ...]]] = {}
    ids: ClassVar[str] = "service"
    of_counterpart: ClassVar[bool] = False
    columns: ClassVar[dict[str, Column]] = {}
    accounts: ClassVar[tuple[str, ...]] = ()

    hours = Column("hours", None)

    def __init_subclass__(cls) -> None:
        """Collect the columns and the accounts, and name the kind after the class."""
        cls.columns = {
            name: column
            for base in reversed(cls.__mro__)
            for name, column in vars(base).items()
            if isinstance(column, Column)
        }
        cls.accounts = tuple(sorted({m.charged for m in cls.list_meters()} - {"account"}))
        if "kind" not in vars(cls):
            cls.kind = cls.__name__

    @staticmethod
    def compute_charges(r: Any) -> dict[Meter, Any]:
        """Quantities of each meter for one resource per row of ``r``, before ``count``."""
        raise NotImplementedError

    @classmethod
    def list_meters(cls) -> list[Meter]:
        """Return every meter that the class names."""
        found: list[Meter] = []
        for base in cls.__mro__:
            for value in vars(base).values():
                found += [value] if isinstance(value, Meter) else []
                found += [m for m in value.values() if isinstance(m, Meter)] if isinstance(value, dict) else []
        return found
