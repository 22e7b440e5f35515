"""Direct Connect: ports, and what leaves through them."""

from __future__ import annotations

from typing import Any

from costmodel.aws.resource import Column, Resource, choice, gigabytes
from costmodel.core.meters import Meter
from costmodel.core.units import whole_hours

_DIRECT_CONNECT = "https://aws.amazon.com/directconnect/pricing/"

SPEEDS = ("50M", "100M", "200M", "300M", "400M", "500M", "1G", "2G", "5G", "10G", "25G", "100G", "400G")
LOCATIONS = ("us", "japan", "other")


def _port_hours(type_: str, speed: str) -> Meter:
    return Meter(
        f"dx_{type_}_port_hour_{speed}",
        f"Direct Connect {type_} port hours, {speed}bps",
        "AWSDirectConnect",
        None,
        "Hours",
        rule="each hour a port is provisioned, by its speed, kind and the country of the location",
        url=_DIRECT_CONNECT,
    ).between("port_location", "location")


def _data_out(place: str) -> Meter:
    return Meter(
        f"dx_data_out_gb_to_{place}_location",
        f"Direct Connect data transfer out, location: {place}",
        "AWSDirectConnect",
        None,
        "GB",
        rule="each GB sent from a Region through a Direct Connect location; what arrives is free",
        url=_DIRECT_CONNECT,
    )


_OUT = {place: _data_out(place) for place in LOCATIONS}


class DirectConnectTransfer(Resource):
    """Traffic sent out over Direct Connect, without a port of its own."""

    OUT = _OUT

    port_location = choice(*LOCATIONS)
    gb_sent = gigabytes()

    @staticmethod
    def charges(r: Any) -> dict[Meter, Any]:
        """By the location it leaves through."""
        return {meter: r.gb_sent * r.port_location.equal(place) for place, meter in _OUT.items()}


class DirectConnectPort(Resource):
    """A Direct Connect port: hours by speed, and the data sent out through it."""

    PORT = {(t, s): _port_hours(t, s) for t in ("dedicated", "hosted") for s in SPEEDS}
    OUT = _OUT

    speed = choice(*SPEEDS)
    type = choice("dedicated", "hosted")
    port_location = Column("choice", None, path=("location",), choices=LOCATIONS)
    gb_sent = gigabytes()

    @staticmethod
    def charges(r: Any) -> dict[Meter, Any]:
        """The hours of one speed and kind, the data of one location: all others are zero."""
        h = whole_hours(r.hours)
        ports = {m: h * (r.type.equal(t) & r.speed.equal(s)) for (t, s), m in DirectConnectPort.PORT.items()}
        return ports | DirectConnectTransfer.charges(r)
