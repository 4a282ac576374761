from typing import Annotated, Literal


def pick_words(text: Annotated[str, "text"], order: Literal["found", "sorted"] = "found") -> list[str]:
    """Pick the words of a text."""
    found = text.split()
    return sorted(found) if order == "sorted" else found
