from typing import Sequence, Tuple, Callable

Matrix = list[list[float]]

def transpose(m: Matrix) -> Matrix:
    """Transpose a matrix."""
    return [list(r) for r in zip(*m)]

def apply(fn: Callable[[float], float], m: Matrix) -> Matrix:
    """Apply a function to all."""
    return [[fn(x) for x in r] for r in m]

def bounds(values: Sequence[float]) -> Tuple[float, float]:
    """Smallest and largest value."""
    return min(values), max(values)
