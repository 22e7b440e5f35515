"""A CloudFormation template, read in every way in which its undecided parts may be decided."""

from __future__ import annotations

from typing import TYPE_CHECKING

from costmodel.network.reading.cloudformation.nested import NestedStacks
from costmodel.network.reading.cloudformation.parameters import take_conditions, take_parameters
from costmodel.network.reading.cloudformation.template import TEMPLATE_WORDING, Decided, Template
from costmodel.network.reading.cloudformation.undetermined import Undetermined
from costmodel.network.reading.cloudformation.worlds import PARAMETER, Decisions, World, merge_worlds, read_worlds
from costmodel.network.reading.json_shapes import EMPTY
from costmodel.network.reading.terraform.read import report_shape_errors

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

    from costmodel.documents.document import Document
    from costmodel.network.reading.estate import Estate
    from costmodel.network.reading.json_shapes import Json


def read_template(document: Document, settings: Mapping[str, str]) -> Estate:
    """Return the estate of a template.

    Args:
        document: the template.
        settings: ``region``, which a template does not name, ``parameter.NAME`` and ``condition.NAME``.

    Raises:
        RegionUnsaidError: the Region is not known.
        InputError: a setting names nothing in the template, CloudFormation would refuse its value, or a part is not as
            CloudFormation writes it.
    """
    with report_template_errors(document.name):
        return TemplateReader(document, take_decided(document, settings)).read_estate()


def take_decided(document: Document, settings: Mapping[str, str]) -> Decided:
    """Return what settings decide of a template.

    Raises:
        InputError: a setting names nothing in the template, or CloudFormation would refuse its value.
    """
    given = take_parameters(document.value, settings, document.name)
    return Decided(given, take_conditions(document.value, settings, document.name), settings.get("region"))


def report_template_errors(name: str) -> AbstractContextManager[None]:
    """Report a part of a template that is not as CloudFormation writes it as an error of the file."""
    return report_shape_errors(name, TEMPLATE_WORDING)


class TemplateReader:
    """Reads a template, in every way in which its undecided parts may be decided."""

    def __init__(
        self,
        document: Document,
        decided: Decided,
        exports: Mapping[str, Json] | None = None,
        nested: NestedStacks | None = None,
    ) -> None:
        """Take a template.

        Args:
            document: the template.
            decided: what is decided of it.
            exports: export → its value, of other stacks.
            nested: reads the templates of nested stacks; by default, those next to this template.
        """
        self._document = document
        self._decided = decided
        self._exports = exports or EMPTY
        self._nested = nested or NestedStacks(_read_nested_template)

    def read_estate(self) -> Estate:
        """Return the estate; a difference between the possibilities is an open item."""
        resources = self._document.value.get("Resources")
        number = len(resources) if isinstance(resources, dict) else 0
        worlds = read_worlds(self._read_world, number)
        estate = merge_worlds(worlds)
        if not estate.entries and not estate.left_out:
            estate.notes = [f"None of its resources is billed as networking ({number:,} resources)."]

        def build_demand(entries: Sequence[object]) -> tuple[dict[str, object], list[str]]:
            certain = self._make_template(worlds[0].decisions).build_estate(with_undecided=False)
            assert certain.stands_for is not None  # noqa: S101 - a template implies a demand
            return certain.stands_for(list(entries))

        estate.stands_for = build_demand
        return estate

    def read_exports(self) -> dict[str, Json]:
        """Return the outputs that the template exports and determines: the export's name → the value."""
        values = self._make_template({}).values
        outputs = self._document.value.get("Outputs")
        exports: dict[str, Json] = {}
        for output in outputs.values() if isinstance(outputs, dict) else ():
            export = output.get("Export") if isinstance(output, dict) else None
            name = values.evaluate_expression(export.get("Name")) if isinstance(export, dict) else None
            value = values.evaluate_expression(output.get("Value")) if isinstance(name, str) else None
            if isinstance(name, str) and not isinstance(value, Undetermined):
                exports[name] = value
        return exports

    def _read_world(self, decisions: Decisions) -> World:
        template = self._make_template(decisions)
        estate = template.build_estate()
        return World(decisions, estate, template.list_open_choices())

    def _make_template(self, decisions: Decisions) -> Template:
        given, conditions = dict(self._decided.given), dict(self._decided.conditions)
        for choice, value in decisions.items():
            if choice.kind == PARAMETER:
                given[choice.name] = str(value)
            else:
                conditions[choice.name] = bool(value)
        return Template(self._document, Decided(given, conditions, self._decided.region), self._exports, self._nested)


def _read_nested_template(
    document: Document, given: Mapping[str, str], region: str | None, nested: NestedStacks
) -> Estate:
    """Return the estate of a nested stack's template, with the parameters that its parent passes."""
    return TemplateReader(document, Decided(given, {}, region), None, nested).read_estate()
