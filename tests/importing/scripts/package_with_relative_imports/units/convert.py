"""Converts kilometres to metres."""
import argparse

from . import factors

if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("value", type=float)
    print(parser.parse_args().value * factors.KILO)
