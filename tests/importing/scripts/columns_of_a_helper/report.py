"""Adds the hours of a table by project."""

import sys

from hours import add

if __name__ == "__main__":
    path = sys.argv[1]
    print(add(path))
