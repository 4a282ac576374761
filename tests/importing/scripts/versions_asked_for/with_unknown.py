"""Asks the library of the company for a thing."""
import acme_internal_library

print(acme_internal_library.thing())
