"""Direct Connect: ports, and what leaves through them."""

from __future__ import annotations

from costmodel.aws.resource import Charges, Resource, make_choice_column, make_gb_column
from costmodel.core.meters import BilledService, Meter
from costmodel.core.units import round_up_hours

DIRECT_CONNECT = BilledService("AWSDirectConnect", "AWS Direct Connect", "Networking", "Network Connectivity")
_PRICING = "https://aws.amazon.com/directconnect/pricing/"

SPEEDS = ("50M", "100M", "200M", "300M", "400M", "500M", "1G", "2G", "5G", "10G", "25G", "100G", "400G")
LOCATIONS = ("us", "japan", "other")


def _make_port_hour_meter(type_: str, speed: str) -> Meter:
    return Meter(
        f"dx_{type_}_port_hour_{speed}",
        f"Direct Connect {type_} port hours, {speed}bps",
        DIRECT_CONNECT,
        None,
        "Hours",
        rule="each hour a port is provisioned, by its speed, kind and the country of the location",
        url=_PRICING,
    ).with_region_pair("port_location", "location")


def _make_data_out_meter(place: str) -> Meter:
    return Meter(
        f"dx_data_out_gb_to_{place}_location",
        f"Direct Connect data transfer out, location: {place}",
        DIRECT_CONNECT,
        None,
        "GB",
        rule="each GB sent from a Region through a Direct Connect location; what arrives is free",
        url=_PRICING,
    )


_OUT = {place: _make_data_out_meter(place) for place in LOCATIONS}


class DirectConnectTransfer(Resource):
    """Traffic sent out over Direct Connect, without a port of its own."""

    OUT = _OUT

    port_location = make_choice_column(*LOCATIONS)
    gb_sent = make_gb_column()

    def compute_charges(self) -> Charges:
        """By the location it leaves through."""
        return _compute_data_out_charges(self)


class DirectConnectPort(Resource):
    """A Direct Connect port: hours by speed, and the data sent out through it."""

    PORT = {(t, s): _make_port_hour_meter(t, s) for t in ("dedicated", "hosted") for s in SPEEDS}
    OUT = _OUT

    speed = make_choice_column(*SPEEDS)
    type = make_choice_column("dedicated", "hosted")
    port_location = make_choice_column(*LOCATIONS, path=("location",))
    gb_sent = make_gb_column()

    def compute_charges(self) -> Charges:
        """The hours of one speed and kind, the data of one location: all others are zero."""
        hours = round_up_hours(self.hours)
        ports = {
            meter: hours * (self.type.match_word(type_) & self.speed.match_word(speed))
            for (type_, speed), meter in DirectConnectPort.PORT.items()
        }
        return ports | _compute_data_out_charges(self)


def _compute_data_out_charges(sender: DirectConnectTransfer | DirectConnectPort) -> Charges:
    """Return the GB sent through each sort of location: those of one, zero for the others."""
    return {meter: sender.gb_sent * sender.port_location.match_word(place) for place, meter in _OUT.items()}
