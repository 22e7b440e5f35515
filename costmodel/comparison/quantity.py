"""What every quantity that a break-even varies can do; :mod:`costmodel.comparison.quantities` has one class each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from costmodel.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from costmodel.demand.demand import Demand
    from costmodel.pricing.book import PriceBook

Document: TypeAlias = dict[str, Any]
"""A demand file's mapping, as YAML or JSON holds it: its values are of any type."""


@dataclass(frozen=True)
class Quantity:
    """A quantity that varies, of all of a demand or of the part that ``target`` names.

    Class attributes:
        registered: the class of each quantity, by its word.
        word: what a user writes before the colon.
        target_syntax: how a user writes the target; "" for a quantity that takes none.
        needs_target: whether the target is required.
        unit: what the values count, as answers show it.
        description: what varies, for help texts.

    Attributes:
        target: a VPC group, a VPC and service (``app/kms``) or an assumption; "" is all.
    """

    registered: ClassVar[dict[str, type[Quantity]]] = {}
    word: ClassVar[str]
    target_syntax: ClassVar[str] = ""
    needs_target: ClassVar[bool] = False
    unit: ClassVar[str]
    description: ClassVar[str]

    target: str = ""

    def __init_subclass__(cls) -> None:
        """Register a class that has a word."""
        if "word" in vars(cls):
            Quantity.registered[cls.word] = cls

    def __str__(self) -> str:
        """Return the quantity as a user writes it."""
        return f"{self.word}:{self.target}" if self.target else self.word

    @classmethod
    def format_syntax(cls) -> str:
        """Return how a user writes the quantity, such as ``vpcs[:name]``."""
        if not cls.target_syntax:
            return cls.word
        return f"{cls.word}:{cls.target_syntax}" if cls.needs_target else f"{cls.word}[:{cls.target_syntax}]"

    @classmethod
    def list_choices(cls, document: Mapping[str, Any]) -> dict[str, str]:
        """Return the quantities that a selector offers for a demand file, as a user writes them → their label."""
        raise NotImplementedError

    def check_target(self, demand: Demand) -> None:  # noqa: ARG002 - for subclasses
        """Check that the demand has the target.

        Raises:
            InputError: the demand does not have it, or the quantity takes no target.
        """
        if self.target and not self.target_syntax:
            message = f"{self.word!r} applies to the whole demand: leave out {self.target!r}."
            raise InputError(message)

    def get_current_value(self, demand: Demand) -> float | str | None:
        """Return the value in the demand as it is; None where that is not one value."""
        raise NotImplementedError

    def with_value(self, demand: Demand, value: float | str) -> Demand:
        """Return the demand with the quantity at a value.

        Raises:
            InputError: the demand was not read from a file, or is not valid with the value.
        """
        return demand.apply_edit(self.make_edit(demand, value))

    def make_edit(self, demand: Demand, value: float | str) -> Callable[[Document], None]:
        """Return what changes the demand file's mapping so that the quantity has the value."""
        raise NotImplementedError


class WholeQuantity(Quantity):
    """A quantity of whole numbers: a break-even tries each of them.

    Class attributes:
        piecewise_linear: whether costs are straight lines between few whole numbers, so that not each must be tried.
    """

    piecewise_linear: ClassVar[bool] = False

    def get_usual_maximum(self, demand: Demand) -> int:
        """Return the number up to which the quantity usually varies."""
        raise NotImplementedError

    def get_default_range(self, demand: Demand) -> tuple[int, int]:
        """Return the range in which the quantity varies unless the user names another: 1 to a usual maximum.

        The range always contains the current value.
        """
        current = self.get_current_value(demand)
        return 1, max(self.get_usual_maximum(demand), int(current) if isinstance(current, float) else 1)

    def limit_maximum(self, demand: Demand, high: float) -> float:  # noqa: ARG002 - for subclasses
        """Return the end of a range that a user named, at most the highest possible value."""
        return high


class TableQuantity(Quantity):
    """A quantity whose values have no order: a break-even makes a table of them."""

    def list_values(self, book: PriceBook) -> list[str]:
        """Return the values."""
        raise NotImplementedError

    def list_assumptions(self) -> set[str]:
        """Return the names of the assumptions that vary."""
        return set()
