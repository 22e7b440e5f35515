"""What `aws ec2 describe-…` prints: who owns an interface, its zone, an endpoint's service."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from costmodel.aws.catalogue import resolve_endpoint_service
from costmodel.core.errors import InputError
from costmodel.flow_logs.interfaces import Interface

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KNOWN = ("NetworkInterfaces", "VpcEndpoints", "NatGateways", "Subnets")
_WORD_START = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BELONGS = re.compile(r"\b((?:nat|vpce|tgw-attach)-[0-9a-zA-Z]+)")


class Inventory:
    """Network interfaces by id, with their private addresses, and zones by subnet."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.interfaces: dict[str, Interface] = {}
        self.addresses: dict[str, list[str]] = {}
        self.zones: dict[str, str] = {}
        self.services: dict[str, str] = {}

    def add_description(self, described: Mapping[str, Any]) -> None:
        """Add what a description contains: subnets, network interfaces, NAT gateways, endpoints."""
        for subnet in described.get("Subnets") or ():
            self.zones[subnet["SubnetId"]] = subnet.get("AvailabilityZoneId") or subnet.get("AvailabilityZone") or ""
        for interface in described.get("NetworkInterfaces") or ():
            self._add_network_interface(interface)
        for gateway in described.get("NatGateways") or ():
            self._add_nat_gateway(gateway)
        for endpoint in described.get("VpcEndpoints") or ():
            self._add_endpoint(endpoint)

    def _add_network_interface(self, r: Mapping[str, Any]) -> None:
        one = self._get_interface(r["NetworkInterfaceId"])
        one.type = one.type or _WORD_START.sub("_", r.get("InterfaceType") or "interface").lower()
        one.zone = r.get("AvailabilityZoneId") or one.zone or r.get("AvailabilityZone") or ""
        one.account = r.get("OwnerId") or one.account
        one.instance = (r.get("Attachment") or {}).get("InstanceId") or one.instance
        hit = _BELONGS.search(r.get("Description") or "")
        one.gateway = one.gateway or (hit[1] if hit else "")
        self._set_place(one, r)
        found = [a.get("PrivateIpAddress") for a in r.get("PrivateIpAddresses") or ()]
        self._add_addresses(one, r.get("PrivateIpAddress"), *found)

    def _add_nat_gateway(self, r: Mapping[str, Any]) -> None:
        for address in r.get("NatGatewayAddresses") or ():
            if address.get("NetworkInterfaceId"):
                one = self._get_interface(address["NetworkInterfaceId"])
                one.type, one.gateway = "nat_gateway", r["NatGatewayId"]
                self._set_place(one, r)
                self._add_addresses(one, address.get("PrivateIp"))

    def _add_endpoint(self, r: Mapping[str, Any]) -> None:
        for number in r.get("NetworkInterfaceIds") or ():
            one = self._get_interface(number)
            one.type, one.gateway, one.vpc = "vpc_endpoint", r["VpcEndpointId"], r.get("VpcId") or one.vpc
            one.service = resolve_endpoint_service(r.get("ServiceName") or "")

    @staticmethod
    def _set_place(one: Interface, r: Mapping[str, Any]) -> None:
        one.vpc, one.subnet = r.get("VpcId") or one.vpc, r.get("SubnetId") or one.subnet

    def _add_addresses(self, one: Interface, *addresses: str | None) -> None:
        self.addresses.setdefault(one.id, []).extend(address for address in addresses if address)

    def _get_interface(self, number: str) -> Interface:
        return self.interfaces.setdefault(number, Interface(number, observed=False))


def read_inventory(paths: Sequence[str | Path]) -> Inventory:
    """Read descriptions, recognised by content.

    Raises:
        InputError: a file is none; the message says which commands print them.
    """
    out = Inventory()
    for path in map(Path, paths):
        try:
            told = json.loads(path.read_text(encoding="utf-8-sig"))
            known = isinstance(told, dict) and any(k in told for k in _KNOWN)
            if known:
                out.add_description(told)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise InputError(_format_error(path, f"{type(error).__name__}: {error}")) from None
        if not known:
            raise InputError(_format_error(path, "it has none of " + ", ".join(_KNOWN)))
    return out


def _format_error(path: Path, why: str) -> str:
    return (
        f"{path} is not what `aws ec2 describe-network-interfaces`, `describe-vpc-endpoints`, `describe-nat-gateways` "
        f"or `describe-subnets` prints as JSON ({why})."
    )
