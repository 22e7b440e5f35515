"""A figure put together as plain mappings.

Plotly's own objects check each property that is set, which takes longer than all arithmetic of a page; what is drawn
again at every change of an input is put together here, and read by the browser as it is.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go
import plotly.io as pio


class Drawing:
    """Traces, shapes, annotations and a layout, in plotly's own words."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self._traces: list[dict[str, Any]] = []
        self._layout: dict[str, Any] = {"shapes": [], "annotations": []}

    def add_bar(self, **of: Any) -> None:
        """Add bars."""
        self._traces.append({"type": "bar", **of})

    def add_scatter(self, **of: Any) -> None:
        """Add points or lines."""
        self._traces.append({"type": "scatter", **of})

    def add_annotation(self, **of: Any) -> None:
        """Add words at a place."""
        self._layout["annotations"].append({"showarrow": False, **of})

    def add_vertical_line(self, x: float, **line: Any) -> None:
        """Add a line from bottom to top."""
        self._layout["shapes"].append(
            {"type": "line", "x0": x, "x1": x, "y0": 0, "y1": 1, "xref": "x", "yref": "y domain", "line": line}
        )

    def to_figure(self, **layout: Any) -> go.Figure:
        """Return the figure, in the colours of the page."""
        name = pio.templates.default
        template = {"template": _get_template(name)} if name else {}
        return go.Figure({"data": self._traces, "layout": {**self._layout, **layout, **template}}, _validate=False)


_TEMPLATES: dict[str, Any] = {}


def _get_template(name: str) -> Any:
    if name not in _TEMPLATES:
        _TEMPLATES[name] = pio.templates[name].to_plotly_json()
    return _TEMPLATES[name]
