"""What `aws ec2 describe-…` prints: whose an interface is, its zone, an endpoint's service, where logs do not say."""

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
_BELONGS = re.compile(r"\b((?:nat|vpce|tgw-attach)-[0-9a-zA-Z]+)")


class Inventory:
    """Network interfaces by id, with their private addresses, and zones by subnet."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.interfaces: dict[str, Interface] = {}
        self.addresses: dict[str, list[str]] = {}
        self.zones: dict[str, str] = {}
        self.services: dict[str, str] = {}

    def add_description(self, told: Mapping[str, Any]) -> None:
        """Add what a description says."""
        for subnet in told.get("Subnets") or ():
            self.zones[subnet["SubnetId"]] = subnet.get("AvailabilityZoneId") or subnet.get("AvailabilityZone") or ""
        for r in told.get("NetworkInterfaces") or ():
            one = self._get_interface(r["NetworkInterfaceId"])
            one.type = one.type or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", r.get("InterfaceType") or "interface").lower()
            one.vpc, one.subnet = r.get("VpcId") or one.vpc, r.get("SubnetId") or one.subnet
            one.zone = r.get("AvailabilityZoneId") or one.zone or r.get("AvailabilityZone") or ""
            one.account = r.get("OwnerId") or one.account
            one.instance = (r.get("Attachment") or {}).get("InstanceId") or one.instance
            hit = _BELONGS.search(r.get("Description") or "")
            one.gateway = one.gateway or (hit[1] if hit else "")
            found = [a.get("PrivateIpAddress") for a in r.get("PrivateIpAddresses") or ()]
            self.addresses.setdefault(one.id, []).extend(a for a in [r.get("PrivateIpAddress"), *found] if a)
        for r in told.get("NatGateways") or ():
            for address in r.get("NatGatewayAddresses") or ():
                if address.get("NetworkInterfaceId"):
                    one = self._get_interface(address["NetworkInterfaceId"])
                    one.type, one.gateway = "nat_gateway", r["NatGatewayId"]
                    one.vpc, one.subnet = r.get("VpcId") or one.vpc, r.get("SubnetId") or one.subnet
                    self.addresses.setdefault(one.id, []).extend(a for a in [address.get("PrivateIp")] if a)
        for r in told.get("VpcEndpoints") or ():
            for number in r.get("NetworkInterfaceIds") or ():
                one = self._get_interface(number)
                one.type, one.gateway, one.vpc = "vpc_endpoint", r["VpcEndpointId"], r.get("VpcId") or one.vpc
                one.service = resolve_endpoint_service(r.get("ServiceName") or "")

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
