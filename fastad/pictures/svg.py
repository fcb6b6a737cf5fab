"""The picture of a graph, as SVG.

A white card with a font of the reader's system, so that it is the same on light and dark pages. The
colours of tangents and adjoints, blue and vermilion, are told apart by colour-blind readers, too;
both are also named in each box.
"""

import itertools
from html import escape

from .layout import placed
from .recording import short

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"
INK, GREY, LINE = "#1f2328", "#57606a", "#8c959f"
COLOURS = {"value": INK, "tangent": "#0072b2", "adjoint": "#b34700"}
TITLES, LINE_HEIGHT, PADDING = 24.0, 17.0, 10.0
BETWEEN, MARGIN, PORTS = 66.0, 18.0, 46.0


def width_of(text, size):
    """Return about the width of a text in a sans-serif font, in pixels: rather more than less."""
    narrow = sum(c in "ijlI.,:;|()[] 1-'" for c in text)
    wide = sum(c in "mwMW%@=+<>" for c in text)
    return size * (0.60 * len(text) - 0.21 * narrow + 0.25 * wide)


def picture(name, nodes, decisions):
    """Return the picture of a graph as SVG.

    Parameters
    ----------
    name : str
        That of the function.
    nodes : list of Node
    decisions : list of (str, bool)
    """
    titles = [_title(node) for node in nodes]
    rows = [_rows(node) for node in nodes]
    widths = [_width(title, row) for title, row in zip(titles, rows, strict=True)]
    height = TITLES + LINE_HEIGHT * len(rows[0]) + PADDING / 2
    places, ways = placed([node.operands for node in nodes], widths)
    boxes = {}
    for k, width in enumerate(widths):
        x, layer = places[k]
        boxes[k] = (x - width / 2, layer * (height + BETWEEN), width, height)
    left = min(box[0] for box in boxes.values())
    right = max(box[0] + box[2] for box in boxes.values())
    drawn, labels = _edges(nodes, places, ways, boxes)
    middles = [place.x for place in places.values()]  # long edges may pass beside all boxes
    left = min([left, *middles, *(x for x, *_ in labels)])
    right = max([right, *middles, *(x + w for x, _, w, *_ in labels)])
    for k, box in boxes.items():
        drawn += _box(nodes[k], titles[k], rows[k], box)
    drawn += [_label(*label) for label in labels]
    bottom = max(box[1] + box[3] for box in boxes.values())
    for line in _caption(nodes, decisions):
        right = max(right, left + width_of(line, 12))
        bottom += 20
        drawn.append(_text(left, bottom + 4, line, GREY, 12))
    return _card(name, nodes, drawn, (left, right, bottom))


def _title(node):
    return node.name if node.operation == "input" else f"{node.name} = {node.formula}"


def _rows(node):
    return [(c, short(getattr(node, c))) for c in COLOURS if getattr(node, c) is not None]


def _width(title, rows):
    inner = [width_of(title, 14) * 1.1, *(width_of(f"{a}    {b}", 13) for a, b in rows)]
    return max(104.0, max(inner) + 2 * PADDING)


def _card(name, nodes, drawn, extent):
    left, right, bottom = extent
    width, height = right - left + 2 * MARGIN, bottom + 2 * MARGIN + 2
    said = f"Computational graph of {name}: {len(nodes)} nodes"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="{left - MARGIN:.1f} {-MARGIN:.1f} {width:.1f} {height:.1f}" role="img" '
        f'style="max-width: 100%; height: auto" font-family="{FONT}">',
        f"<title>{escape(said)}</title>",
        f'<rect x="{left - MARGIN + 0.5:.1f}" y="{-MARGIN + 0.5:.1f}" width="{width - 1:.1f}" '
        f'height="{height - 1:.1f}" rx="8" fill="#ffffff" stroke="#d0d7de"/>',
    ]
    return "\n".join([*lines, *drawn, "</svg>\n"])


def _caption(nodes, decisions):
    lines = []
    if any(node.operands for node in nodes):
        lines.append("On an edge: the derivative of the lower node by the upper one.")
    first = nodes[0]
    if first.tangent is not None:
        moved = [n for n in nodes if n.operation == "input" and n.tangent != 0.0]
        along = [n.name if n.tangent == 1.0 else f"{short(n.tangent)} {n.name}" for n in moved]
        along = " + ".join(along)
        lines.append(f"Tangent: the derivative along {along or 'no direction'}.")
    if first.adjoint is not None:
        lines.append("Adjoint: the derivative of the result by the node.")
    if decisions:
        shown = dict.fromkeys(f"{text} is {outcome}" for text, outcome in decisions)
        shown = list(shown)[:6] + ["..."] * (len(shown) > 6)
        lines.append(f"Taken here: {', '.join(shown)}.")
    return lines


def _box(node, title, rows, box):
    x, y, width, height = box
    given = node.operation == "input"
    fill, edge = ("#eaf1f8" if given else "#ffffff"), (INK if node.result else LINE)
    drawn = [
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" '
        f'rx="{12 if given else 4}" fill="{fill}" stroke="{edge}" '
        f'stroke-width="{2.5 if node.result else 1.2}"/>',
        _text(x + width / 2, y + 18, title, INK, 14, 'text-anchor="middle" font-weight="600"'),
    ]
    for k, (name, number) in enumerate(rows):
        at = y + TITLES + LINE_HEIGHT * (k + 0.75)
        drawn.append(_text(x + PADDING, at, name, COLOURS[name], 13))
        drawn.append(_text(x + width - PADDING, at, number, COLOURS[name], 13, 'text-anchor="end"'))
    return drawn


def _text(x, y, text, colour, size, more=""):
    attributes = f'x="{x:.1f}" y="{y:.1f}" fill="{colour}" font-size="{size}" {more}'.rstrip()
    return f"<text {attributes}>{escape(text)}</text>"


def _edges(nodes, places, ways, boxes):
    """Return the lines of all edges, and the places of their labels."""
    ends, starts = _ports(ways, places, boxes)
    drawn, labels = [], []
    for (k, position), way in ways.items():
        height = boxes[k][3]
        points = [(starts[k, position], boxes[way[0]][1] + height)]
        for key in way[1:-1]:
            at = places[key].layer * (height + BETWEEN)
            points += [(places[key].x, at), (places[key].x, at + height)]
        points.append((ends[k, position], boxes[k][1]))
        path = ""
        for (x0, y0), (x1, y1) in zip(points[::2], points[1::2], strict=True):
            half = (y1 - y0) / 2
            path += f"{'L' if path else 'M'}{x0:.1f} {y0:.1f} C{x0:.1f} {y0 + half:.1f} "
            path += f"{x1:.1f} {y1 - half:.1f} {x1:.1f} {y1:.1f} "
        segment = (x0, y0, x1, y1)
        drawn.append(
            f'<path d="{path.strip()}" fill="none" stroke="{LINE}" stroke-width="1.4"/>'
            f'<polygon points="{x1:.1f},{y1:.1f} {x1 - 4:.1f},{y1 - 8:.1f} '
            f'{x1 + 4:.1f},{y1 - 8:.1f}" fill="{LINE}"/>'
        )
        labels.append(_placed_label(short(nodes[k].partials[position]), segment, labels))
    return drawn, labels


def _ports(ways, places, boxes):
    """Return where on a box's side each edge ends and starts: in the order of the other ends."""
    ends, starts, into, out = {}, {}, {}, {}
    for edge, way in ways.items():
        into.setdefault(way[-1], []).append((places[way[-2]].x, edge[1], edge))
        out.setdefault(way[0], []).append((places[way[1]].x, edge, edge))
    for sides, found, room in ((into, ends, PORTS), (out, starts, 22.0)):
        for key, edges in sides.items():
            x, _, width, _ = boxes[key]
            step = min(room, (width - 16) / len(edges))
            for k, (*_, edge) in enumerate(sorted(edges)):
                found[edge] = x + width / 2 + step * (k - (len(edges) - 1) / 2)
    return ends, starts


def _placed_label(text, segment, others):
    """Return the place of a label on a curve, or beside it: where none stands, if there is."""
    x0, y0, x1, y1 = segment
    width, height, half = width_of(text, 12) + 6, 16.0, (y1 - y0) / 2
    for t, aside in itertools.product((0.5, 0.62, 0.38, 0.72, 0.28), (0.0, 0.55, -0.55)):
        x = _bezier(x0, x0, x1, x1, t) + (aside - 0.5) * width
        y = _bezier(y0, y0 + half, y1 - half, y1, t) - height / 2
        if all(x > a + w + 1 or x + width + 1 < a or abs(y - b) > height for a, b, w, *_ in others):
            break
    return x, y, width, height, text


def _bezier(a, b, c, d, t):
    s = 1 - t
    return s * s * s * a + 3 * s * s * t * b + 3 * s * t * t * c + t * t * t * d


def _label(x, y, width, height, text):
    behind = (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="3" '
        'fill="#ffffff" fill-opacity="0.9"/>'
    )
    return behind + _text(x + width / 2, y + 12, text, GREY, 12, 'text-anchor="middle"')
