"""Cumulative counts over time, shares, and growth, drawn as SVG."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT, MARGIN, HEAD = 300, 200, 45, 30
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")


@dataclass(frozen=True)
class Panel:
    title: str
    series: dict  # name -> sorted seconds; each adds one
    mark: float  # seconds, a dashed line
    length: float  # seconds of the horizontal axis


@dataclass(frozen=True)
class Shares:
    title: str
    counts: dict  # name -> how many
    expected: dict  # name -> its share as it should be, 0 .. 1; a dashed line


@dataclass(frozen=True)
class Growth:
    title: str
    unit: str  # of the vertical axis
    lines: dict  # name -> [(x, y)] with rising x, both at least 0


def write_svg(path, rows, title):
    """`rows`: lists of Panels, Shares or Growths, drawn above each other."""
    columns = max(len(row) for row in rows)
    width, height = max(600, columns * (WIDTH + MARGIN) + MARGIN), len(rows) * (HEIGHT + 2 * MARGIN) + HEAD
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             f'font-family="sans-serif" font-size="11">',
             f'<rect width="{width}" height="{height}" fill="white"/>',
             f'<text x="{MARGIN}" y="20" font-size="14">{escape(title)}</text>']
    for line, row in enumerate(rows):
        for column, panel in enumerate(row):
            draw = {Shares: _draw_shares, Growth: _draw_growth}.get(type(panel), _draw)
            parts.append(f'<g transform="translate({MARGIN + column * (WIDTH + MARGIN)},'
                         f'{HEAD + MARGIN / 2 + line * (HEIGHT + 2 * MARGIN)})">{draw(panel)}</g>')
    with open(path, "w") as file:
        file.write("\n".join([*parts, "</svg>"]) + "\n")


def _draw(panel):
    top = max([1, *(len(times) for times in panel.series.values())])
    parts = [f'<text x="0" y="-6">{escape(panel.title)}</text>',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#888"/>',
             f'<text x="-4" y="10" text-anchor="end">{top}</text>',
             f'<text x="-4" y="{HEIGHT}" text-anchor="end">0</text>',
             f'<text x="{WIDTH}" y="{HEIGHT + 14}" text-anchor="end">{panel.length:.0f} s</text>']
    x = panel.mark / panel.length * WIDTH
    parts.append(f'<line x1="{x:.1f}" x2="{x:.1f}" y1="0" y2="{HEIGHT}" stroke="#444" stroke-dasharray="4 3"/>')
    for number, (name, times) in enumerate(panel.series.items()):
        colour = COLOURS[number % len(COLOURS)]
        points = [(0.0, 0)]
        for count, time in enumerate(times, 1):
            points += [(time, count - 1), (time, count)]
        points.append((panel.length, len(times)))
        text = " ".join(f"{time / panel.length * WIDTH:.1f},{HEIGHT - count / top * HEIGHT:.1f}"
                        for time, count in points)
        parts.append(f'<polyline points="{text}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts.append(f'<text x="6" y="{14 + 13 * number}" fill="{colour}">{escape(name)}: {len(times)}</text>')
    return "".join(parts)


def _draw_shares(panel):
    total = max(1, sum(panel.counts.values()))
    top = max([0.01, *panel.expected.values(), *(count / total for count in panel.counts.values())]) * 1.15
    width = WIDTH / max(1, len(panel.counts))
    parts = [f'<text x="0" y="-6">{escape(panel.title)}</text>',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#888"/>']
    for number, (name, count) in enumerate(panel.counts.items()):
        left, height = number * width, count / total / top * HEIGHT
        line = HEIGHT - panel.expected[name] / top * HEIGHT
        parts.append(f'<rect x="{left + width * 0.15:.1f}" y="{HEIGHT - height:.1f}" width="{width * 0.7:.1f}" '
                     f'height="{height:.1f}" fill="{COLOURS[number % len(COLOURS)]}"/>')
        parts.append(f'<line x1="{left:.1f}" x2="{left + width:.1f}" y1="{line:.1f}" y2="{line:.1f}" '
                     f'stroke="#444" stroke-dasharray="4 3"/>')
        parts.append(f'<text x="{left + width / 2:.1f}" y="{HEIGHT - height - 4:.1f}" '
                     f'text-anchor="middle">{100 * count / total:.0f} %</text>')
    return "".join(parts)


def _draw_growth(panel):
    right = max(x for line in panel.lines.values() for x, _ in line)
    top = max(y for line in panel.lines.values() for _, y in line) * 1.05
    parts = [f'<text x="0" y="-6">{escape(panel.title)}</text>',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="none" stroke="#888"/>',
             f'<text x="-4" y="10" text-anchor="end">{top:.3g}</text>',
             f'<text x="-4" y="22" text-anchor="end">{escape(panel.unit)}</text>',
             f'<text x="-4" y="{HEIGHT}" text-anchor="end">0</text>',
             f'<text x="{WIDTH}" y="{HEIGHT + 14}" text-anchor="end">{right:g}</text>']
    for number, (name, line) in enumerate(panel.lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        places = [(x / right * WIDTH, HEIGHT - y / top * HEIGHT) for x, y in line]
        text = " ".join(f"{x:.1f},{y:.1f}" for x, y in places)
        parts.append(f'<polyline points="{text}" fill="none" stroke="{colour}" stroke-width="1.5"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="2.5" fill="{colour}"/>' for x, y in places]
        parts.append(f'<text x="6" y="{14 + 13 * number}" fill="{colour}">{escape(name)}</text>')
    return "".join(parts)
