"""The report's plots, as SVG that takes its colours from the page. Pure."""

from collections.abc import Mapping, Sequence
from html import escape

from evals.metrics import Summary

WIDTH, HEIGHT = 460, 300
LEFT, RIGHT, TOP, BOTTOM = 52, 22, 14, 44

Point = tuple[float, float]


def bars(rows: Mapping[str, Mapping[str, Summary]]) -> str:
    """Shares with their intervals as horizontal bars: a group for each row, a bar for each document in it."""
    left, line, gap = 120, 13, 12
    scale = (WIDTH - left - RIGHT) / 1
    parts, y = list[str](), float(TOP)
    for name, numbers in rows.items():
        middle = y + line * len(numbers) / 2
        parts.append(_text(left - 8, middle + 4, name, "end"))
        for subject, number in numbers.items():
            label = f"{name}, {subject}: {100 * number.value:.1f} % of {number.n}"
            low, high = (number.low or 0.0), (number.high or 0.0)
            parts.append(
                f'<g class="{escape(subject)}"><title>{escape(label)}</title>'
                f'<rect x="{left}" y="{y:.1f}" width="{scale * number.value:.1f}" height="{line - 3}" rx="1"/>'
                f'<path class="whisker" d="M{left + scale * low:.1f} {y + (line - 3) / 2:.1f}'
                f'H{left + scale * high:.1f}"/></g>'
            )
            y += line
        y += gap
    grid = "".join(
        f'<path class="grid" d="M{left + scale * t:.1f} {TOP - 4}V{y - gap / 2:.1f}"/>'
        + _text(left + scale * t, y + 10, f"{t:.0%}", "middle")
        for t in (0, 0.25, 0.5, 0.75, 1)
    )
    return _svg(grid + "".join(parts), "Answered right, by kind of question", height=y + 18)


def curves(
    lines: Mapping[str, Sequence[Point]], *, x: str, y: str, title: str, x_top: float = 1, y_top: float = 1
) -> str:
    """A line for each document, in axes that start at 0."""
    parts = [_axes(x, y, x_top, y_top)]
    for subject, points in lines.items():
        path = "L".join(_at(point, x_top, y_top) for point in points)
        if path:
            parts.append(f'<path class="line {escape(subject)}" d="M{path}"><title>{escape(subject)}</title></path>')
    return _svg("".join(parts), title)


def calibration(points: Mapping[str, Sequence[tuple[float, Summary]]], *, x: str, y: str, title: str) -> str:
    """A dot with its interval for each group of answers, and the diagonal that a perfect answerer would follow."""
    diagonal = f'<path class="diagonal" d="M{_at((0, 0), 1, 1)}L{_at((1, 1), 1, 1)}"/>'
    parts = [_axes(x, y, 1, 1), diagonal]
    for i, (subject, groups) in enumerate(points.items()):
        for probability, number in groups:
            at, shift = (probability, number.value), 3 * i
            px, py = (float(v) for v in _at(at, 1, 1).split(","))
            low = float(_at((0, number.low or 0.0), 1, 1).split(",")[1])
            high = float(_at((0, number.high or 0.0), 1, 1).split(",")[1])
            label = f"{subject}: held for {probability:.0%}, right {number.value:.0%} of {number.n}"
            parts.append(
                f'<g class="{escape(subject)}"><title>{escape(label)}</title>'
                f'<path class="whisker" d="M{px + shift} {low}V{high}"/><circle cx="{px + shift}" cy="{py}" r="4"/></g>'
            )
    return _svg("".join(parts), title)


def _axes(x: str, y: str, x_top: float, y_top: float) -> str:
    parts = list[str]()
    for i in range(5):
        across = float(_at((x_top * i / 4, 0), x_top, y_top).split(",")[0])
        up = float(_at((0, y_top * i / 4), x_top, y_top).split(",")[1])
        parts.append(f'<path class="grid" d="M{across} {TOP}V{HEIGHT - BOTTOM}M{LEFT} {up}H{WIDTH - RIGHT}"/>')
        parts.append(_text(across, HEIGHT - BOTTOM + 16, _tick(x_top * i / 4, x_top), "middle"))
        parts.append(_text(LEFT - 6, up + 4, _tick(y_top * i / 4, y_top), "end"))
    middle = (TOP + HEIGHT - BOTTOM) / 2
    parts.append(_text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, x, "middle"))
    turned = f'transform="rotate(-90 12 {middle})"'
    parts.append(f'<text x="12" y="{middle}" text-anchor="middle" {turned}>{escape(y)}</text>')
    return "".join(parts)


def _at(point: Point, x_top: float, y_top: float) -> str:
    x = LEFT + (WIDTH - LEFT - RIGHT) * min(point[0] / x_top, 1)
    y = HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * min(point[1] / y_top, 1)
    return f"{x:.1f},{y:.1f}"


def _tick(value: float, top: float) -> str:
    return f"{value:.0%}" if top <= 1 else f"{value:.0f}"


def _text(x: float, y: float, words: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _svg(body: str, title: str, height: float = HEIGHT) -> str:
    return f'<svg viewBox="0 0 {WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">{body}</svg>'
