"""The page Prices: what is held, from where, since when, and what a Region costs beside another."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import streamlit as st

from costmodel.aws import METERS
from costmodel.pricing.editions import compute_price_age
from costmodel.pricing.reading.regions import get_home_region
from costmodel.pricing.report import (
    NOT_OFFERED,
    classify_price_coverage,
    compare_region_prices,
    list_current_rows,
    measure_price_span,
)
from costmodel.pricing.rows import PriceRow, parse_first_day
from costmodel.reporting.text import render_rows_csv
from dashboard.charts import prices as price_charts
from dashboard.session import answers, links, resources, state
from dashboard.widgets import layout, toolbar
from dashboard.widgets.formatting import RIGHT, format_unit_price

if TYPE_CHECKING:
    from collections.abc import Mapping

    from costmodel.pricing.book import PriceBook
    from costmodel.pricing.rows import PriceSchedule

QUIET: dict[str, Any] = {"displayModeBar": False}
OLD = 365  # days
METER = "interface_endpoint_hour"
SHOWN = 2_000  # rows of the table; the download has all


def show_price_ages(book: PriceBook) -> None:
    """Say how old prices are, and which are the user's own."""
    today = datetime.now(tz=UTC).date()
    rows = [r for r in list_current_rows(book) if r.meter in METERS]
    ages = [compute_price_age(r, book.published, today) for r in rows]
    old = sum(days is None or days > OLD for days in ages)
    own = sum(r.table == "user" for r in rows)
    one, two, three, four = layout.create_cards(4)
    one.metric("Prices in use", f"{len(rows):,}")
    two.metric("Newest price", str(book.newest))
    three.metric("Older than a year", f"{old:,}", help="Not confirmed by any file of the last 365 days.")
    four.metric("Fetched by you", f"{own:,}", help="By `costmodel prices refresh`; the rest is embedded.")
    if old:
        share = old / len(rows)
        text = (
            f"{share:.0%} of the prices were last confirmed more than a year ago, or have no date. "
            "`costmodel prices refresh` fetches today's prices from AWS; it needs no credentials."
        )
        (st.warning if share > 0.2 else st.info)(text, icon=":material/schedule:")  # noqa: PLR2004 - a fifth


def choose_meter(book: PriceBook) -> tuple[str, date | None]:
    """Let a meter and a day be chosen."""
    left, right = st.columns([3, 1])
    titles = resources.list_meter_titles()
    meters = sorted({r.meter for r in book.rows}, key=lambda m: (m not in titles, titles.get(m, m)))
    meter = left.selectbox(
        "Meter",
        meters,
        format_func=lambda m: f"{titles[m]} · {m}" if m in titles else m,
        key=state.init_widget(links.bind_widget("prices_meter", meters, METER), METER),
    )
    on = right.date_input(
        "As of",
        value=None,
        key="prices_on",
        min_value=resources.find_oldest_price_date(),
        max_value=book.newest,
        format="YYYY-MM-DD",
    )
    return meter, on if isinstance(on, date) else None


def show_region_tiles(book: PriceBook, meter: str, on: date | None) -> None:
    """Show every Region's price of a meter, about where the Region is on a map."""
    st.subheader("Region against Region")
    ladders: dict[str, PriceSchedule | None] = {
        r: book.find_schedule(meter, r, on=on) for r in resources.load_region_grid()
    }
    if all(ladder is None for ladder in ladders.values()):
        st.info("This meter has no price by Region: see the table below.")
        return
    tier = _choose_tier(ladders, meter)
    unsold = {r: told for r in ladders if (told := book.not_offered.get((meter, r)))}
    figure = price_charts.plot_region_grid(
        ladders, resources.load_region_grid(), book.locations, resources.list_zone_codes(), tier, unsold
    )
    st.plotly_chart(figure, key="tiles", config=QUIET, alt=f"{meter} in every Region, as tiles about where they lie")
    for one in {told.note: told for told in unsold.values()}.values():
        where = ", ".join(r for r, told in unsold.items() if told.note == one.note)
        st.caption(
            state.escape_page_text(f"× AWS does not offer {one.what} in {where} ({one.note}; as of {one.as_of}).")
        )
    _show_price_spans(ladders, tier)


def _choose_tier(ladders: Mapping[str, PriceSchedule | None], meter: str) -> int:
    """Let the user choose a tier of the longest schedule, and return its number, from 0."""
    longest = max((ladder.tiers.starts for ladder in ladders.values() if ladder is not None), key=len)
    if len(longest) == 1:
        return 0
    return st.segmented_control(
        "Tier",
        range(len(longest)),
        format_func=lambda n: f"from {int(longest[n]):,}",
        default=0,
        key=f"prices_tier-{meter}",
        required=True,
    )


def _show_price_spans(ladders: Mapping[str, PriceSchedule | None], tier: int) -> None:
    """Show the cheapest and the most expensive Region of each currency."""
    by_currency: dict[str, dict[str, Decimal]] = {}
    for region, ladder in ladders.items():
        if ladder is not None and tier < len(ladder.tiers.prices):
            by_currency.setdefault(ladder.currency, {})[region] = ladder.tiers.prices[tier]
    for currency, prices in by_currency.items():
        least, most, factor = measure_price_span(prices)
        times = f", {factor:.2f} times as much" if factor else ""
        st.caption(
            state.escape_page_text(
                f"Cheapest: {least} at {format_unit_price(prices[least], currency)}; most expensive: {most} at "
                f"{format_unit_price(prices[most], currency)}{times}. Dark tiles are expensive, light ones cheap; "
                "a tile's name is the prefix of its zone ids."
            )
        )


def show_region_comparison(book: PriceBook, on: date | None) -> None:
    """Show what each meter costs in two Regions."""
    with st.expander("Two Regions, meter by meter", icon=":material/compare_arrows:"):
        left, right = st.columns(2)
        mine = str(state.get_demand().get("region", ""))
        others = [r for r in resources.load_region_grid() if r != get_home_region()]
        a = left.selectbox(
            "Region", list(resources.load_region_grid()), key=state.init_widget("prices_a", get_home_region())
        )
        b = right.selectbox("Beside", others, key=state.init_widget("prices_b", mine if mine in others else others[0]))
        titles = {name: title for name, title in resources.list_meter_titles().items() if METERS[name].to is None}
        rows = [
            {
                "Meter": titles[line.meter],
                a: _format_first_price(line.first),
                f"{b} ": _format_first_price(line.second),
                "Difference": "–" if line.change is None else f"{line.change:+.1%}",
            }
            for line in compare_region_prices(book, titles, (a, b), on)
        ]
        config: dict[str, Any] = {n: st.column_config.TextColumn(**RIGHT) for n in (a, f"{b} ", "Difference")}
        st.dataframe(rows, hide_index=True, column_config=config, key="two_regions")
        st.caption("The first tier's price. Prices of different currencies are not compared.")


def _format_first_price(found: PriceSchedule | None) -> str:
    return "–" if found is None else format_unit_price(found.tiers.prices[0], found.currency)


def show_price_history(book: PriceBook, meter: str) -> None:
    """Show how prices changed."""
    st.subheader("History")
    with_prices = list(dict.fromkeys(r.location for r in book.rows if r.meter == meter))
    default = [r for r in (get_home_region(),) if r in with_prices] or with_prices[:1]
    places = st.multiselect("Places", with_prices, default=default, key=f"prices_places-{meter}", max_selections=7)
    editions = []
    for place in places:
        others = list(dict.fromkeys(r.counterpart for r in book.rows if r.meter == meter and r.location == place))
        dated = book.list_editions(meter, place, "" if "" in others else others[0])
        editions.append((place, dated))
    if not any(day for _, dated in editions for day, _ in dated):
        st.info("There is no price with a date.")
        return
    unit = next(r.unit for r in book.rows if r.meter == meter)
    figure = price_charts.plot_price_history(editions, unit)
    st.plotly_chart(figure, key="history", config=QUIET, alt=f"How prices of {meter} changed")
    st.caption(
        "A circle is embedded, a diamond was fetched by you. A price applies from its date on, as far as is known."
    )


def show_price_sources(book: PriceBook, meter: str) -> None:
    """Show the rows of a meter, and where a row that is pointed at comes from."""
    st.subheader("Sources of the prices")
    every = st.toggle("All meters", key="prices_all")
    words = st.text_input("Filter", key="prices_filter", placeholder="Region, source, confidence, rate code …").lower()
    rows = [
        r for r in book.rows if (every or r.meter == meter) and all(w in " ".join(r).lower() for w in words.split())
    ]
    st.caption(
        f"{len(rows):,} rows{f', the first {SHOWN:,} shown' if len(rows) > SHOWN else ''}. Select one for its sources."
    )
    shown = [
        {
            "Place": r.location,
            **({"Meter": r.meter} if every else {}),
            "To": r.counterpart,
            "From": r.tier_from,
            "Until": r.tier_to,
            "Price": format_unit_price(Decimal(r.price), r.currency),
            "Per": r.unit,
            "Since": r.effective_from or "undated",
            "Known": price_charts.TITLES.get(r.confidence, r.confidence),
            "Table": r.table,
            "Usage type": r.usage_type,
            "Sources": r.source_ids.replace(";", ", "),
        }
        for r in rows[:SHOWN]
    ]
    config: dict[str, Any] = {n: st.column_config.TextColumn(**RIGHT) for n in ("From", "Until", "Price")}
    answer = st.dataframe(
        shown, hide_index=True, column_config=config, key="rows", on_select="rerun", selection_mode="single-row"
    )
    for number in [n for n in answer.selection.rows if n < len(rows)]:
        explain_price_source(book, rows[number])
    st.download_button(
        "These rows (CSV)",
        lambda: render_rows_csv(list(PriceRow._fields), rows),
        "prices.csv",
        "text/csv",
        key="prices_csv",
        icon=":material/download:",
        on_click="ignore",
    )


def explain_price_source(book: PriceBook, row: PriceRow) -> None:
    """Say where a price comes from, and which rule uses it."""
    lines = [f"**{state.escape_page_text(row.meter)} in {state.escape_page_text(row.location)}**"]
    for name in filter(None, row.source_ids.split(";")):
        source = book.described.get(name)
        what = f"{source.what} ({source.published or 'undated'})" if source else "not described"
        lines.append(f"- `{name}`: {state.escape_page_text(what)}")
    if row.rate_code:
        lines.append(f"- AWS's rate code: `{row.rate_code}`")
    if row.note:
        lines.append(f"- {state.escape_page_text(row.note)}")
    rule = METERS.get(row.meter)
    if rule:
        lines.append(f"- Charged: {state.escape_page_text(rule.rule)} ([AWS]({rule.url}))")
    st.markdown("\n".join(lines))


def show_price_coverage(book: PriceBook, on: date | None) -> None:
    """Show which meters are priced where."""
    st.subheader("Coverage")
    found = classify_price_coverage(book, METERS, on)
    figure = price_charts.plot_price_coverage(found, resources.list_meter_titles())
    st.plotly_chart(figure, key="coverage", config=QUIET, alt="Which meters are priced in which Regions")
    states = Counter(v for known in found.values() for v in known.values())
    marks = " · ".join(f"{price_charts.MARKS[k] or 'blank'} {price_charts.TITLES[k]}" for k in price_charts.KNOWN[::-1])
    st.caption(marks)
    st.caption(
        f"{states['missing']:,} prices are missing: a charge that needs one is an open item, never 0. "
        f"{states[NOT_OFFERED]:,} are not offered by AWS in that Region."
    )


def show_page() -> None:
    """Show the page: how old, then one meter everywhere, then where every number is from."""
    book = resources.get_price_book()
    show_price_ages(book)
    meter, on = choose_meter(book)
    toolbar.show_answer_bar(answers.build_meter_answer(book, meter, on))
    if on is not None and on < parse_first_day(str(book.newest)):
        st.caption(f"Prices in force on {on}; where none is that old, the earliest.")
    show_region_tiles(book, meter, on)
    show_region_comparison(book, on)
    show_price_history(book, meter)
    show_price_sources(book, meter)
    show_price_coverage(book, on)


show_page()
