import json
import sys

arguments = json.load(open(sys.argv[1]) if len(sys.argv) > 1 else sys.stdin)
json.dump(arguments, sys.stdout)
