def main(host):
    return (
