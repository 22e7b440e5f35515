"""What every kind of resource has: columns with units, and one rule that turns them into quantities of meters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias, overload

from costmodel.core.arrays import FloatArray
from costmodel.core.meters import Meter

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from costmodel.core.table import Codes, Table


WORDS = ("choice", "location", "name")
"""Types of columns that contain words; all others contain numbers."""

FLAG = ("false", "true")
"""The words of a column that answers yes or no."""

Charges: TypeAlias = dict[Meter, FloatArray]
"""Meter → its quantity in the meter's unit, one element a row: float64, or Decimal objects in the audit mode."""


class Column:
    """A quantity, or a property, of one resource.

    As an attribute of a kind it is the column's description. As an attribute of an instance it is the column's values.

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


class NumberColumn(Column):
    """A column of numbers."""

    @overload
    def __get__(self, resource: None, owner: type) -> NumberColumn: ...

    @overload
    def __get__(self, resource: Resource, owner: type) -> FloatArray: ...

    def __get__(self, resource: Resource | None, owner: type) -> NumberColumn | FloatArray:
        """Return the description from a kind, and from an instance the values, one a row."""
        if resource is None:
            return self
        values: FloatArray = getattr(resource.table, self.name)
        return values


class WordColumn(Column):
    """A column of words."""

    @overload
    def __get__(self, resource: None, owner: type) -> WordColumn: ...

    @overload
    def __get__(self, resource: Resource, owner: type) -> Codes: ...

    def __get__(self, resource: Resource | None, owner: type) -> WordColumn | Codes:
        """Return the description from a kind, and from an instance the values, one a row."""
        if resource is None:
            return self
        values: Codes = getattr(resource.table, self.name)
        return values


def make_count_column(default: float | str | None = 0) -> NumberColumn:
    """Return a column of whole numbers."""
    return NumberColumn("count", default)


def make_number_column(*path: str) -> NumberColumn:
    """Return a column of numbers that are neither GB nor hours."""
    return NumberColumn("number", path=path)


def make_gb_column(*path: str) -> NumberColumn:
    """Return a column of GB, as the price list counts them, over the billing month."""
    return NumberColumn("gb", path=path)


def make_hours_column() -> NumberColumn:
    """Return a column of hours of the billing month; required."""
    return NumberColumn("hours", None)


def make_choice_column(*words: str, default: str | None = None, path: tuple[str, ...] = ()) -> WordColumn:
    """Return a column of words of a given list."""
    return WordColumn("choice", default, choices=words, path=path)


def make_flag_column() -> WordColumn:
    """Return a column of true and false; false where a file gives neither."""
    return WordColumn("choice", FLAG[0], choices=FLAG)


def make_location_column() -> WordColumn:
    """Return a column of Regions; required."""
    return WordColumn("location", None)


def make_name_column(*path: str, required: bool = True) -> WordColumn:
    """Return a column of names of resources; one that is not required is the resource's own name by default."""
    return WordColumn("name", None if required else 0, path=path)


class Resource:
    """A kind of resource: its columns and its charge rule. An instance is a table of such resources.

    To add a kind:

    1. Write a subclass in the file of its AWS service, with a docstring, a column for each quantity that AWS counts, a
       ``Meter`` for each charge, and ``compute_charges``. Python registers the subclass when it reads the file.
    2. For an AWS service without a file: write the file, declare its ``BilledService`` in it, and import the file in
       ``costmodel/aws/__init__.py``.
    3. Add the prices of its meters to ``data/pricing/prices.csv``.
    4. To read it from Terraform and CloudFormation, write one reader function, which names the types that it reads, in
       ``costmodel/network/reading/terraform/``. Network files have it without further code.

    ``tests/aws/test_kinds.py`` checks every kind.

    Attributes:
        kind: what files call it; several variants may share it.
        given: the key whose presence picks this variant.
        when: the (key, value) that picks this variant.
        level: the column that a need's level fills when a plan is built: how much of it there is.
        free: why nothing is charged, for kinds without a meter.
        assumes: ``name=value`` of an assumption → what returns the columns that it replaces, from a table of the kind.
        pieces: column → values at which the charge's slope changes, where AWS takes a maximum.
        ids: what a plan's ids of this kind represent: service (in a VPC), pair (of VPCs), regions, service-region,
            vpc-region (a VPC, another Region, and which way).
        of_counterpart: whether a pair's resource is its counterpart's (a hub's) rather than the VPC's.
        columns: the columns by name.
        accounts: columns of the accounts, other than the resource's own, that its meters charge.
        registered: every subclass, in the order of their definition.
    """

    kind: ClassVar[str] = ""
    given: ClassVar[str | None] = None
    when: ClassVar[tuple[str, str] | None] = None
    level: ClassVar[str] = "count"
    free: ClassVar[str] = ""
    assumes: ClassVar[Mapping[str, Callable[[Table], dict[str, FloatArray]]]] = {}
    pieces: ClassVar[Mapping[str, tuple[float, ...]]] = {}
    ids: ClassVar[str] = "service"
    of_counterpart: ClassVar[bool] = False
    columns: ClassVar[dict[str, Column]] = {}
    accounts: ClassVar[tuple[str, ...]] = ()
    registered: ClassVar[list[type[Resource]]] = []

    hours = make_hours_column()

    def __init_subclass__(cls) -> None:
        """Register the kind, collect its columns and accounts, and name it after the class."""
        cls.columns = {
            name: value
            for base in reversed(cls.__mro__)
            for name, value in vars(base).items()
            if isinstance(value, Column)
        }
        cls.accounts = tuple(sorted({m.charged for m in cls.list_meters()} - {"account"}))
        if "kind" not in vars(cls):
            cls.kind = cls.__name__
        Resource.registered.append(cls)

    def __init__(self, table: Table) -> None:
        """See a table's rows as resources of this kind; it has each of the kind's columns."""
        self.table = table

    def compute_charges(self) -> Charges:
        """Return the quantity of each meter for one resource a row; ``count`` is not in it."""
        raise NotImplementedError

    @classmethod
    def list_meters(cls) -> list[Meter]:
        """Return every meter that is an attribute of the class, or a value of a mapping that is one."""
        meters: list[Meter] = []
        for base in cls.__mro__:
            for value in vars(base).values():
                members: list[Any] = list(value.values()) if isinstance(value, dict) else [value]
                meters += [member for member in members if isinstance(member, Meter)]
        return meters
