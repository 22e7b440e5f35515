"""Reading networks, whatever describes them: a network file, a Terraform plan, a CloudFormation template."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from costmodel.core.errors import EmptyFileError, InputError, format_short_list
from costmodel.documents.document import Document, load_document, parse_document, read_text
from costmodel.network.network import find_column_meters
from costmodel.network.reading import cloudformation, terraform
from costmodel.network.reading.estate import Estate
from costmodel.network.reading.foreign import refuse_foreign_file
from costmodel.network.reading.network_file import parse_network_file
from costmodel.network.reading.usage_file import apply_usage, read_usage

if TYPE_CHECKING:
    from costmodel.core.json_types import FileMapping
    from costmodel.network.network import Network, Unknown


_OF_PLAN = ("var.",)
_OF_TEMPLATE = ("parameter.", "condition.")


def read_network(
    source: str | Path | FileMapping,
    *,
    assume: Mapping[str, str] | None = None,
    usage: str | Path | FileMapping | None = None,
    settings: Mapping[str, str] | None = None,
) -> Network:
    """Read a network: a network file, a Terraform plan's JSON, a CloudFormation template (``-`` is standard input).

    Args:
        source: the file, or ``{"region": …, "resources": [{"kind": …}, …]}``.
        assume: assumptions that override the file's.
        usage: a usage file, or ``{"usage": {RESOURCE: {QUANTITY: number}}}``: what a plan cannot know, such as GB.
        settings: ``RESOURCE.QUANTITY`` → number; ``region``, ``var.NAME`` and ``parameter.NAME`` where a plan or a
            template does not say them.

    Raises:
        InputError: it is not a network, or something in it is wrong; the message names file, line and key.
    """
    return build_network_from_estate(read_estate(source, usage=usage, settings=settings), assume=assume)


def read_estate(
    source: str | Path | FileMapping,
    *,
    usage: str | Path | FileMapping | None = None,
    settings: Mapping[str, str] | None = None,
    before: bool = False,
) -> Estate:
    """Read what a network is made of, with its usage, and what its source does not know.

    Args:
        source: as :func:`read_network` takes it.
        usage: a usage file.
        settings: as :func:`read_network` takes them.
        before: of a plan, what was there before it.

    Raises:
        InputError: as :func:`read_network`.
    """
    manifest = cloudformation.find_manifest(source)
    if manifest is not None:
        given = dict(settings or {})
        own = {key: given.pop(key) for key in list(given) if key == "region" or key.startswith(_OF_TEMPLATE)}
        estate = cloudformation.read_assembly(manifest, own)
        return apply_usage(estate, None if usage is None else read_usage(usage), given)
    return parse_estate(
        open_network_document(source),
        usage=None if usage is None else read_usage(usage),
        settings=settings,
        before=before,
    )


def read_estate_pair(
    before: str | Path | Document,
    after: str | Path | Document | None,
    *,
    usage: str | Path | None,
    settings: Mapping[str, str],
) -> tuple[Estate, Estate]:
    """Read two networks to hold against each other; of one plan alone, what was there before it and what will be.

    Usage and settings count for both: a name need be known to one of them only.

    Raises:
        InputError: as :func:`read_estate`.
    """
    said = None if usage is None else read_usage(usage)
    first = open_network_document(before)
    documents = (first, first if after is None else open_network_document(after))
    plans = [
        {k: v for k, v in settings.items() if _is_global_setting(k, d) and not _is_of_other_template(k, d, documents)}
        for d in documents
    ]
    bare = [parse_estate(d, settings=plans[n], before=after is None and n == 0) for n, d in enumerate(documents)]
    rest = {k: v for k, v in settings.items() if not any(k in of for of in plans)}
    _refuse_foreign_settings(rest, documents)
    return apply_usage(bare[0], said, rest, beside=bare[1]), apply_usage(bare[1], said, rest, beside=bare[0])


def open_network_document(source: str | Path | FileMapping | Document) -> Document:
    """Return the document of a network, whatever its format.

    Raises:
        InputError: it cannot be read, or is something else of Terraform's; the message says how to make a plan.
    """
    if isinstance(source, Document):
        return source
    if isinstance(source, Mapping):
        return load_document(source, "network")
    try:
        text, name = read_text(source)
    except EmptyFileError as error:
        raise EmptyFileError(f"{error} If it should be a Terraform plan: {terraform.HOW}") from None
    document = cloudformation.extract_template(parse_network_text(text, name))
    document.path = None if str(source) == "-" else Path(source)
    return document


def parse_network_text(text: str, name: str) -> Document:
    """Return the document of a network's text.

    Raises:
        InputError: as :func:`opened`.
    """
    if cloudformation.is_template_text(text):
        return cloudformation.parse_template(text, name)
    terraform.refuse_non_plan_text(text, name)
    try:
        return parse_document(text, name)
    except InputError as error:
        if terraform.is_truncated_plan(text):
            raise InputError(f"{error} {terraform.HOW}") from None
        raise


def parse_estate(
    document: Document,
    *,
    usage: Document | None = None,
    settings: Mapping[str, str] | None = None,
    before: bool = False,
) -> Estate:
    """Return what a document's network is made of: recognised by content."""
    given = dict(settings or {})
    of_plan = {k: given.pop(k) for k in list(given) if _is_global_setting(k, document)}
    _refuse_foreign_settings(given, [document])
    if terraform.is_plan(document.value):
        when = terraform.BEFORE if before else terraform.AFTER
        estate = terraform.read_terraform_plan(document, of_plan, when=when)
    elif terraform.is_plan_series(document.value):
        estate = terraform.read_plan_series(document, of_plan, when=terraform.BEFORE if before else terraform.AFTER)
    elif cloudformation.is_change_set(document.value):
        estate = cloudformation.read_change_set(document, of_plan, before=before)
    elif cloudformation.is_template(document.value) and not before:
        estate = cloudformation.read_template(document, of_plan)
    elif before:
        what = "this is neither a Terraform plan nor a change set, so it has no state before it: name two files."
        raise document.make_error(what)
    else:
        refuse_foreign_file(document.value, document.name)
        terraform.refuse_non_plan_json(document.value, document.name)
        if "region" in of_plan and isinstance(document.value, dict):
            document = Document({**document.value, "region": of_plan["region"]}, document.name, document.text)
        estate = Estate(document, "network file")
    return apply_usage(estate, usage, given)


def _is_of_other_template(setting: str, document: Document, documents: Sequence[Document]) -> bool:
    """Tell whether a setting names something in another template, and nothing in this one."""
    section = {"parameter": "Parameters", "condition": "Conditions"}.get(setting.partition(".")[0])
    if section is None:
        return False
    name = setting.partition(".")[2]
    having = [d for d in documents if isinstance(d.value, dict) and name in (d.value.get(section) or ())]
    return bool(having) and not any(d is document for d in having)


def _is_global_setting(setting: str, document: Document) -> bool:
    """Tell whether a setting is of the whole file, not of one of its resources.

    A plan has variables, and Regions by name; a template has parameters and conditions; a network file has none.
    """
    value = document.value
    if setting == "region":
        return True
    if terraform.is_plan(value) or terraform.is_plan_series(value):
        return setting.startswith(_OF_PLAN) or setting.endswith(".region")
    is_template = cloudformation.is_template(value) or cloudformation.is_change_set(value)
    return is_template and setting.startswith(_OF_TEMPLATE)


def _refuse_foreign_settings(settings: Mapping[str, str], documents: Sequence[Document]) -> None:
    """Refuse parameters of something that has none, and variables of something that has none.

    Raises:
        InputError: there is such a setting. A network file may have a resource of such a name.
    """
    if any(not any(_is_global_setting(prefix, d) for prefix in (*_OF_PLAN, *_OF_TEMPLATE)) for d in documents):
        return
    for setting in settings:
        if setting.startswith((*_OF_PLAN, *_OF_TEMPLATE)):
            names = format_short_list(list(dict.fromkeys(d.name for d in documents)))
            what = "parameters or conditions" if setting.startswith(_OF_TEMPLATE) else "variables"
            remedy = "A Terraform plan has variables (var.NAME), a CloudFormation template parameters (parameter.NAME)."
            raise InputError(f"there are no {what} in {names}.", where=f"--set {setting}", remedy=remedy)


def build_network_from_estate(estate: Estate, *, assume: Mapping[str, str] | None = None) -> Network:
    """Return the network of an estate.

    Raises:
        InputError: it is none; of JSON without resources the message says how to make a plan's.
    """
    document = estate.document
    try:
        network = parse_network_file(document, assume=assume)
    except InputError as error:
        json = document.text.lstrip()[:1] in ("{", "[") or isinstance(document.value, list)
        if json and not estate.entries:
            raise InputError(f"{error} If it should be a Terraform plan: {terraform.HOW}") from None
        raise
    network.notes += estate.notes
    network.unknown = [
        _apply_bound_assumption(u, network.assumptions)
        for u in estate.unknown
        if find_column_meters(u.kind, u.column, network.assumptions)
    ]
    network.left_out = estate.left_out
    return network


def _apply_bound_assumption(u: Unknown, assumptions: Mapping[str, str]) -> Unknown:
    """Return an unknown quantity without its upper bound where the assumption that the bound depends on is not made."""
    name, _, value = u.bounded_by.partition("=")
    return u if not name or assumptions[name] == value else u._replace(most=None)
