"""A plot with a logarithmic vertical axis as SVG, written by hand: no dependency for one picture."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Final

WIDTH: Final = 720
HEIGHT: Final = 420
LEFT: Final = 70
RIGHT: Final = 190
TOP: Final = 50
BOTTOM: Final = 55
COLOURS: Final = ("#2a6fdb", "#8fb8f5", "#d1495b", "#f0a6b0", "#3a7d44", "#9bc7a1")


def plot(title: str, across: str, up: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    """Draw lines; the points of each are (x, y), both above 0."""
    points = [point for line in lines.values() for point in line]
    xs = sorted({x for x, _ in points})
    low = math.floor(math.log10(max(0.001, min(y for _, y in points))))
    high = math.ceil(math.log10(max(y for _, y in points)))

    def place(x: float, y: float) -> tuple[float, float]:
        share = (xs.index(x) + 0.5) / len(xs)
        height = (math.log10(max(y, 10**low)) - low) / max(1, high - low)
        return LEFT + share * (WIDTH - LEFT - RIGHT), HEIGHT - BOTTOM - height * (HEIGHT - TOP - BOTTOM)

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(LEFT, 28, title, size=17),
        _text(LEFT, HEIGHT - 12, across),
        _text(12, TOP - 8, up),
    ]
    for power in range(low, high + 1):
        _, y = place(xs[0], 10**power)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="#ddd"/>')
        parts.append(_text(12, y + 4, f"{10**power:g}"))
    parts += [_text(place(x, 1)[0] - 6, HEIGHT - BOTTOM + 20, f"{x:g}") for x in xs]
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        spots = [place(*point) for point in line]
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in spots)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{colour}"/>' for x, y in spots]
        parts.append(_text(WIDTH - RIGHT + 12, TOP + 22 * number, name, colour=colour))
    return "\n".join([*parts, "</svg>", ""])


def _text(x: float, y: float, words: str, *, size: int = 13, colour: str = "#222") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" fill="{colour}">{escape(words)}</text>'
