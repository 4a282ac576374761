"""Make a slug of a title."""
import os, sys
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "lib"))
from textutil import slug
import getopt

opts, args = getopt.getopt(sys.argv[1:], "p:")
prefix = dict(opts).get("-p", "")
print(prefix + slug(" ".join(args)))
