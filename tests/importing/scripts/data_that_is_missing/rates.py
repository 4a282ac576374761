"""Prints the first rate of the list, and remembers how often that was asked."""

import json
import os

with open("rates.json") as file:
    print(json.load(file)[0])
if os.path.exists("asked.txt"):
    print(open("asked.txt").read())
with open("last.txt", "w") as written:
    written.write("now")
print(open("last.txt").read())
