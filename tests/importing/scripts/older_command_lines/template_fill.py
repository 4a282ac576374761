"""Fill {placeholders} of a template file with KEY=VALUE pairs."""
import sys
path, *pairs = sys.argv[1:]
values = dict(p.split("=", 1) for p in pairs)
with open(path) as f:
    print(f.read().format(**values))
