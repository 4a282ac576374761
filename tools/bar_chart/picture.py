"""Pixels that become a PNG file."""

import struct
import zlib

# Each letter is five rows of three pixels, a row in one octal digit.
LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ.-+:/%()_,"
ROWS = (
    "75557 26227 71747 71717 55711 74717 74757 71111 75757 75717 25755 65656 34443 65556 74647 74644 34553 55755 "
    "72227 11152 55655 44447 57755 65555 25552 65644 25573 65655 34216 72222 55557 55552 55775 55255 55222 71247 "
    "00002 00700 02720 02020 11244 51245 12221 42224 00007 00022"
)
FONT = dict(zip(LETTERS, ROWS.split(" "), strict=True))
UNKNOWN = "75157"


class Picture:
    """A white picture of so many pixels; what is drawn outside of it is not seen."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.rows = [bytearray(b"\xff" * 3 * width) for _ in range(height)]

    def fill(self, left: int, top: int, right: int, bottom: int, colour: tuple[int, int, int]) -> None:
        """Fill the pixels from ``left`` and ``top`` up to, without, ``right`` and ``bottom``."""
        left, right = max(left, 0), min(right, self.width)
        if left < right:
            for row in self.rows[max(top, 0) : max(bottom, 0)]:
                row[3 * left : 3 * right] = bytes(colour) * (right - left)

    def write(self, x: int, y: int, text: str, colour: tuple[int, int, int], size: int, align: str = "left") -> None:
        """Write a line; ``x`` is where it begins, ends (``right``) or has its ``middle``."""
        width = 4 * size * len(text)
        x -= {"left": 0, "middle": width // 2, "right": width}[align]
        for letter in text.upper():
            for down, bits in enumerate("00000" if letter == " " else FONT.get(letter, UNKNOWN)):
                for across in range(3):
                    if int(bits) & 4 >> across:
                        left, top = x + across * size, y + down * size
                        self.fill(left, top, left + size, top + size, colour)
            x += 4 * size

    def png(self) -> bytes:
        """The file: eight bits for each of three colours, nothing filtered."""
        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        pixels = zlib.compress(b"".join(b"\0" + row for row in self.rows), 9)
        chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
        return b"\x89PNG\r\n\x1a\n" + b"".join(
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
            for kind, data in chunks
        )
