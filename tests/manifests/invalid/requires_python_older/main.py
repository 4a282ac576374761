# /// script
# requires-python = "<3.9"
# ///


def main(host):
    return host
