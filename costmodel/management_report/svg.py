"""Pictures as SVG text, for a page that stands alone: bars, steps, before and after, and the network."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any

from costmodel.core.decimals import round_to_cents
from costmodel.optimizer.plan_sensitivity import compute_step_ends, fold_minor_names
from costmodel.reporting.text import format_money

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from costmodel.optimizer.plan_sensitivity import Edge, Payer, Step

# Okabe and Ito's palette, told apart with every common colour blindness; black and yellow are left out, which vanish in
# the dark or on white. Patterns and dashes tell apart what has the same colour.
COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#999999")
WIDE = 760  # units of a picture
ROW = 44  # units a bar
TEXT = 13
_NEAR = 0.22  # of a line: where its cost stands
_LETTER = 7.0  # units a letter takes, about
MOST = 12  # nodes of a column of the network that are drawn one by one; charges of a bar
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
    there = {charge if charge in kept else OTHERS for costs in rows.values() for charge, cost in costs.items() if cost}
    shown = {charge: COLOURS[n] for n, charge in enumerate([*kept, OTHERS]) if charge in there}
    most = max((sum(costs.values(), ZERO) for costs in rows.values()), default=ZERO) or Decimal(1)
    out: list[str] = []
    for number, (name, costs) in enumerate(rows.items()):
        y, x = number * ROW, 0.0
        total = sum(costs.values(), ZERO)
        out.append(_draw_bar_heading(name, format_money(total, currency), y))
        for charge, colour in shown.items():
            others = sum((v for c, v in costs.items() if c not in kept), ZERO)
            cost = others if charge == OTHERS else costs.get(charge, ZERO)
            width = float(max(cost, ZERO) / most) * WIDE
            if width:
                said = make_element("title", f"{name}: {charge} {format_money(cost, currency)}")
                of = f'x="{x:.1f}" y="{y + 20}" width="{width:.1f}" height="16" fill="{colour}"'
                out.append(f"<rect {of}>{said}</rect>")
            x += width
    return render_svg(
        len(rows) * ROW + 6 + 20 * len(shown), [*out, *_draw_legend(shown, len(rows) * ROW + 6)], "Cost by charge"
    )


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
    """Return VPC groups, hops and services side by side, a line for what flows, as wide as it costs, with the cost."""
    columns = [fold_minor_names(edges, field, MOST) for field in ("group", "hop", "service")]
    names = [list(dict.fromkeys(c.values())) for c in columns]
    tall = max(map(len, names)) * ROW
    lefts, widths = (0, 285, 570), (150, 190, 190)
    place = [{n: (i + 0.5) * tall / len(some) + 20 for i, n in enumerate(some)} for some in names]
    hops = {n: COLOURS[i % len(COLOURS)] for i, n in enumerate(names[1])}
    lines: list[str] = []
    labels: list[str] = []
    for side in (0, 1):
        sums: dict[tuple[str, str], Decimal] = {}
        for e in edges:
            way = (columns[0][e.group], columns[1][e.hop], columns[2][e.service])
            sums[way[side], way[side + 1]] = sums.get((way[side], way[side + 1]), ZERO) + e.cost
        most = max(sums.values(), default=ZERO) or Decimal(1)
        x0, x1 = lefts[side] + widths[side], lefts[side + 1]
        for (one, other), cost in sums.items():
            y0, y1, middle = place[side][one], place[side + 1][other], (x0 + x1) / 2
            width = 1.5 + 12 * float(max(cost, ZERO) / most)
            lines.append(
                make_element(
                    "path", d=f"M{x0} {y0:.0f}C{middle:.0f} {y0:.0f} {middle:.0f} {y1:.0f} {x1} {y1:.0f}", fill="none",
                    stroke=hops[other if side == 0 else one], stroke_width=width, stroke_opacity=0.55,
                )
            )  # fmt: skip
            if round_to_cents(cost) > 0:
                at = _NEAR if side == 0 else 1 - _NEAR  # near the end that fewer lines share
                y = y0 + (y1 - y0) * (3 - 2 * at) * at * at
                labels.append(
                    make_element(
                        "text", format_money(cost, currency), x=x0 + (x1 - x0) * at, y=y + 4, text_anchor="middle",
                        font_size=11, stroke="var(--paper,Canvas)", stroke_width=4, paint_order="stroke",
                    )
                )  # fmt: skip
    for side, (title, some) in enumerate(zip(("VPCs", "by way of", "services"), names, strict=True)):
        labels.append(make_element("text", title, x=lefts[side], y=12, font_style="italic"))
        for n in some:
            y = place[side][n]
            stroke = hops[n] if side == 1 else "currentColor"
            labels.append(
                make_element(
                    "rect", x=lefts[side], y=y - 14, width=widths[side], height=28, rx=5, fill="var(--paper,Canvas)",
                    stroke=stroke, stroke_width=1.5 if side != 1 else 2.5,
                )
            )  # fmt: skip
            labels.append(make_element("text", _trim_text(n, widths[side] - 12), x=lefts[side] + 8, y=y + 5))
    return render_svg(
        tall + 30, [*lines, *labels], "VPCs, the hops that serve them and services, with the cost of each line"
    )
