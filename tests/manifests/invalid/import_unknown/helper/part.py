from .missing import x
import yaml, pandas
