# /// script
# requires-python = ">=3.13"
# ///


def main(host):
    return host
