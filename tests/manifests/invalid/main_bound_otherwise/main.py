from helper import main
