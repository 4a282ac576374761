import os
from os import environ, getenv

import config


def main(host):
    token = os.environ["API_TOKEN"]
    other = os.environ.get("OTHER_TOKEN", "")
    third = getenv("THIRD")
    return [host, token, other, third, environ["API_TOKEN"], environ["GRANTED"]]
