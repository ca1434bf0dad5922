"""The two plots of the model card, as SVG: is the probability right, and what does refusing buy?"""

from collections.abc import Sequence

import numpy as np

SIZE, EDGE = 320, 44
BINS = 10


def reliability(probabilities: Sequence[float], right: Sequence[bool]) -> str:
    """How often the sentence in front answers, by the probability that it was given; on the diagonal it is calibrated.

    Args:
        probabilities: Of each question.
        right: Whether the sentence in front answers it.
    """
    given, came = np.asarray(probabilities), np.asarray(right, float)
    bins = np.minimum((given * BINS).astype(int), BINS - 1)
    points = [(given[bins == b].mean(), came[bins == b].mean()) for b in range(BINS) if (bins == b).any()]
    dots = "".join(f'<circle cx="{_x(x):.1f}" cy="{_y(y):.1f}" r="4" fill="#b3541e"/>' for x, y in points)
    diagonal = f'<path d="M{_x(0)} {_y(0)}L{_x(1)} {_y(1)}" stroke="#999" stroke-dasharray="4 4"/>'
    return _plot("probability given", "share that answers", diagonal + _line(points) + dots)


def risk_coverage(probabilities: Sequence[float], right: Sequence[bool]) -> str:
    """The share of wrong answers among those given, by the share of questions answered, the surest first.

    El-Yaniv and Wiener, "On the foundations of noise-free selective classification", JMLR 2010.
    """
    order = np.argsort(-np.asarray(probabilities), kind="stable")
    wrong = np.cumsum(~np.asarray(right, bool)[order]) / np.arange(1, len(order) + 1)
    coverage = np.arange(1, len(order) + 1) / len(order)
    start = max(1, len(order) // 100)  # of a handful of questions, a share says nothing
    every = max(1, len(order) // 200)
    points = list(zip(coverage[start::every].tolist(), wrong[start::every].tolist(), strict=True))
    return _plot("share of questions answered", "share of answers that are wrong", _line(points))


def _x(share: float) -> float:
    return EDGE + share * SIZE


def _y(share: float) -> float:
    return EDGE / 2 + (1 - share) * SIZE


def _line(points: Sequence[tuple[float, float]]) -> str:
    path = "L".join(f"{_x(x):.1f} {_y(y):.1f}" for x, y in points)
    return f'<path d="M{path}" fill="none" stroke="#b3541e" stroke-width="2"/>'


def _plot(across: str, up: str, inside: str) -> str:
    ticks = "".join(
        f'<text x="{_x(t):.0f}" y="{_y(0) + 16:.0f}" text-anchor="middle">{t:.1f}</text>'
        f'<text x="{_x(0) - 6:.0f}" y="{_y(t) + 4:.0f}" text-anchor="end">{t:.1f}</text>'
        for t in (0, 0.2, 0.4, 0.6, 0.8, 1)
    )
    width, height = SIZE + 2 * EDGE, SIZE + 2 * EDGE
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" aria-label="{up}, by {across}" font-family="sans-serif" font-size="11" fill="#333">'
        f'<rect width="100%" height="100%" fill="#fff"/>'
        f'<rect x="{EDGE}" y="{EDGE / 2}" width="{SIZE}" height="{SIZE}" fill="none" stroke="#999"/>{ticks}{inside}'
        f'<text x="{_x(0.5)}" y="{height - 8}" text-anchor="middle">{across}</text>'
        f'<text transform="translate(12 {_y(0.5)}) rotate(-90)" text-anchor="middle">{up}</text></svg>\n'
    )
