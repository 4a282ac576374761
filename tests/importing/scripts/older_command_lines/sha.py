"""Print the SHA-256 of files."""
import hashlib
import sys

def digest(path):
    h = hashlib.sha256()
    with open(path, "rb") as f:
        for chunk in iter(lambda: f.read(65536), b""):
            h.update(chunk)
    return h.hexdigest()

def main(argv):
    if not argv:
        print("usage: sha.py FILE...", file=sys.stderr)
        return 2
    for path in argv:
        print(digest(path), path)
    return 0

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
