"""The runner's front door: runs one tool in one sandbox. Knows Docker; imports nothing from ``registry``."""
