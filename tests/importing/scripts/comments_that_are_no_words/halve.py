# halve.py
# First install using: pip install nothing

import sys

# Base of the whole computation
base = 2

print(int(sys.argv[1]) / base)
