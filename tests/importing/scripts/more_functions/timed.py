import functools, time

def timed(fn):
    @functools.wraps(fn)
    def inner(*a, **k):
        t = time.time()
        try:
            return fn(*a, **k)
        finally:
            print("took", round(time.time() - t, 3))
    return inner

@timed
@functools.lru_cache
def fib(n: int) -> int:
    """Fibonacci number.

    >>> fib(10)
    55
    """
    return n if n < 2 else fib(n - 1) + fib(n - 2)
