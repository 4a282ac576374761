from common.money import cents
from typing import NamedTuple

class Plan(NamedTuple):
    """A plan."""
    rate: float
    months: int = 12

def monthly_payment(amount: float, plan: Plan) -> float:
    """Monthly payment of a loan.

    Parameters
    ----------
    amount : float
        What is borrowed.
    plan : Plan
        Yearly rate in percent, and months.

    Returns
    -------
    float
        The payment of each month.
    """
    r = plan.rate / 1200
    return float(cents(amount * r / (1 - (1 + r) ** -plan.months)))
