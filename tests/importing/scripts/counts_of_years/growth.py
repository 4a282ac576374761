"""Tells what savings grow to by a tenth each year."""

years = int(input("For how many years? "))
amount = 100.0
for _ in range(years):
    amount *= 1.1
print(round(amount, 2))
