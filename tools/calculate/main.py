"""Evaluate arithmetic from its syntax tree; nothing is ever executed as Python."""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable

MAX_BITS = 1_000  # a whole number this long still fits a float, and multiplies in no time
MAX_DEPTH = 60

Number = int | float


def main(expression: str) -> dict:
    """The value of ``expression``; raises ValueError with what is wrong with it."""
    try:
        tree = ast.parse(expression.strip(), mode="eval")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ValueError(
            "This is not one arithmetic expression. Use + - * / // % **, parentheses and functions, for example "
            "round(100 * 3 / 7, 2); no ^, no percent signs, no thousands separators after a number."
        ) from None
    value = _value(tree.body, 0)
    in_range = isinstance(value, float) or abs(value) <= 2**53
    return {"value": value if in_range else float(value), "exact": str(value)}


def _value(node: ast.expr, depth: int) -> Number:
    if depth > MAX_DEPTH:
        raise ValueError(f"The expression is nested more than {MAX_DEPTH} levels deep; split it.")
    match node:
        case ast.Constant(value=value) if type(value) in (int, float):
            return _bounded(value)
        case ast.Name(id=name) if name in _CONSTANTS:
            return _CONSTANTS[name]
        case ast.UnaryOp(op=op, operand=operand) if type(op) in _UNARY:
            return _UNARY[type(op)](_value(operand, depth + 1))
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _BINARY:
            return _applied(_BINARY[type(op)], [_value(left, depth + 1), _value(right, depth + 1)])
        case ast.Call(func=ast.Name(id=name), args=args, keywords=[]) if name in _FUNCTIONS:
            return _applied(_FUNCTIONS[name], [_value(arg, depth + 1) for arg in args])
    raise ValueError(f"{ast.unparse(node)[:80]!r} is not allowed. Known names: {', '.join(_KNOWN)}.")


def _applied(function: Callable, operands: list[Number]) -> Number:
    try:
        return _bounded(function(*operands))
    except ZeroDivisionError:
        raise ValueError("Division by zero.") from None
    except OverflowError:
        raise ValueError("The result is too large for a number.") from None
    except ValueError as error:
        said = str(error).replace("math domain error", "A function has no value there, such as log(0) or sqrt(-1)")
        raise ValueError(f"{said.rstrip('.')}.") from None
    except TypeError as error:
        raise ValueError(f"Wrong number or kind of arguments: {error}.") from None


def _bounded(value: Number) -> Number:
    if isinstance(value, complex):
        raise ValueError("The result is not a real number.")
    if isinstance(value, int) and value.bit_length() > MAX_BITS:
        raise ValueError("A whole number in the expression or its result has more than 300 digits.")
    if isinstance(value, float) and not math.isfinite(value):
        raise ValueError("The result is too large for a number.")
    return value


def _power(base: Number, exponent: Number) -> Number:
    """The power, refused before it is computed where it would be too long."""
    whole = isinstance(base, int) and isinstance(exponent, int)
    if whole and exponent > 0 and (abs(base).bit_length() - 1) * exponent > MAX_BITS:
        raise ValueError("The power would have more than 300 digits.")
    return base**exponent


def _factorial(number: Number) -> int:
    if not isinstance(number, int) or not 0 <= number <= 160:
        raise ValueError("factorial takes a whole number from 0 to 160.")
    return math.factorial(number)


def _rounded(number: Number, digits: int = 0) -> Number:
    if not isinstance(digits, int) or abs(digits) > 300:
        raise ValueError("round takes a number and a whole number of digits up to 300.")
    return round(number, digits) if digits > 0 else int(round(number, digits))


_CONSTANTS = {"pi": math.pi, "e": math.e, "tau": math.tau}
_UNARY: dict[type[ast.unaryop], Callable] = {ast.UAdd: operator.pos, ast.USub: operator.neg}
_BINARY: dict[type[ast.operator], Callable] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Pow: _power,
}
_FUNCTIONS: dict[str, Callable] = {
    "abs": abs,
    "round": _rounded,
    "min": lambda *numbers: min(numbers),
    "max": lambda *numbers: max(numbers),
    "sum": lambda *numbers: sum(numbers),
    "floor": math.floor,
    "ceil": math.ceil,
    "factorial": _factorial,
    **{name: getattr(math, name) for name in ("sqrt", "exp", "log", "log2", "log10", "sin", "cos", "tan")},
    **{name: getattr(math, name) for name in ("radians", "degrees", "gcd")},
}
_KNOWN = sorted([*_FUNCTIONS, *_CONSTANTS])
