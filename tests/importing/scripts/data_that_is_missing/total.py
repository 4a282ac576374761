"""Adds the amounts of a table, and has a name for one that is not there."""

import csv
import sys


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else "amounts.csv"
    with open(path) as file:
        print(sum(float(row["amount"]) for row in csv.DictReader(file)))


if __name__ == "__main__":
    main()
