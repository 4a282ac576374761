"""A bar chart as a PNG picture: pixels, a font of three by five, and zlib."""

from base64 import b64encode

from picture import Picture

WIDTH, HEIGHT = 720, 400
LEFT, RIGHT, TOP, BOTTOM = 84, 16, 40, 44
INK, GRID, BAR, BELOW = (40, 44, 52), (222, 226, 232), (46, 110, 200), (200, 84, 60)


def main(bars: list[dict], title: str = "", unit: str = "") -> dict:
    """The picture, and the numbers as text for whoever cannot see it."""
    pairs = [(bar["name"], bar["value"]) for bar in bars]
    values = [value for _, value in pairs]
    low, high = min(0, *values), max(0, *values)
    high = high if high > low else 1
    picture = Picture(WIDTH, HEIGHT)
    picture.write(LEFT, 14, title, INK, 2)
    for step in range(5):
        value = low + (high - low) * step / 4
        y = place(value, low, high)
        picture.fill(LEFT, y, WIDTH - RIGHT, y + 1, GRID)
        picture.write(LEFT - 8, y - 5, number(value), INK, 2, align="right")
    room = (WIDTH - LEFT - RIGHT) / len(bars)
    for at, (name, value) in enumerate(pairs):
        left, right = LEFT + int(at * room + room * 0.15), LEFT + int(at * room + room * 0.85)
        top, bottom = sorted((place(value, low, high), place(0, low, high)))
        picture.fill(left, top, max(right, left + 1), bottom, BAR if value >= 0 else BELOW)
        letters = max(1, int(room * 0.95) // 8)
        picture.write((left + right) // 2, HEIGHT - BOTTOM + 14, name[:letters], INK, 2, align="middle")
    zero = place(0, low, high)
    picture.fill(LEFT, zero, WIDTH - RIGHT, zero + 1, INK)
    lines = [title] if title else []
    lines += [f"{name}: {number(value)}{' ' + unit if unit else ''}" for name, value in pairs]
    return {
        "$content": [
            {"type": "image", "mime": "image/png", "name": "chart.png", "base64": b64encode(picture.png()).decode()},
            {"type": "text", "text": "\n".join(lines)},
        ]
    }


def place(value: float, low: float, high: float) -> int:
    """The row of pixels at which a value stands."""
    return round(TOP + (HEIGHT - TOP - BOTTOM) * (high - value) / (high - low))


def number(value: float) -> str:
    """A number as short as it can be read."""
    return f"{value:.6g}"
