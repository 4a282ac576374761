"""Fetches a page and counts the tables in it."""
from typing import TYPE_CHECKING

import bs4
import pandas as pd
import requests

try:
    import ujson as json
except ImportError:
    import json

if TYPE_CHECKING:
    import numpy


def tables(url: str) -> int:
    """Counts the tables of a page.

    Args:
        url: Its address.
    """
    return len(bs4.BeautifulSoup(requests.get(url, timeout=5).text, "lxml").find_all("table"))
