# /// script
# dependencies = ["httpx"]
# ///

def main(host):
    return host
