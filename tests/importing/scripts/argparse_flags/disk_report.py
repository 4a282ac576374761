#!/usr/bin/env python3
"""Report disk usage of a path and warn above a threshold."""
import argparse
import json
import shutil
import sys

def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", nargs="?", default="/", help="where to look")
    parser.add_argument("-w", "--warn", type=int, default=80, help="warn above this percentage (default: %(default)s%%)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    args = parser.parse_args()
    usage = shutil.disk_usage(args.path)
    percent = round(100 * usage.used / usage.total, 1)
    if args.json:
        print(json.dumps({"path": args.path, "percent": percent, "warn": percent > args.warn}))
    else:
        print(f"{args.path}: {percent}% used")
        if percent > args.warn:
            print("WARNING", file=sys.stderr)

if __name__ == "__main__":
    main()
