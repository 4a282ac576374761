"""Text statistics."""
import argparse, sys, collections

def cmd_count(args):
    text = args.file.read()
    print({"lines": text.count("\n"), "words": len(text.split())})

def cmd_top(args):
    words = collections.Counter(args.file.read().lower().split())
    for w, n in words.most_common(args.n):
        print(n, w)

def add_common(p):
    p.add_argument("file", type=argparse.FileType("r"), nargs="?", default=sys.stdin)
    p.add_argument("--encoding", choices=("utf-8", "latin-1"), default="utf-8")

def main(argv=None):
    parser = argparse.ArgumentParser()
    parser.add_argument("--verbose", "-v", action="count", default=0)
    sub = parser.add_subparsers(dest="cmd", required=True)
    for name, fn, hlp in [("count", cmd_count, "count lines"), ("top", cmd_top, "most frequent words")]:
        p = sub.add_parser(name, help=hlp)
        add_common(p)
        p.set_defaults(func=fn)
        if name == "top":
            p.add_argument("-n", type=int, default=3)
    args = parser.parse_args(argv)
    args.func(args)

if __name__ == "__main__":
    main()
