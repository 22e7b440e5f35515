"""The demand file as its reader checks it: every key, its type and its default."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from costmodel.core.errors import InputError, format_input_value, format_suggestion
from costmodel.core.units import HOURS_PER_MONTH
from costmodel.documents.values import parse_account, parse_quantity

if TYPE_CHECKING:
    from costmodel.documents.document import Document, Step

_NO_ACCOUNT = "000000000000"


def _parse_whole_number(value: object) -> object:
    return int(parse_quantity(value, whole=True))


Number = Annotated[float, BeforeValidator(parse_quantity)]


Whole = Annotated[int, BeforeValidator(_parse_whole_number)]


Positive = Annotated[int, BeforeValidator(_parse_whole_number), Field(ge=1)]


Account = Annotated[str, BeforeValidator(parse_account)]


Words = Annotated[list[str], BeforeValidator(lambda v: [v] if isinstance(v, str) else v)]


class _Spec(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class VpcSpec(_Spec):
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


class ServiceSpec(_Spec):
    """A service of the user's own, or the Region of a catalogue service."""

    name: str
    vpc: str | None = None
    kind: Literal["endpoint-service", "lattice", "resource"] | None = None
    protocol: Literal["", "tcp", "udp", "tls", "http", "https", "grpc"] = ""
    region: str | None = None


class FlowSpec(_Spec):
    """Traffic between each VPC of a name and a service, over the billing month."""

    source: str = Field(alias="from")
    to: str
    gb_sent: Number = 0
    gb_received: Number = 0
    requests_per_hour: Number = 0
    peak_gbps: Number = 0


class NatSpec(_Spec):
    """NAT gateways that exist in a VPC."""

    vpc: str
    count: Whole | None = None


class EndpointSpec(_Spec):
    """An endpoint that exists."""

    vpc: str
    service: str
    zones: Positive | None = None


class PeeringSpec(_Spec):
    """A peering connection that exists."""

    vpc: str
    peer: str


class ZoneSpec(_Spec):
    """A hosted zone that exists for a service of a hub."""

    vpc: str
    service: str


class ConnectionSpec(_Spec):
    """A VPN connection, or a Direct Connect port, that exists and is paid."""

    vpc: str
    speed: str = "1G"
    type: Literal["dedicated", "hosted"] = "dedicated"


def _wrap_vpc_names(value: object) -> object:
    return [{"vpc": v} if isinstance(v, str) else v for v in value] if isinstance(value, list) else value


class ExistingSpec(_Spec):
    """What stays and is paid in every plan."""

    transit_gateway: bool = False
    nat_gateways: Annotated[list[NatSpec], BeforeValidator(_wrap_vpc_names)] = []
    endpoints: list[EndpointSpec] = []
    peerings: list[PeeringSpec] = []
    hosted_zones: list[ZoneSpec] = []
    resolver_endpoints: Words = []
    connections: Annotated[list[ConnectionSpec], BeforeValidator(_wrap_vpc_names)] = []


class PathSpec(_Spec):
    """A path of one VPC's flow."""

    vpc: str
    service: str
    path: str


class TodaySpec(PathSpec):
    """The path that one VPC's flow takes today, the hub it uses, and the zones of its endpoint."""

    hub: str | None = None
    zones: Positive | None = None


class ForbidSpec(_Spec):
    """A path that may not be used: anywhere, by a VPC, for a service."""

    path: str
    vpc: str | None = None
    service: str | None = None


class ConstraintsSpec(_Spec):
    """What a plan must keep to."""

    private: Words | bool = []
    endpoint_policy: Words | bool = []
    vpc_policy: Words | bool = []
    residency: Words | bool = []
    min_zones: Positive | None = None
    max_changes: Whole | None = None
    no_account_pays_more: bool = False
    allow: Words = []
    pin: list[PathSpec] = []
    forbid: Annotated[
        list[ForbidSpec],
        BeforeValidator(lambda v: [{"path": f} if isinstance(f, str) else f for f in v] if isinstance(v, list) else v),
    ] = []
    quotas: dict[str, Whole] = {}


class DemandSpec(_Spec):
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


def _list_required_keys(model: str) -> list[str]:
    """Return the keys that a specification of this name cannot do without."""
    fields = globals()[model].model_fields
    return [f.alias or name for name, f in fields.items() if f.is_required()]
