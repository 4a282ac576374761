# /// script
# requires-python = ">=3.11"
# dependencies = ["tabulate==0.9.0"]
# ///
"""Prints a small table as text."""
from tabulate import tabulate

print(tabulate([[1, 2]]))
