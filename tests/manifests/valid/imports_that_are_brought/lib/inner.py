from lib import other
import lib.other
