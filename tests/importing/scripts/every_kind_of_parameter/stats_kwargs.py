def mean(*values: float) -> float:
    """Arithmetic mean."""
    return sum(values) / len(values)

def describe(name, /, *, upper=False, **extra):
    """Describe a thing with free attributes."""
    text = f"{name}: " + ", ".join(f"{k}={v}" for k, v in extra.items())
    return text.upper() if upper else text
