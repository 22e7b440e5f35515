"""What a session holds, as typed records; everything else in the session state are values of widgets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from costmodel.documents.document import Document
    from costmodel.network.reading.estate import Estate

UsageKey = tuple[str, tuple[str, ...]]
"""The address of a resource, and the keys of one of its quantities."""


class UsageRows(NamedTuple):
    """The rows that the usage table began with.

    Attributes:
        revision: the revision of the plan for which they were made.
        order: the quantities, in the order of the rows.
        values: the value of each quantity; None is unknown.
    """

    revision: int
    order: list[UsageKey]
    values: list[float | None]


@dataclass
class PlanState:
    """The Terraform plan, template, or network file of a session, and what the page adds to it.

    Attributes:
        document: the file.
        linkable: whether the file fits into a link; measured once, when the file is loaded.
        usage: resource → quantity → GB a month, from usage files and from the table of the page.
        region: the Region chosen on the page; None leaves it to the file.
        basis: the price date and the assumptions chosen on the page.
        revision: counts what makes the widgets of the page start again.
        message: the error that the page shows; None for none.
        bare: the Region, and the estate read at it, without usage; None before it is read.
        link: the usage, Region and basis, and the link that restores them; None before it is built.
        rows: the rows that the usage table began with; None before it is shown.
    """

    document: Document
    linkable: bool = True
    usage: dict[str, Any] = field(default_factory=dict)
    region: str | None = None
    basis: dict[str, Any] = field(default_factory=dict)
    revision: int = 1
    message: str | None = None
    bare: tuple[str | None, Estate] | None = None
    link: tuple[Any, str | None] | None = None
    rows: UsageRows | None = None
