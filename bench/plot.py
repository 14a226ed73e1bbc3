"""Plots as SVG: small multiples over one time axis, readable on a light and on a dark page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 760, 92
"""Of one panel, in pixels."""
LEFT, TOP, BOTTOM = 64, 22, 14
COLORS = ("#2f6fde", "#c2571a", "#2b8a57")
STYLE = """text { font: 12px system-ui, sans-serif; fill: #444 } .axis { stroke: #999; stroke-width: 1 }
  polyline { fill: none; stroke-width: 1.5 }
  @media (prefers-color-scheme: dark) { text { fill: #ccc } .axis { stroke: #777 } }"""


@dataclass(frozen=True, slots=True)
class Panel:
    """One quantity; `lines` are {name: values}, as long as the times. `bound` is drawn where it is to stay below."""

    title: str
    lines: dict[str, Sequence[float]]
    bound: float | None = None


def draw(times: Sequence[float], panels: Sequence[Panel]) -> str:
    """An SVG; `times` are minutes, rising."""
    height = len(panels) * (HEIGHT + TOP + BOTTOM) + 24
    body = [
        _draw_panel(times, panel, number * (HEIGHT + TOP + BOTTOM)) for number, panel in enumerate(panels)
    ]
    foot = height - 8
    body.append(f'<text x="{LEFT}" y="{foot}">0</text>')
    body.append(f'<text x="{WIDTH}" y="{foot}" text-anchor="end">{times[-1]:.0f} minutes</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH + 10} {height}" role="img">'
        f"<style>{STYLE}</style>{''.join(body)}</svg>\n"
    )


def _draw_panel(times: Sequence[float], panel: Panel, above: int) -> str:
    top, bottom = above + TOP, above + TOP + HEIGHT
    most = max((value for values in panel.lines.values() for value in values), default=0.0)
    most = max(most, panel.bound or 0.0, 1e-9)

    def place(value: float) -> float:
        return bottom - value / most * HEIGHT

    parts = [f'<text x="{LEFT}" y="{top - 8}">{escape(panel.title)}</text>']
    parts += [
        f'<text x="{LEFT - 6}" y="{place(value) + 4:.1f}" text-anchor="end">{value:,.{0 if most >= 10 else 1}f}</text>'
        for value in (0.0, most)
    ]
    parts.append(f'<line class="axis" x1="{LEFT}" x2="{WIDTH}" y1="{bottom}" y2="{bottom}"/>')
    if panel.bound is not None:
        y = place(panel.bound)
        parts.append(
            f'<line class="axis" stroke-dasharray="4 4" x1="{LEFT}" x2="{WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>'
        )
    for number, (name, values) in enumerate(panel.lines.items()):
        color = COLORS[number % len(COLORS)]
        points = " ".join(
            f"{LEFT + time / times[-1] * (WIDTH - LEFT):.1f},{place(value):.1f}"
            for time, value in zip(times, values, strict=True)
        )
        parts.append(f'<polyline stroke="{color}" points="{points}"/>')
        if len(panel.lines) > 1:
            x = WIDTH - 110 * (len(panel.lines) - 1 - number)
            parts.append(
                f'<text x="{x}" y="{top - 8}" text-anchor="end" style="fill: {color}">{escape(name)}</text>'
            )
    return "".join(parts)
