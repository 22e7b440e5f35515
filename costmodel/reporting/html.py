"""An answer as a page: figures, sections with text, pictures and tables; as HTML, Markdown, or its tables alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from costmodel.reporting.model import Table
from costmodel.reporting.text import escape_markdown, format_cell, render_markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_MOST, _OPEN = 14, 10  # rows of a table that stand open; of a longer one the first, and the rest is folded
_CLOSING = re.compile(r"(\s)(#+)$")  # what would close a heading, and not be shown
_BLOCK = re.compile(r"^(\d{0,9})([-#>+=~.)])")
"""How a line begins that Markdown takes for a list, a heading or another block."""
_SHORT, _WHOLE = 16, ' class="s"'  # letters that stay on one line
_STYLE = """
:root{color-scheme:light dark;--line:#8886;--soft:#8882;--good:#006e52;--ink:#1a1a1a;--paper:#fff}
@media(prefers-color-scheme:dark){:root{--good:#5fd3ae;--ink:#ececec;--paper:#14171a}}
*{box-sizing:border-box}
body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:0 auto;padding:2rem 1rem;
color:var(--ink);background:var(--paper)}
h1{font-size:1.7rem;line-height:1.2;margin:0 0 .3rem}h2{font-size:1.2rem;margin:2.2rem 0 .5rem}
p,ul{margin:.5rem 0}ul{padding-left:1.2rem}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(11rem,1fr));gap:.8rem;margin:1.2rem 0}
.figures div{border:1px solid var(--line);border-radius:.5rem;padding:.7rem .9rem}
.figures span{display:block;font-size:.85rem}
.figures b{display:block;font-size:1.5rem;font-variant-numeric:tabular-nums}
.wide{overflow-x:auto}figure{margin:1rem 0}
figcaption,caption{font-size:.85rem;text-align:left;padding:.3rem 0;font-weight:600}
svg{display:block;width:100%;min-width:36rem;height:auto}
table{border-collapse:collapse;font-size:.875rem;width:100%;margin:.6rem 0}
th,td{padding:.3rem .6rem;text-align:left;border-bottom:1px solid var(--line);vertical-align:top}
th{background:var(--soft)}.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}.s{white-space:nowrap}td:not(.n,.s){min-width:14rem}
footer{margin-top:2.5rem;border-top:1px solid var(--line);font-size:.85rem}
@media print{body{max-width:none;padding:0}details>*{display:block}h2{break-after:avoid}figure,tr{break-inside:avoid}}
"""


class Figure(NamedTuple):
    """A number that is seen first: what it is, the number as written, and a word on it."""

    label: str
    value: str
    note: str = ""


class Picture(NamedTuple):
    """A picture: what it shows, and its SVG."""

    title: str
    svg: str


@dataclass
class Section:
    """A part of a page; all text is plain, and shown as it is."""

    title: str
    text: list[str] = field(default_factory=list)
    pictures: list[Picture] = field(default_factory=list)
    tables: Iterable[Table] = ()
    points: list[str] = field(default_factory=list)


@dataclass
class Page:
    """A page: its title, what it is about, the figures on top, its sections, its foot, if something is open, totals."""

    title: str
    lead: str
    figures: list[Figure] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    foot: list[str] = field(default_factory=list)
    open: bool = False
    totals: dict[str, Decimal] = field(default_factory=dict)

    @property
    def filled(self) -> list[Section]:
        """Its sections that hold something."""
        return [s for s in self.sections if s.text or s.pictures or s.tables or s.points]

    @property
    def tables(self) -> list[Table]:
        """All of its tables, the figures first; a table without a title has its section's."""
        rows: list[list[Any]] = [[f.label, f.value, f.note] for f in self.figures]
        out = [Table("figures", self.title, ["", "Value", ""], rows)] if rows else []
        for section in self.sections:
            out += [table._replace(title=table.title or section.title) for table in section.tables]
            if not section.tables and section.points:
                out.append(Table("points", section.title, [""], [[p] for p in section.points]))
        return out


def build_page_json(page: Page) -> dict[str, Any]:
    """Return a page's content for programs: money and quantities as decimal strings."""
    return {
        "title": page.title,
        "lead": page.lead,
        "figures": [f._asdict() for f in page.figures],
        "sections": [
            {
                "title": s.title,
                "text": [*s.text, *s.points],
                "tables": [{"title": t.title, "columns": t.columns, "rows": t.rows} for t in s.tables],
            }
            for s in page.filled
        ],
        "foot": page.foot,
    }


# ---------------------------------------------------------------- Markdown
def _escape_line(text: str) -> str:
    """Return text that Markdown shows as it is on a line of its own."""
    shown = _BLOCK.sub(r"\g<1>\\\g<2>", escape_markdown(format_cell(text)).strip())
    return _CLOSING.sub(r"\1\\\2", shown)


def render_page_markdown(page: Page) -> str:
    """Return a page as Markdown; what pictures show stands in its tables."""
    out = [f"# {_escape_line(page.title)}", "", _escape_line(page.lead), ""]
    if page.figures:
        rows: list[list[Any]] = [[f.label, f.value, f.note] for f in page.figures]
        out += [render_markdown([Table("figures", "", ["", "Value", ""], rows)])]
    for section in page.filled:
        out += [f"## {_escape_line(section.title)}", ""]
        for text in section.text:
            out += [_escape_line(text), ""]
        if section.points:
            out += [*(f"- {_escape_line(text)}" for text in section.points), ""]
        for table in section.tables:
            out += [f"### {_escape_line(table.title)}", ""] if table.title else []
            out.append(render_markdown([table._replace(title="")]))
    out += ["---", "", *(f"{_escape_line(text)}  " for text in page.foot), ""]
    return "\n".join(out)


# ---------------------------------------------------------------- HTML
def render_page_html(page: Page) -> str:
    """Return a page as one HTML file that asks nobody for anything: no script, no font, no picture from elsewhere."""
    figures = "".join(
        f"<div><span>{escape(f.label)}</span><b>{escape(f.value)}</b><span>{escape(f.note)}</span></div>"
        for f in page.figures
    )
    body = [
        f"<h1>{escape(page.title)}</h1>",
        f"<p>{escape(page.lead)}</p>",
        f'<div class="figures">{figures}</div>' if figures else "",
        *map(_render_section, page.filled),
        f"<footer>{''.join(f'<p>{escape(text)}</p>' for text in page.foot)}</footer>",
    ]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n"
        f"<title>{escape(page.title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(part for part in body if part)
        + "\n</main>\n</body>\n</html>\n"
    )


def _render_section(section: Section) -> str:
    text = "".join(f"<p>{escape(t)}</p>" for t in section.text)
    points = f"<ul>{''.join(f'<li>{escape(p)}</li>' for p in section.points)}</ul>" if section.points else ""
    pictures = "".join(
        f'<figure><figcaption>{escape(p.title)}</figcaption><div class="wide" tabindex="0" role="group" '
        f'aria-label="{escape(p.title)}">{p.svg}</div></figure>'
        for p in section.pictures
    )
    tables = "".join(_render_table(t.title, t.columns, t.rows) for t in section.tables)
    return f"<section><h2>{escape(section.title)}</h2>{text}{points}{pictures}{tables}</section>"


def _render_table(title: str, names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    marks = [
        ' class="n"' if any(isinstance(row[i], Decimal | int | float) for row in rows) else ""
        for i in range(len(names))
    ]
    head = "".join(f'<th scope="col"{m}>{escape(name)}</th>' for name, m in zip(names, marks, strict=True))

    def part(some: Sequence[Sequence[Any]], caption: str) -> str:
        body = "".join(f"<tr>{''.join(map(_render_cell, row, marks))}</tr>" for row in some)
        return (
            f'<div class="wide" tabindex="0" role="group" aria-label="{escape(title or names[0] or "table")}"><table>'
            f"{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
        )

    caption = f"<caption>{escape(title)}</caption>" if title else ""
    if len(rows) <= _MOST:
        return part(rows, caption)
    rest = rows[_OPEN:]
    return f"{part(rows[:_OPEN], caption)}<details><summary>{len(rest):,} more rows</summary>{part(rest, '')}</details>"


def _render_cell(value: Any, mark: str) -> str:
    text = format_cell(value)
    return f"<td{mark or (_WHOLE if len(text) <= _SHORT else '')}>{escape(text)}</td>"
