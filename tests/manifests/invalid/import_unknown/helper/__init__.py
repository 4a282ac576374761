import bs4
from . import part
