"""What must flow, from what did flow: a demand file's mapping, and a network of what flows cost."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from costmodel.core.errors import InputError, format_short_list
from costmodel.flow_logs.billed import (
    CROSS_ZONE,
    DIRECT,
    GATEWAY_ENDPOINT,
    INTERFACE_ENDPOINT,
    INTERNET_GATEWAY,
    NAT_GATEWAY,
    REGIONAL,
    SOME_SERVICE,
    TRANSIT_GATEWAY,
    UNKNOWN,
    UNSEEN,
    Key,
)
from costmodel.flow_logs.interfaces import INTERNET, NAT, PRIVATE, REGIONAL_NAT

if TYPE_CHECKING:
    from collections.abc import Callable

    from costmodel.flow_logs.billed import Sum
    from costmodel.flow_logs.traffic import Traffic

_PLACES = 12
_ACCOUNT = 12
UNNAMED = "vpc"
_FREE = (GATEWAY_ENDPOINT, DIRECT)


def build_traffic_demand(traffic: Traffic, offered: Callable[[str], bool]) -> tuple[dict[str, Any], list[str]]:
    """Return the demand that traffic implies, and where it differs from what is built.

    Args:
        traffic: what the logs show.
        offered: whether the catalogue has a service of a name.

    Raises:
        InputError: no Region is known, the logs cover no known time, or nothing in them reaches a service.
    """
    if traffic.scale is None:
        why = "they have no bytes" if not traffic.sized else "they do not show how much time they cover; pass --hours"
        message = f"A demand cannot be made from these logs: {why}."
        raise InputError(message)
    return _Demand(traffic, offered).build_demand_file()


class _Demand:
    def __init__(self, traffic: Traffic, offered: Callable[[str], bool]) -> None:
        self.traffic, self.offered = traffic, offered
        self.flows: dict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        self.ways: dict[tuple[str, str], dict[str, float]] = defaultdict(lambda: defaultdict(float))
        self.some: dict[str, float] = defaultdict(float)
        self.left: dict[str, float] = defaultdict(float)
        self.zones: dict[str, set[str]] = defaultdict(set)
        self.gateways: dict[str, set[str]] = defaultdict(set)
        self.regional = {i.vpc for i in traffic.interfaces if i.kind == REGIONAL_NAT}
        for one in traffic.interfaces:
            self.zones[one.vpc] |= {one.zone} - {""}
            if one.kind == NAT:
                self.gateways[one.vpc].add(one.zone)

    def build_demand_file(self) -> tuple[dict[str, Any], list[str]]:
        """Return the demand file's mapping, and notes about what it leaves out.

        Raises:
            InputError: nothing reaches a service, or the Region of a VPC is not known.
        """
        for key, sums in self.traffic.reached.items():
            self._add_flow(key, sums)
        if not self.flows:
            message = "No traffic in these logs reaches AWS services or the internet, so they imply no demand."
            raise InputError(message)
        vpcs = list(dict.fromkeys(vpc for vpc, _ in self.flows))
        self._check_regions(vpcs)
        regions = [self.traffic.regions[vpc] for vpc in vpcs]
        common = max(regions, key=regions.count)
        out: dict[str, Any] = {
            "region": common,
            "vpcs": [self._build_vpc_row(vpc, common) for vpc in vpcs],
            "flows": [
                {
                    "from": vpc or UNNAMED,
                    "to": service,
                    "gb_sent": self._scale_to_month(sent),
                    "gb_received": self._scale_to_month(received),
                }
                for (vpc, service), (sent, received) in self.flows.items()
            ],
        }
        # How each flow goes today: by the path that carries most of it. Without all of them, today is not known.
        today = [
            {"vpc": vpc or UNNAMED, "service": service, "path": self._infer_path(vpc, max(hops, key=hops.__getitem__))}
            for (vpc, service), hops in self.ways.items()
        ]
        if all(entry["path"] for entry in today):
            out["today"] = today
        return out, self._list_notes(whole="today" in out)

    def _add_flow(self, key: Key, sums: Sum) -> None:
        """Add what was counted of a flow to the demand's flow, or to what is left out."""
        service = self._map_service(key)
        number = sums.sent + sums.received
        if service is None:
            self.left[self._explain_exclusion(key)] += number
            return
        flow = self.flows[key.vpc, service]
        flow[0] += sums.sent
        flow[1] += sums.received
        self.ways[key.vpc, service][key.hop] += number
        if key.service == SOME_SERVICE:
            self.some[key.vpc] += number

    def _check_regions(self, vpcs: list[str]) -> None:
        """Check that the Region of each VPC is known.

        Raises:
            InputError: it is not.
        """
        unknown = [vpc or UNNAMED for vpc in vpcs if not self.traffic.regions.get(vpc)]
        if unknown:
            message = f"These logs do not show in which Region {format_short_list(unknown)} is: pass --region."
            raise InputError(message)

    def _map_service(self, key: Key) -> str | None:
        """Return the service of a demand that a flow goes to; None where a demand cannot have the flow."""
        if key.hop == INTERFACE_ENDPOINT:
            return key.service if self.offered(key.service) else None
        if key.hop == CROSS_ZONE or key.service == PRIVATE or key.service.startswith("vpc:"):
            return None
        if key.service in (INTERNET, SOME_SERVICE):
            return None if key.hop == INTERNET_GATEWAY else INTERNET
        if key.region and key.region != self.traffic.regions.get(key.vpc):
            return None if key.hop == INTERNET_GATEWAY else INTERNET
        return key.service if self.offered(key.service) else INTERNET

    @staticmethod
    def _explain_exclusion(key: Key) -> str:
        if key.hop == INTERFACE_ENDPOINT:
            return "through endpoints whose service is not known; pass --inventory with a description of the endpoints"
        if key.hop == INTERNET_GATEWAY:
            return "through internet gateways, outside private networking"
        return "between private addresses: a demand has flows to services only"

    def _build_vpc_row(self, vpc: str, common: str) -> dict[str, Any]:
        zones = self.zones[vpc]
        row: dict[str, Any] = {"name": vpc or UNNAMED}
        if zones:
            row["zones"] = len(zones)
        account = self.traffic.accounts.get(vpc, "")
        if account.isdigit() and len(account) == _ACCOUNT:
            row["account"] = account
        if self.traffic.regions[vpc] != common:
            row["region"] = self.traffic.regions[vpc]
        return row

    def _infer_path(self, vpc: str, hop: str) -> str | None:
        if hop == INTERFACE_ENDPOINT:
            return "own-endpoint"
        if hop in _FREE:
            return "gateway-endpoint"
        if hop == REGIONAL:
            return "nat-regional"
        if hop in (NAT_GATEWAY, UNSEEN, UNKNOWN):
            if vpc in self.regional:
                return "nat-regional"
            gateways = self.gateways[vpc]
            single = len(gateways) == 1 and len(self.zones[vpc]) > 1
            return "nat-single" if single else "nat-per-zone" if gateways else None
        return None

    def _scale_to_month(self, number: float) -> float:
        return round(self.traffic.scale_to_month(number) or 0.0, _PLACES)

    def _list_notes(self, *, whole: bool) -> list[str]:
        t = self.traffic
        error = "" if t.period.error is None else f", ± {t.period.error:.0%}"
        out = [
            f"From {t.covered:,.2f} hours of flow logs, times {t.scale:,.2f}: confidence {t.period.confidence}{error}."
        ]
        for vpc, number in self.some.items():
            out.append(
                f"{vpc or UNNAMED}: {t.scale_to_month(number):,.2f} of its GB to the internet go to an AWS service "
                "that these logs do not name; where you know the service, give it its own flow."
            )
        for why, number in self.left.items():
            out.append(f"The demand leaves out {t.scale_to_month(number):,.2f} GB a month: {why}.")
        if not whole:
            out.append("The path of at least one flow is not known, so the demand has no `today`.")
        return out


def build_traffic_network(traffic: Traffic) -> tuple[dict[str, Any], dict[str, Key]]:
    """Return a network file of what each flow puts on what it goes through, hours left out, and each name's flow.

    A flow whose cost cannot be told (its way, its Region or its GB in a month are not known) is not in it.
    """
    entries: list[dict[str, Any]] = []
    names: dict[str, Key] = {}
    for number, (key, sums) in enumerate(traffic.sums.items()):
        region = traffic.regions.get(key.vpc)
        sent, received = traffic.scale_to_month(sums.sent), traffic.scale_to_month(sums.received)
        if region is None or region == "" or sent is None or received is None:
            continue
        crossing = traffic.scale_to_month(sums.crossing) or 0.0
        made = _build_entries(key, sent, received, crossing)
        if made is None:
            continue
        name = f"flow-{number}"
        names[name] = key
        entries += [{"name": name, "region": region, "hours": 0, **entry} for entry in made]
    return {"resources": entries}, names


def _build_entries(key: Key, sent: float, received: float, crossing: float) -> list[dict[str, Any]] | None:
    """Return what a flow puts on what; None where its cost is not known, nothing where it has none."""
    gb = sent + received
    out: dict[str, Any] = {
        NAT_GATEWAY: {"kind": "NatGateway", "gb_processed": gb, "gb_cross_zone": crossing, "public_ips": 0},
        REGIONAL: {"kind": "RegionalNatGateway", "zones": 1, "gb_processed": gb, "public_ips": 0},
        INTERFACE_ENDPOINT: {"kind": "InterfaceEndpoint", "zones": 1, "gb_processed": gb},
        TRANSIT_GATEWAY: {"kind": "TransitGatewayAttachment", "attachment": "vpc", "gb_sent": sent},
        CROSS_ZONE: {"kind": "InterZoneTransfer", "gb": gb},
    }
    if key.hop in out:
        made = [out[key.hop]]
    elif key.hop in (*_FREE, INTERNET_GATEWAY):
        made = []
    else:
        return None
    if key.service == INTERNET and key.hop in (NAT_GATEWAY, REGIONAL, INTERNET_GATEWAY):
        made.append({"kind": "InternetEgress", "gb_sent": sent})
    return made
