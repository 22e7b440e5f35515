"""The quantities of a break-even by the words that a user writes.

The module imports nothing heavy: the command line reads the registry at each start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import costmodel.comparison.quantities  # noqa: F401 - importing it registers the quantities
from costmodel.comparison.quantity import Quantity
from costmodel.core.errors import InputError, format_suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.demand.demand import Demand

QUANTITIES: Mapping[str, type[Quantity]] = Quantity.registered
"""The class of each quantity, by the word that a user writes, in the order of the help text."""


def parse_varied_quantity(demand: Demand, words: str) -> Quantity:
    """Return the quantity that a user names.

    Args:
        demand: the demand that the quantity is of.
        words: a word of :data:`QUANTITIES`, where it takes a target followed by a colon and the target.

    Raises:
        InputError: there is no such quantity, or the demand does not have its target.
    """
    _, _, target = words.strip().partition(":")
    quantity = get_quantity_class(words)(target)
    quantity.check_target(demand)
    return quantity


def get_quantity_class(words: str) -> type[Quantity]:
    """Return the class of the quantity that a user names, whether or not a demand has its target.

    Raises:
        InputError: there is no such quantity.
    """
    word = words.strip().partition(":")[0]
    if word not in QUANTITIES:
        suggestion = format_suggestion(word, QUANTITIES)
        message = f"{words!r} cannot vary.{suggestion} Quantities that can vary: {', '.join(QUANTITIES)}."
        raise InputError(message)
    return QUANTITIES[word]


def describe_vary_syntax() -> str:
    """Return how a user writes each quantity, in one line for ``--vary``."""
    *most, last = (quantity.format_syntax() for quantity in QUANTITIES.values())
    return f"{', '.join(most)} or {last}"


def list_quantity_choices(document: Mapping[str, Any]) -> dict[str, str]:
    """Return what a selector offers for a demand file: each quantity as a user writes it → its label."""
    choices: dict[str, str] = {}
    for quantity in QUANTITIES.values():
        choices |= quantity.list_choices(document)
    return choices
