"""What was used in a month, for made bills: drawn at random, or an estate with something to find."""

from datetime import date
from fractions import Fraction

from hypothesis import strategies as st

import costmodel as cm
from tests.support import bills

BOOK = cm.load_prices()
MONTH = "2026-10"
DAYS = list(bills.days(MONTH))
METERS = sorted(m for m in bills.METERS if m != "internet_out_gb")
REGIONS = ["us-east-1", "eu-west-1", "eu-central-1", "ap-northeast-1", "sa-east-1"]


def schedule(meter, region):
    tiers = BOOK.require_schedule(meter, region, "", date(2026, 10, 28)).tiers
    return list(zip(map(Fraction, tiers.starts), map(Fraction, tiers.prices), strict=True))


def used(meter, quantity, *, region="us-east-1", account="111111111111", resource="x-1", day=DAYS[0]):
    return bills.Used(account, region, meter, resource, day, Fraction(quantity))


@st.composite
def uses(draw):
    out = []
    for _ in range(draw(st.integers(1, 8))):
        meter = draw(st.sampled_from(METERS))
        region = draw(st.sampled_from(REGIONS))
        big = meter.endswith("_gb")
        quantity = draw(st.integers(1, 3_000_000 if big else 72))
        day = draw(st.sampled_from(DAYS))
        account = draw(st.sampled_from(["011111111111", "222222222222"]))
        out.append(
            used(
                meter,
                Fraction(quantity, draw(st.sampled_from([1, 8]))),
                region=region,
                account=account,
                resource=f"r-{len(out)}",
                day=day,
            )
        )
    return [u for u in out if BOOK.find_schedule(u.meter, u.region) is not None]


def estate():
    out = []
    for day in DAYS:
        out += [
            used("interface_endpoint_hour", 72, resource="idle", day=day),
            used("interface_endpoint_gb", Fraction(1, 100), resource="idle", day=day),
        ]
        out += [
            used("interface_endpoint_hour", 72, resource="busy", day=day),
            used("interface_endpoint_gb", 5000, resource="busy", day=day),
        ]
        out += [
            used("interface_endpoint_hour", 48, resource="twin", account="2" * 12, day=day),
            used("interface_endpoint_gb", 1, resource="twin", account="2" * 12, day=day),
        ]
        for n, gb in enumerate((200, 300, 0)):
            out += [used("nat_gateway_hour", 24, resource=f"nat-{n}", day=day)]
            out += [used("nat_gateway_gb", gb, resource=f"nat-{n}", day=day)] if gb else []
        out += [used("public_ipv4_idle_hour", 24, resource="eip", day=day)]
        out += [used("cross_az_gb_each_direction", 100, resource="i-9", day=day)]
    return out
