import sys
from collections import Counter
# counts the status codes of an access log on stdin
c = Counter()
for line in sys.stdin:
    parts = line.split('"')
    if len(parts) > 2:
        c[parts[2].split()[0]] += 1
for k, v in c.most_common():
    print(k, v)
