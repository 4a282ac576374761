from helper import twice
from sub import one
import requests.sessions


def main(host):
    return host
