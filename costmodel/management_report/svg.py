"""Pictures as SVG text, for a page that is self-contained: bars, steps, before and after, and the network."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from costmodel.core.decimals import round_to_cents
from costmodel.optimizer.plan_sensitivity import compute_step_ends, fold_minor_names
from costmodel.reporting.geometry import WIDE, Curve, place_stacked_parts
from costmodel.reporting.text import format_money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.optimizer.plan_sensitivity import Edge, Payer, Step

# Okabe and Ito's palette, which people with a common colour blindness can distinguish, without black and yellow, which
# vanish on dark and on white. Patterns and dashes distinguish things of the same colour.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999")

ROW = 44  # units a bar
TEXT = 13
_LEFTS, _WIDTHS = (0, 285, 570), (150, 190, 190)
_NEAR = 0.22  # of a line: where its cost is written
_LETTER = 7.0  # units a letter takes, about
MOST = 12  # nodes of a column of the network that are drawn individually; charges of a bar
OTHERS = "others"
ZERO = Decimal(0)


def make_element(name: str, text: str | None = None, **of: Any) -> str:
    """Return an element; what is put into it is text."""
    attributes = "".join(f' {k.rstrip("_").replace("_", "-")}="{escape(_format_attribute(v))}"' for k, v in of.items())
    return f"<{name}{attributes}/>" if text is None else f"<{name}{attributes}>{escape(text)}</{name}>"


def _format_attribute(value: Any) -> str:
    return f"{value:.1f}".removesuffix(".0") if isinstance(value, float) else str(value)


def render_svg(height: float, parts: Sequence[str], says: str) -> str:
    """Return a picture of a height; ``says`` is read aloud in its place."""
    return (
        f'<svg viewBox="0 0 {WIDE} {height:.0f}" role="img" aria-label="{escape(says)}" fill="currentColor" '
        f'font-family="system-ui,sans-serif" font-size="{TEXT}">{"".join(parts)}</svg>'
    )


def _trim_text(text: str, width: float) -> str:
    most = max(4, int(width / _LETTER))
    return text if len(text) <= most else f"{text[: most - 1]}…"


def _draw_bar_heading(name: str, amount: str, y: float) -> str:
    """Return the words above a bar: a name, and right behind it, where a narrow window shows it too, an amount."""
    words = (
        make_element("tspan", _trim_text(name, WIDE * 0.6)),
        make_element("tspan", amount, dx=12, font_weight="bold"),
    )
    return f'<text x="0" y="{y + 14:.0f}">{"".join(words)}</text>'


def pick_largest_charges(rows: Mapping[str, Mapping[str, Decimal]]) -> list[str]:
    """Return the charges that get a colour of their own: the largest of all things together."""
    whole: dict[str, Decimal] = {}
    for costs in rows.values():
        for charge, cost in costs.items():
            whole[charge] = whole.get(charge, ZERO) + cost
    return [c for c in sorted(whole, key=lambda c: -whole[c]) if whole[c] > 0][: len(COLOURS) - 1]


def draw_stacked_svg(rows: Mapping[str, Mapping[str, Decimal]], currency: str, kept: Sequence[str] = ()) -> str:
    """Return a bar for each thing, made of its charges; beyond some, the smaller charges share a part.

    Args:
        rows: thing → charge → cost.
        currency: of the costs.
        kept: charges with a colour of their own, so that two pictures have the same; by default the largest here.
    """
    kept = kept or pick_largest_charges(rows)
    grouped = {name: _group_charges(costs, kept) for name, costs in rows.items()}
    there = {charge for costs in grouped.values() for charge, cost in costs.items() if cost}
    shown = {charge: COLOURS[n] for n, charge in enumerate([*kept, OTHERS]) if charge in there}
    most = max((sum(costs.values(), ZERO) for costs in rows.values()), default=ZERO) or Decimal(1)
    out: list[str] = []
    for number, (name, costs) in enumerate(grouped.items()):
        y = number * ROW
        out.append(_draw_bar_heading(name, format_money(sum(costs.values(), ZERO), currency), y))
        for part in place_stacked_parts([costs.get(charge, ZERO) for charge in shown], most):
            charge = list(shown)[part.number]
            title = make_element("title", f"{name}: {charge} {format_money(costs[charge], currency)}")
            of = f'x="{part.x:.1f}" y="{y + 20}" width="{part.width:.1f}" height="16" fill="{shown[charge]}"'
            out.append(f"<rect {of}>{title}</rect>")
    height = len(rows) * ROW + 6
    return render_svg(height + 20 * len(shown), [*out, *_draw_legend(shown, height)], "Cost by charge")


def _group_charges(costs: Mapping[str, Decimal], kept: Sequence[str]) -> dict[str, Decimal]:
    """Return the costs of the charges that are kept, and the sum of all others."""
    others = sum((cost for charge, cost in costs.items() if charge not in kept), ZERO)
    return {charge: costs[charge] for charge in kept if charge in costs} | {OTHERS: others}


def _draw_legend(colours: Mapping[str, str], top: float) -> list[str]:
    out = []
    for number, (name, colour) in enumerate(colours.items()):
        y = top + 20 * number
        out.append(make_element("rect", x=0, y=y, width=12, height=12, fill=colour))
        out.append(make_element("text", _trim_text(name, WIDE - 30), x=20, y=y + 11))
    return out


def draw_waterfall_svg(today: Decimal, steps: Sequence[Step], plan: Decimal, currency: str) -> str:
    """Return the way from today's cost to the plan's, a step each sort of change."""
    rows: list[tuple[str, Decimal, Decimal, str, str]] = [
        ("Built today", ZERO, today, COLOURS[0], format_money(today, currency))
    ]
    for step, (one, other, moved) in zip(steps, compute_step_ends(today, steps), strict=True):
        flows = f"{step.flows:,} flow{'s' if step.flows != 1 else ''}"
        colour = COLOURS[2] if step.saving >= 0 else COLOURS[5]
        rows.append((f"{step.label} ({flows})", one, other, colour, format_money(moved, currency, sign=True)))
    rows.append(("The plan", ZERO, plan, COLOURS[0], format_money(plan, currency)))
    most = max(max(one, other) for _, one, other, _, _ in rows) or Decimal(1)
    out = []
    for number, (name, one, other, colour, amount) in enumerate(rows):
        y = number * ROW
        left, right = (float(v / most) * WIDE for v in sorted((one, other)))
        out.append(_draw_bar_heading(name, amount, y))
        out.append(make_element("rect", x=left, y=y + 20, width=max(right - left, 1.0), height=16, fill=colour))
    return render_svg(len(rows) * ROW, out, "From today's cost to the plan's")


def draw_before_after_svg(payers: Sequence[Payer], currency: str) -> str:
    """Return what each account pays before (a ring) and after (a dot)."""
    most = max((max(p.before, p.after) for p in payers), default=ZERO) or Decimal(1)
    out = []
    for number, p in enumerate(payers):
        y = number * ROW
        one, other = (8 + float(v / most) * (WIDE - 16) for v in (p.before, p.after))
        colour = COLOURS[2] if p.after <= p.before else COLOURS[5]
        words = f"{format_money(p.before, currency)} → {format_money(p.after, currency)}"
        out.append(_draw_bar_heading(p.account, words, y))
        out.append(make_element("line", x1=one, x2=other, y1=y + 29, y2=y + 29, stroke=colour, stroke_width=4))
        out.append(make_element("circle", cx=one, cy=y + 29, r=5, fill="none", stroke="currentColor", stroke_width=2))
        out.append(make_element("circle", cx=other, cy=y + 29, r=6, fill=colour))
    y = len(payers) * ROW + 6
    out.append(make_element("circle", cx=8, cy=y + 6, r=5, fill="none", stroke="currentColor", stroke_width=2))
    out.append(make_element("text", "today", x=20, y=y + 11))
    out.append(make_element("circle", cx=88, cy=y + 6, r=6, fill=COLOURS[2]))
    out.append(make_element("text", "under the plan", x=100, y=y + 11))
    return render_svg(y + 20, out, "What each account pays today and under the plan")


# ---------------------------------------------------------------- the network
def draw_network_svg(edges: Sequence[Edge], currency: str) -> str:
    """Return VPC groups, hops and services side by side, joined by lines whose width shows the cost.

    Args:
        edges: what flows, with its cost.
        currency: of the costs.
    """
    columns = [fold_minor_names(edges, field, MOST) for field in ("group", "hop", "service")]
    names = [list(dict.fromkeys(c.values())) for c in columns]
    tall = max(map(len, names)) * ROW
    heights = [{name: (i + 0.5) * tall / len(some) + 20 for i, name in enumerate(some)} for some in names]
    hops = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(names[1])}
    lines: list[str] = []
    labels: list[str] = []
    for side in (0, 1):
        side_lines, side_labels = _draw_side(side, _sum_between_columns(edges, columns, side), heights, hops, currency)
        lines += side_lines
        labels += side_labels
    for side, (title, some) in enumerate(zip(("VPCs", "through", "services"), names, strict=True)):
        labels.append(make_element("text", title, x=_LEFTS[side], y=12, font_style="italic"))
        for name in some:
            labels += _draw_box(name, side, heights[side][name], hops.get(name) if side == 1 else None)
    says = "VPCs, the hops that serve them and services, with the cost of each line"
    return render_svg(tall + 30, [*lines, *labels], says)


def _draw_side(
    side: int,
    sums: Mapping[tuple[str, str], Decimal],
    heights: Sequence[Mapping[str, float]],
    hops: Mapping[str, str],
    currency: str,
) -> tuple[list[str], list[str]]:
    """Return the lines between a column and the next, and the labels of those that cost a cent or more."""
    lines: list[str] = []
    labels: list[str] = []
    most = max(sums.values(), default=ZERO) or Decimal(1)
    for (one, other), cost in sums.items():
        curve = Curve(_LEFTS[side] + _WIDTHS[side], heights[side][one], _LEFTS[side + 1], heights[side + 1][other])
        lines.append(_draw_curve(curve, hops[other if side == 0 else one], float(max(cost, ZERO) / most)))
        if round_to_cents(cost) > 0:
            labels.append(_draw_curve_label(curve, side, format_money(cost, currency)))
    return lines, labels


def _sum_between_columns(
    edges: Sequence[Edge], columns: Sequence[Mapping[str, str]], side: int
) -> dict[tuple[str, str], Decimal]:
    """Return the cost between each pair of neighbours: VPC groups and hops (side 0), or hops and services (side 1)."""
    sums: dict[tuple[str, str], Decimal] = {}
    for edge in edges:
        way = (columns[0][edge.group], columns[1][edge.hop], columns[2][edge.service])
        pair = (way[side], way[side + 1])
        sums[pair] = sums.get(pair, ZERO) + edge.cost
    return sums


def _draw_curve(curve: Curve, colour: str, share: float) -> str:
    """Return a line; ``share`` is its cost as a part of the largest one, and decides its width."""
    return make_element(
        "path", d=curve.to_path(), fill="none", stroke=colour, stroke_width=1.5 + 12 * share, stroke_opacity=0.55
    )


def _draw_curve_label(curve: Curve, side: int, text: str) -> str:
    """Return the label of a line, near the end that fewer lines share."""
    x, y = curve.find_point(_NEAR if side == 0 else 1 - _NEAR)
    return make_element(
        "text", text, x=x, y=y + 4, text_anchor="middle", font_size=11, stroke="var(--paper,Canvas)", stroke_width=4,
        paint_order="stroke",
    )  # fmt: skip


def _draw_box(name: str, side: int, height: float, colour: str | None) -> list[str]:
    """Return the box of a name and its text; a hop has the colour of its lines."""
    box = make_element(
        "rect", x=_LEFTS[side], y=height - 14, width=_WIDTHS[side], height=28, rx=5, fill="var(--paper,Canvas)",
        stroke=colour or "currentColor", stroke_width=2.5 if colour else 1.5,
    )  # fmt: skip
    return [box, make_element("text", _trim_text(name, _WIDTHS[side] - 12), x=_LEFTS[side] + 8, y=height + 5)]
