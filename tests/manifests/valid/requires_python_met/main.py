# /// script
# requires-python = ">=3.12.4"
# ///


def main(host):
    return host
