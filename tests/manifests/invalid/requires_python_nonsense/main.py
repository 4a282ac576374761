# /// script
# requires-python = "3.12"
# ///


def main(host):
    return host
