"""Draws a line from 0 to a height."""

import os
import sys

from matplotlib import pyplot as plt

height = int(sys.argv[1])
plt.plot([0, height])
plt.show()
