import csv, collections

class SalesReport:
    """Summarise a sales CSV by region."""
    def __init__(self, path, top=3):
        self.path = path
        self.top = top

    def load(self):
        with open(self.path, newline="") as fh:
            return list(csv.DictReader(fh))

    def run(self):
        totals = collections.Counter()
        for row in self.load():
            totals[row["region"]] += float(row["amount"])
        return dict(totals.most_common(self.top))

if __name__ == "__main__":
    print(SalesReport("sales.csv", top=2).run())
