def main(host):
    return host
