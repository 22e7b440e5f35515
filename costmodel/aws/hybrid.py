"""Direct Connect: ports, and what leaves through them."""

from __future__ import annotations

from typing import Any

from costmodel.aws.resource import Column, Resource, make_choice_column, make_gb_column
from costmodel.core.meters import Meter
from costmodel.core.units import round_up_hours

_DIRECT_CONNECT = "https://aws.amazon.com/directconnect/pricing/"

SPEEDS = ("50M", "100M", "200M", "300M", "400M", "500M", "1G", "2G", "5G", "10G", "25G", "100G", "400G")
LOCATIONS = ("us", "japan", "other")


def _make_port_hour_meter(type_: str, speed: str) -> Meter:
    return Meter(
        f"dx_{type_}_port_hour_{speed}",
        f"Direct Connect {type_} port hours, {speed}bps",
        "AWSDirectConnect",
        None,
        "Hours",
        rule="each hour a port is provisioned, by its speed, kind and the country of the location",
        url=_DIRECT_CONNECT,
    ).with_region_pair("port_location", "location")


def _make_data_out_meter(place: str) -> Meter:
    return Meter(
        f"dx_data_out_gb_to_{place}_location",
        f"Direct Connect data transfer out, location: {place}",
        "AWSDirectConnect",
        None,
        "GB",
        rule="each GB sent from a Region through a Direct Connect location; what arrives is free",
        url=_DIRECT_CONNECT,
    )


_OUT = {place: _make_data_out_meter(place) for place in LOCATIONS}


class DirectConnectTransfer(Resource):
    """Traffic sent out over Direct Connect, without a port of its own."""

    OUT = _OUT

    port_location = make_choice_column(*LOCATIONS)
    gb_sent = make_gb_column()

    @staticmethod
    def compute_charges(r: Any) -> dict[Meter, Any]:
        """By the location it leaves through."""
        return {meter: r.gb_sent * r.port_location.match_word(place) for place, meter in _OUT.items()}


class DirectConnectPort(Resource):
    """A Direct Connect port: hours by speed, and the data sent out through it."""

    PORT = {(t, s): _make_port_hour_meter(t, s) for t in ("dedicated", "hosted") for s in SPEEDS}
    OUT = _OUT

    speed = make_choice_column(*SPEEDS)
    type = make_choice_column("dedicated", "hosted")
    port_location = Column("choice", None, path=("location",), choices=LOCATIONS)
    gb_sent = make_gb_column()

    @staticmethod
    def compute_charges(r: Any) -> dict[Meter, Any]:
        """The hours of one speed and kind, the data of one location: all others are zero."""
        h = round_up_hours(r.hours)
        ports = {m: h * (r.type.match_word(t) & r.speed.match_word(s)) for (t, s), m in DirectConnectPort.PORT.items()}
        return ports | DirectConnectTransfer.compute_charges(r)
