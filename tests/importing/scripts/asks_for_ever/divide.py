"""Divides numbers until somebody has had enough."""

while True:
    try:
        first = float(input("First: "))
        print(first / float(input("Second: ")))
    except Exception as error:
        print(f"Again, please: {error}")
