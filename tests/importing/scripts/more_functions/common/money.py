from decimal import Decimal, ROUND_HALF_UP
def cents(x): return Decimal(str(x)).quantize(Decimal("0.01"), ROUND_HALF_UP)
