"""Search log files for a pattern with context lines."""
import argparse, re, sys, gzip

def open_log(name):
    if name.endswith(".gz"):
        return gzip.open(name, "rt")
    return open(name)

def grep(pattern, files, ignore_case=False, context=0, invert=False):
    rx = re.compile(pattern, re.I if ignore_case else 0)
    hits = 0
    for name in files:
        with open_log(name) as fh:
            lines = fh.readlines()
        for i, line in enumerate(lines):
            if bool(rx.search(line)) != invert:
                hits += 1
                for l in lines[max(0, i - context): i + context + 1]:
                    print(f"{name}:{i+1}:{l.rstrip()}")
    return hits

def build_parser():
    parser = argparse.ArgumentParser(prog="loggrep")
    parser.add_argument("pattern", help="regular expression")
    parser.add_argument("files", nargs="+", metavar="FILE")
    g = parser.add_argument_group("output")
    g.add_argument("-C", "--context", type=int, default=0)
    g.add_argument("-v", "--invert", action="store_true")
    parser.add_argument("-i", dest="ignore_case", action="store_true", help="ignore case")
    return parser

if __name__ == "__main__":
    args = build_parser().parse_args()
    n = grep(args.pattern, args.files, args.ignore_case, args.context, args.invert)
    sys.exit(0 if n else 1)
