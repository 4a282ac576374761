"""Check how many lines of a text are too long, with limits from settings.ini."""
import configparser
import os
HERE = os.path.dirname(os.path.realpath(__file__))
cfg = configparser.ConfigParser()
cfg.read(os.path.join(HERE, "settings.ini"))

def long_lines(text: str, limit: int | None = None) -> dict:
    """Find lines that are too long.

    Args:
        text: any text
        limit: characters; otherwise what settings.ini says

    Returns:
        The numbers of the lines.
    """
    limit = limit or cfg.getint("limits", "warn")
    return {"lines": [i for i, l in enumerate(text.splitlines(), 1) if len(l) > limit], "limit": limit}
