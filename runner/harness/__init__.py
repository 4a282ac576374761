"""PID 1 of a sandbox: takes one job, runs the tool in a child, tells how it ended, and ends. Standard library only.

Written for any Python from 3.10 on, because it runs in the sandbox's image, not in the service's environment. There
this package is called ``harness``; of it the service itself uses only :mod:`runner.harness.wire`.
"""
