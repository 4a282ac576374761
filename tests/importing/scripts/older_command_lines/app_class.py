"""Rename things according to a pattern (prints the plan only)."""
import argparse, re

class App:
    def __init__(self):
        self.parser = argparse.ArgumentParser(description="Plan renames")
        self._add_args()

    def _add_args(self):
        self.parser.add_argument("names", nargs="+", help="names to rename")
        self.parser.add_argument("--find", required=True, metavar="REGEX")
        self.parser.add_argument("--replace", default="")
        grp = self.parser.add_mutually_exclusive_group()
        grp.add_argument("--upper", action="store_true")
        grp.add_argument("--lower", action="store_const", const=True)

    def run(self, argv=None):
        args = self.parser.parse_args(argv)
        for n in args.names:
            new = re.sub(args.find, args.replace, n)
            print(n, "->", new.upper() if args.upper else new)

if __name__ == "__main__":
    App().run()
