"""Writes a text in capitals, from a file beside the script to another one."""

import os
import sys
from pathlib import Path


def shout(source, target):
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, source)) as file, open(Path(__file__).parent / target, "w") as written:
        written.write(file.read().upper())
    print("written")


if __name__ == "__main__":
    source, target = sys.argv[1:3]
    shout(source, target)
