# /// script
# dependencies = ["pandas", "opencv-python>=4", "python-dateutil"]
# requires-python = ">=3.11"
# ///
import attr
import certifi
import cv2
import numpy
import pandas
import requests
import telnetlib
from dateutil import parser
from lib import inner


def main(host):
    return host
