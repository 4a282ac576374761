# /// script
# requires-python = ">=3.11"
# dependencies = ["httpx>=0.27"]
# ///
import httpx


def main(host):
    return host
