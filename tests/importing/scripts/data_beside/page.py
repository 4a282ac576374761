from pathlib import Path

TEMPLATES = Path(__file__).resolve().parent / "templates"


def page(title: str) -> str:
    """Puts a title into the page that all of ours begin with.

    Args:
        title: The title.
    """
    return (TEMPLATES / "page.html").read_text().replace("{{title}}", title)
