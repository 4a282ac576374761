import csv


def add(path):
    with open(path, newline="") as file:
        return sum(float(row["hours"]) for row in csv.DictReader(file) if row["project"])
