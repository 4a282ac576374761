#!/usr/bin/env python
"""Counts words in files."""
from optparse import OptionParser
import sys

def main():
    usage = "usage: %prog [options] FILE..."
    parser = OptionParser(usage=usage, version="1.0")
    parser.add_option("-m", "--min-length", dest="minlen", type="int", default=1, help="shortest word that counts [default: %default]")
    parser.add_option("-q", "--quiet", action="store_true", dest="quiet", default=False, help="only the number")
    (options, args) = parser.parse_args()
    if not args:
        parser.error("no files")
    n = 0
    for a in args:
        for w in open(a).read().split():
            if len(w) >= options.minlen:
                n += 1
    print(n if options.quiet else "%d words" % n)

if __name__ == "__main__":
    main()
