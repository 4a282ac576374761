"""Convert speeds.

Usage:
  naval.py kmh <knots>
  naval.py knots <kmh> [--round=<n>]

Options:
  --round=<n>  digits [default: 2]
"""
from docopt import docopt
if __name__ == "__main__":
    a = docopt(__doc__)
    if a["kmh"]:
        print(float(a["<knots>"]) * 1.852)
    else:
        print(round(float(a["<kmh>"]) / 1.852, int(a["--round"])))
