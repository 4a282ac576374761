# /// script
# dependencies = ["-e .", "requests>=2"]
# ///

def main(host):
    return host
