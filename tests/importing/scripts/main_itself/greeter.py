def main(name: str, times: int = 1) -> str:
    """Greets somebody as often as wanted.

    :param name: Whom.
    :param times: How often.
    """
    return " ".join([f"hello {name}"] * times)
