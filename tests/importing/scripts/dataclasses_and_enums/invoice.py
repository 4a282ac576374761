"""Invoice calculator."""
from __future__ import annotations
from dataclasses import dataclass, field, asdict
from decimal import Decimal
from enum import Enum

class Currency(Enum):
    EUR = "EUR"
    USD = "USD"

@dataclass
class Item:
    name: str
    price: Decimal
    quantity: int = 1

@dataclass
class Invoice:
    total: Decimal
    tax: Decimal
    lines: list[Item] = field(default_factory=list)

def calculate(items: list[Item], currency: Currency = Currency.EUR, tax_rate: Decimal = Decimal("0.19")) -> Invoice:
    """Calculate the total of an invoice.

    Parameters
    ----------
    items : list of Item
        The lines of the invoice.
    tax_rate : Decimal
        The rate of tax.
    """
    net = sum((i.price * i.quantity for i in items), Decimal(0))
    return Invoice(total=net * (1 + tax_rate), tax=net * tax_rate, lines=items)

def main():
    print(calculate([Item("a", Decimal("1.5"), 2)]))

if __name__ == "__main__":
    main()
