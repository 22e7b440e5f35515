"""What a resource of a live account belongs to: its VPC and its tags, as AWS described them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.network.reading.account.calls import IDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from costmodel.network.reading.account.asking import Asked


class Belonging(NamedTuple):
    """What a resource belongs to.

    Attributes:
        vpc: the id of its VPC; "" if it is in none, or if AWS does not show it.
        tags: its tags; None if AWS lists them elsewhere.
    """

    vpc: str
    tags: Mapping[str, str] | None


def collect_belongings(described: Sequence[Asked]) -> dict[str, Belonging]:
    """Return what each resource belongs to, by its id."""
    out: dict[str, Belonging] = {}
    for asked in described:
        for (region, answer), items in asked.answers.items():
            id_key = IDS.get(answer.partition(" ")[0], "")
            for item in items if id_key else ():
                id_ = str(item.get(id_key) or item.get("PublicIp"))
                out[id_] = Belonging(_find_vpc(item, asked, region), _find_tags(item))
            if answer == "describe_network_interfaces":
                out |= dict(_iterate_interfaces(items))
    return out


def _iterate_interfaces(items: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Belonging]]:
    """Yield what public addresses of network interfaces belong to, by the name that they have in the network."""
    for item in items:
        address = (item.get("Association") or {}).get("PublicIp")
        if address:
            yield f"{item['NetworkInterfaceId']} ({address})", Belonging(str(item.get("VpcId") or ""), _find_tags(item))


def _find_vpc(item: Mapping[str, Any], asked: Asked, region: str) -> str:
    """Return the VPC of a resource: its own, the one that it attaches, or that of its network interface."""
    requester = item.get("RequesterVpcInfo") or {}
    own = item.get("VpcId") or item.get("HostVPCId") or item.get("VPCId") or requester.get("VpcId")
    if own:
        return str(own)
    if item.get("ResourceType") == "vpc":
        return str(item.get("ResourceId") or "")
    if item.get("InternetGatewayId"):
        return next((str(attached.get("VpcId") or "") for attached in item.get("Attachments") or ()), "")
    held_by = item.get("NetworkInterfaceId")
    interfaces = asked.get_resources("describe_network_interfaces", region) if held_by else []
    return next((str(r.get("VpcId") or "") for r in interfaces if r.get("NetworkInterfaceId") == held_by), "")


def _find_tags(item: Mapping[str, Any]) -> dict[str, str] | None:
    """Return the tags of a resource; None if AWS does not show them with it."""
    found = next((item[key] for key in ("Tags", "TagSet", "tags") if isinstance(item.get(key), list)), None)
    if found is None:
        return None
    return {str(t.get("Key", t.get("key"))): str(t.get("Value", t.get("value", ""))) for t in found}
