"""Doc."""
# /// script
# dependencies = [
# ///

def main(host):
    return host
