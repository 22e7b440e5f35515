"""The demand file as its reader checks it: every key, its type and its default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, ValidationError, create_model

from costmodel.core.errors import InputError, format_input_value, format_suggestion
from costmodel.core.units import HOURS_PER_MONTH
from costmodel.demand.constraints.registry import CONSTRAINTS
from costmodel.demand.fields import Account, FileEntry, Number, PathEntry, Positive, Whole, Words

if TYPE_CHECKING:
    from costmodel.documents.document import Document, Step

_NO_ACCOUNT = "000000000000"


class VpcSpec(FileEntry):
    """A VPC, several alike, or a site on premises."""

    name: str
    count: Whole = 1
    zones: Positive = 3
    account: Account = _NO_ACCOUNT
    region: str | None = None
    domain: str = ""
    hub: bool = False
    on_premises: bool = False
    connection: Literal["vpn", "direct-connect"] = "vpn"
    location: Literal["us", "japan", "other"] | None = None
    cidrs: Words = []


class ServiceSpec(FileEntry):
    """A service of the user's own, or the Region of a catalogue service."""

    name: str
    vpc: str | None = None
    kind: Literal["endpoint-service", "lattice", "resource"] | None = None
    protocol: Literal["", "tcp", "udp", "tls", "http", "https", "grpc"] = ""
    region: str | None = None


class FlowSpec(FileEntry):
    """Traffic between each VPC of a name and a service, over the billing month."""

    source: str = Field(alias="from")
    to: str
    gb_sent: Number = 0
    gb_received: Number = 0
    requests_per_hour: Number = 0
    peak_gbps: Number = 0


class NatSpec(FileEntry):
    """NAT gateways that exist in a VPC."""

    vpc: str
    count: Whole | None = None


class EndpointSpec(FileEntry):
    """An endpoint that exists."""

    vpc: str
    service: str
    zones: Positive | None = None


class PeeringSpec(FileEntry):
    """A peering connection that exists."""

    vpc: str
    peer: str


class ZoneSpec(FileEntry):
    """A hosted zone that exists for a service of a hub."""

    vpc: str
    service: str


class ConnectionSpec(FileEntry):
    """A VPN connection, or a Direct Connect port, that exists and is paid."""

    vpc: str
    speed: str = "1G"
    type: Literal["dedicated", "hosted"] = "dedicated"


def _wrap_vpc_names(value: object) -> object:
    return [{"vpc": v} if isinstance(v, str) else v for v in value] if isinstance(value, list) else value


class ExistingSpec(FileEntry):
    """What stays and is paid in every plan."""

    transit_gateway: bool | Words = False
    nat_gateways: Annotated[list[NatSpec], BeforeValidator(_wrap_vpc_names)] = []
    endpoints: list[EndpointSpec] = []
    peerings: list[PeeringSpec] = []
    hosted_zones: list[ZoneSpec] = []
    resolver_endpoints: Words = []
    connections: Annotated[list[ConnectionSpec], BeforeValidator(_wrap_vpc_names)] = []


class TodaySpec(PathEntry):
    """The path that one VPC's flow takes today, the hub it uses, and the zones of its endpoint."""

    hub: str | None = None
    zones: Positive | None = None


if TYPE_CHECKING:

    class ConstraintsSpec(FileEntry):
        """The rules that a plan must keep."""

else:
    ConstraintsSpec = create_model(
        "ConstraintsSpec",
        __base__=FileEntry,
        __doc__="The rules that a plan must keep.",
        **{
            constraint.key: (
                constraint.file_type,
                Field(default=constraint.file_default, description=constraint.description),
            )
            for constraint in CONSTRAINTS
        },
    )


class DemandSpec(FileEntry):
    """A demand file."""

    name: str = "demand"
    region: str
    hours: Number = HOURS_PER_MONTH
    on: Any = None
    payer: Account = _NO_ACCOUNT
    vpcs: list[VpcSpec]
    services: list[ServiceSpec] = []
    flows: list[FlowSpec]
    existing: ExistingSpec = ExistingSpec()
    today: str | list[TodaySpec] | None = None
    constraints: ConstraintsSpec = ConstraintsSpec()
    assumptions: dict[str, Any] = {}


def translate_demand_error(document: Document, error: ValidationError) -> InputError:
    """Turn the first of pydantic's complaints into one of ours."""
    errors = error.errors()
    first = next((e for e in errors if e["type"] == "extra_forbidden"), errors[0])  # a wrong word, before one missed
    path: list[Step] = [
        p for p in first["loc"] if not (isinstance(p, str) and p.startswith(("list[", "function-", "union")))
    ]
    name = next((p for p in reversed(path) if isinstance(p, str)), "the file")
    if first["type"] == "extra_forbidden":
        known = _list_known_keys(path)
        return document.make_error(
            f"unknown key {name!r}.{format_suggestion(name, known)} Known: {', '.join(known)}.", *path
        )
    if first["type"] == "missing":
        of = ".".join(p for p in path[:-1] if isinstance(p, str))
        return document.make_error(f"{f'an entry of {of!r}' if of else 'a demand'} needs {name!r}.", *path[:-1])
    words = first["msg"].removeprefix("Value error, ").removeprefix("Input should be ")
    if first["type"] == "model_type":
        words = f"a mapping with {' and '.join(map(repr, _list_required_keys(first['ctx']['class_name'])))}"
    given = "" if first["type"] == "value_error" else f"must be {words}; it is {format_input_value(first['input'])}"
    return document.make_error(f"{name!r} {given or words}.", *path)


def _list_known_keys(path: list[Step]) -> list[str]:
    """Return the keys known at the place of a path's last step."""
    model: Any = DemandSpec
    for step in path[:-1]:
        if isinstance(step, str) and step in model.model_fields:
            found = list(_find_models(model.model_fields[step].annotation))
            model = found[0] if found else model
    known = [f.alias or n for n, f in model.model_fields.items()]
    return [*known, "kept"] if model is DemandSpec else known  # another word for `existing`


def _find_models(annotation: Any) -> list[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for a in getattr(annotation, "__args__", ()) for m in _find_models(a)]


def _list_required_keys(model_name: str) -> list[str]:
    """Return the keys that an entry of the model of this name cannot do without."""
    fields = next(model for model in _list_models(DemandSpec) if model.__name__ == model_name).model_fields
    return [field.alias or name for name, field in fields.items() if field.is_required()]


def _list_models(model: type[BaseModel]) -> list[type[BaseModel]]:
    """Return a model, and all models of the entries inside it."""
    out = [model]
    for field in model.model_fields.values():
        for inner in _find_models(field.annotation):
            out += _list_models(inner)
    return out
