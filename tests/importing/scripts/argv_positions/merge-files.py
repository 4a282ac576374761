#!/usr/bin/env python3
# Repeats what is in a file, and writes it into another
import sys

if len(sys.argv) < 3:
    print("usage: merge-files.py SOURCE TARGET [TIMES]")
    sys.exit(2)

source, target = sys.argv[1], sys.argv[2]
times = int(sys.argv[3]) if len(sys.argv) > 3 else 2
with open(source) as file:
    text = file.read() * times
with open(target, "w") as file:
    file.write(text)
print("wrote", len(text))
