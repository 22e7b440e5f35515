"""Which of several prices of one thing counts: a reading before what was inferred, then the newer."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

import costmodel as cm
from costmodel.pricing.book import PriceBook
from costmodel.pricing.editions import merge_editions
from costmodel.pricing.rows import PriceRow, parse_first_day

EMBEDDED = cm.load_prices()
METER, PLACE = "regional_nat_gateway_hour", "us-east-2"


def row(dated, confidence, price="1", source="someone"):
    return PriceRow(
        PLACE, METER, "", "0", "Inf", "Hours", price, "USD", "", dated, source, confidence, "", "because", "user"
    )


DATES = st.sampled_from(["", "2024", "2024-06", "2025-03-01", "2026-01-01", "2026-11"])
EDITIONS = st.lists(
    st.tuples(DATES, st.sampled_from(["verified", "single", "inferred"])), min_size=1, unique_by=lambda e: e[0]
)


@given(EDITIONS, st.none() | st.dates(date(2023, 1, 1), date(2027, 1, 1)))
def test_an_inferred_price_counts_only_where_nobody_read_one(editions, on):
    rows = [row(dated, confidence, str(n)) for n, (dated, confidence) in enumerate(editions)]
    ladder = PriceBook(rows, EMBEDDED.locations.values()).require_schedule(METER, PLACE, on=on)
    read = [r for r in rows if r.confidence != "inferred"] or rows
    known = [r for r in read if on is None or parse_first_day(r.effective_from) <= on]
    expected = (
        max(known, key=lambda r: parse_first_day(r.effective_from))
        if known
        else min(read, key=lambda r: parse_first_day(r.effective_from))
    )
    assert ladder.rows == (expected,)
    assert ladder.early == (not known)


@pytest.mark.parametrize("dated", ["2020-01-01", "2025-10-28", "2026-11-01"])
def test_a_refreshed_reading_supersedes_an_inferred_price_whatever_its_date(dated):
    assert EMBEDDED.require_schedule(METER, PLACE).rows[0].confidence == "inferred"
    found = merge_editions(EMBEDDED, [row(dated, "single", "0.05", "list-2026")], set(), {"list-2026": "2026-11-20"})
    (change,) = found.changes
    assert (change.kind, change.after[0].effective_from) == ("price", dated)
    book = PriceBook([*EMBEDDED.rows, *found.rows], EMBEDDED.locations.values())
    assert str(book.require_schedule(METER, PLACE).tiers.prices[0]) == "0.05"


def test_a_regions_own_row_supersedes_the_row_of_all_regions():
    """Transfer between zones: AWS's general words hold where no Region's own price is held."""
    meter = "cross_az_gb_each_direction"
    assert EMBEDDED.require_schedule(meter, "eu-central-2").rows[0].location == "global"
    assert EMBEDDED.require_schedule(meter, "us-east-1").rows[0].location == "us-east-1"
    assert EMBEDDED.find_schedule(meter, "cn-north-1") is None
    own = row("2020-01-01", "single", "0.02")._replace(location="eu-central-2", meter=meter, unit="GB")
    book = PriceBook([*EMBEDDED.rows, own], EMBEDDED.locations.values())
    assert book.require_schedule(meter, "eu-central-2").rows == (own,)


def test_the_regional_nat_gateways_price_is_the_zonal_ones_where_nobody_read_it():
    """AWS's VPC pricing page gives one NAT gateway price a Region; GovCloud and China did not get the regional kind."""
    for place in (p for p in EMBEDDED.locations.values() if p.type == "region"):
        for what in ("hour", "gb"):
            held = EMBEDDED.find_schedule(f"regional_nat_gateway_{what}", place.location)
            if place.partition == "aws":
                zonal = EMBEDDED.require_schedule(f"nat_gateway_{what}", place.location)
                assert held.tiers.prices == zonal.tiers.prices, place.location
            else:
                assert held is None
