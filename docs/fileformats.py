"""The tables of keys of every file that is read, from the code that reads them."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from rulebook import table

from costmodel.aws import KINDS
from costmodel.core.units import HOURS_PER_MONTH
from costmodel.demand.reading import spec
from costmodel.documents.values import parse_account
from costmodel.network.reading import kind_rows, network_file
from costmodel.pricing.reading import contract_file

_OF_NETWORK = {
    "region": ("a Region", "none: each resource then names its own", "of every resource that names none"),
    "hours": ("hours", str(HOURS_PER_MONTH), "of every resource that says none"),
    "on": ("a date", "the newest prices held", "the date of the prices"),
    "assumptions": ("name: value", "the defaults", "switches of the rule book"),
    "resources": ("a list", "required", "one entry a resource, or several alike"),
}
_OF_RESOURCE = {
    "kind": ("a kind", "required", "what it is: a name of the rule book"),
    "name": ("text", "the kind and its number", "what answers call it"),
    "region": ("a Region or zone", "the file's", "where it stands"),
    "hours": ("hours", "the file's", "provisioned hours of one, of any number"),
    "count": ("a whole number", "1", "so many alike; every quantity is one resource's"),
    "account": ("an account", "000000000000", "whose it is"),
    "payer": ("an account", "the account", "in whose pools it counts"),
}
_OF_SOME = {
    "peer_account": ("an account", "the account", "whose the other side of a VpcPeering is: each side pays its own"),
    "sent_account": ("an account", "the account", "who pays what is sent, of data over a Transit Gateway"),
    "received_account": ("an account", "the account", "who pays what is received, of data over a Transit Gateway"),
}
_OF_CONTRACT = {
    "name": "what answers call the contract, or the term",
    "terms": "a list of at least one term",
    "percent_off": "percent off the list price, 0 to 100",
    "price": "a flat unit price of the meters named",
    "tiers": "a schedule of the meters named: a list of `{from, price}`",
    "service": "AWS's service codes it is about",
    "meter": "meters it is about",
    "region": "Regions it holds in",
    "from": "its first day",
    "to": "its last day",
    "currency": "of the prices it names",
    "on_top": "whether it comes on top of what the others make",
}
_WORDS: dict[Any, str] = {
    str: "text",
    bool: "true or false",
    float: "a number of at least 0",
    int: "a whole number",
    Any: "a date",
    type(None): "nothing",
}


def _same(described: object, read: object, what: str) -> None:
    """Refuse a description that is no longer of the keys that are read."""
    if set(described) != set(read):  # type: ignore[call-overload]
        message = f"{what}: the documents describe {sorted(described)}, the code reads {sorted(read)}."  # type: ignore[call-overload]
        raise ValueError(message)


def network() -> str:
    """Return the keys of a network file."""
    _same(_OF_NETWORK, network_file.KEYS, "a network file")
    return table(("Key", "Value", "Default", "Meaning"), [(f"`{k}`", *v) for k, v in _OF_NETWORK.items()])


def resource() -> str:
    """Return the keys that every entry of a network file may have, and those of accounts beside its own."""
    _same(_OF_RESOURCE, kind_rows.COMMON, "a resource")
    _same(_OF_SOME, {name for kind in KINDS for name in kind.accounts}, "accounts of a resource")
    keys = _OF_RESOURCE | _OF_SOME
    return table(("Key", "Value", "Default", "Meaning"), [(f"`{k}`", *v) for k, v in keys.items()])


def terms() -> str:
    """Return the keys of a contract."""
    _same(_OF_CONTRACT, {*contract_file._KEYS, *contract_file._TERM}, "a contract")  # noqa: SLF001 - the one list of them
    return table(("Key", "Meaning"), [(f"`{k}`", v) for k, v in _OF_CONTRACT.items()])


def demand() -> str:
    """Return a table of keys per part of a demand file, in the order in which they nest."""
    names: dict[Any, list[str]] = {spec.DemandSpec: []}
    queue: list[Any] = [spec.DemandSpec]
    for model in queue:  # grows as parts are found in it
        for name, f in model.model_fields.items():
            for inner in spec._find_models(f.annotation):  # noqa: SLF001 - how the reader finds them
                queue += [] if inner in names else [inner]
                names.setdefault(inner, []).append(_key(f.alias or name))
    out = []
    for model in queue:
        described = all(f.description for f in model.model_fields.values())
        rows = [
            (
                _key(f.alias or name),
                _type(f.annotation, f.metadata),
                _default(f),
                *([f.description] if described else []),
            )
            for name, f in model.model_fields.items()
        ]
        header = ("Key", "Value", "Default", *(["Meaning"] if described else []))
        title = ", ".join(names[model]) or "The file"
        out += [f"### {title}\n\n{(model.__doc__ or '').strip()}\n", table(header, rows)]
    return "\n".join(out)


def _key(name: str) -> str:
    return "`kept` (or `existing`)" if name == "existing" else f"`{name}`"


def _default(f: Any) -> str:
    if f.is_required():
        return "required"
    value = f.default
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    empty = hasattr(value, "model_fields_set") or (not value and value != 0)
    return "none" if empty else f"`{value}`"


def _type(annotation: Any, metadata: Any = ()) -> str:
    """Return a type in words."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type(inner[0], inner[1:])
    if origin in (Literal, Union, types.UnionType):
        words = (f"`{one}`" if isinstance(one, str) else _type(one) for one in inner if one not in ("", type(None)))
        return " or ".join(dict.fromkeys(words))
    if origin is list:
        return f"a list of {_plural(_type(inner[0]))}"
    return "name: value" if origin is dict else _plain(annotation, metadata)


def _plain(annotation: Any, metadata: Any) -> str:
    """Return a type without parts in words, with what its checks say."""
    if hasattr(annotation, "model_fields"):
        return "a mapping"
    checks = [*metadata, *(one for m in metadata for one in getattr(m, "metadata", ()))]
    if any(getattr(m, "func", None) is parse_account for m in checks):
        return "an account"
    least = next((m.ge for m in checks if getattr(m, "ge", None)), None)
    return f"{_WORDS[annotation]} of at least {least}" if annotation is int and least else _WORDS[annotation]


def _plural(word: str) -> str:
    return {"text": "names", "a mapping": "mappings"}.get(word, word)
