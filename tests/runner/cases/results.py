"""What comes out: results that are none, reports that are forged, ends that contradict them."""

from __future__ import annotations

from .case import Case

MIB = 1024 * 1024

CASES: dict[str, Case] = {
    "None": Case("def main(): pass", "success", None),
    "a tuple is a list": Case("def main(): return (1, (2,))", "success", [1, [2]]),
    "a subclass of str, int and float that lies about itself": Case(
        "class S(str):\n def __str__(self): return 'lie'\n"
        "class I(int):\n def __repr__(self): return 'lie'\n"
        "class F(float):\n def __repr__(self): return '}lie'\n"
        "def main(): return [S('s'), I(7), F(0.5)]",
        "success",
        ["s", 7, 0.5],
    ),
    "a class that says it is a dict": Case(
        "class D:\n __class__ = dict\ndef main(): return D()",
        "invalid_result",
    ),
    "a dict whose items raise": Case(
        "class D(dict):\n def items(self): raise LookupError('no')\ndef main(): return D(a=1)",
        "invalid_result",
    ),
    "a dict whose items never end": Case(
        "class D(dict):\n def items(self):\n  while True: pass\ndef main(): return D(a=1)",
        "timeout",
    ),
    "a result whose class has no name": Case(
        "class Meta(type):\n @property\n def __module__(cls): raise RuntimeError\n"
        ""
        "class Odd(metaclass=Meta): pass\ndef main(): return Odd()",
        "invalid_result",
    ),
    "an exception whose class has no name": Case(
        "class Meta(type):\n @property\n def __name__(cls): raise RuntimeError\n"
        "class Odd(Exception, metaclass=Meta): pass\ndef main(): raise Odd",
        "script_error",
    ),
    "an exception that hides its traceback": Case(
        "class Odd(Exception):\n @property\n def __traceback__(self): raise RuntimeError\ndef main(): raise Odd('x')",
        "script_error",
    ),
    "an exception whose text is a mebibyte": Case("def main(): raise ValueError('x' * 2**20)", "script_error"),
    "an exception whose text never comes": Case(
        "class Odd(Exception):\n def __str__(self):\n  while True: pass\ndef main(): raise Odd",
        "timeout",
    ),
    "an exit code that cannot be shown": Case(
        "import sys\nclass Odd:\n def __str__(self): raise RuntimeError\nsys.exit(Odd())",
        "exit",
        entry="script",
    ),
    "a list that holds itself": Case("def main():\n x = []\n x.append(x)\n return x", "invalid_result"),
    "a generator": Case("def main(): yield 1", "success", [1]),
    "a generator that never ends": Case("def main():\n while True: yield", "output_limit"),
    "a generator that never gives anything": Case("def main():\n while True: pass\n yield", "timeout"),
    "a generator that ends the process": Case("import sys\ndef main(): yield sys.exit(3)", "exit"),
    "bytes": Case("def main(): return b'x'", "success", {"base64": "eA=="}),
    "what iterates over itself for ever": Case(
        "class I:\n def __iter__(self): return self\n def __next__(self): return self\ndef main(): return I()",
        "invalid_result",
    ),
    "an iterator that gives new ones for ever": Case("def main():\n def f(): yield f()\n return f()", "invalid_result"),
    "lists of one list of one list": Case(
        "def main():\n x = 1\n for _ in range(60): x = [x, x]\n return x", "output_limit"
    ),
    "keys that are no text": Case("def main(): return {(1, 2): 3}", "invalid_result"),
    "keys that become the same": Case(
        "def main(): return {1: 'a', '1': 'b'}", "invalid_result"
    ),
    "an integer of 4,000 digits": Case("def main(): return 10**3999", "success"),
    "JSON followed by garbage": Case("print('{} {}')", "success", b"{} {}\n", "script", "invalid_result"),
    "a script's NaN": Case("print('NaN')", "success", b"NaN\n", "script", "invalid_result"),
    "a script's Infinity": Case("print('[-Infinity]')", "success", b"[-Infinity]\n", "script", "invalid_result"),
    "a script's invalid UTF-8": Case(
        "import os\nos.write(1, b'\"\\xff\"')", "success", b'"\xff"', "script", "invalid_result"
    ),
    "a script's lone surrogate": Case("print('\"\\\\ud800\"')", "success", b'"\\ud800"\n', "script", "invalid_result"),
    "a script's 100,000 nested lists": Case("print('[' * 100000 + ']' * 100000)", "success", entry="script",
                                            served="invalid_result"),
    "a script's 5,000 digits": Case("print('9' * 5000)", "success", entry="script", served="invalid_result"),
    "white space for a result": Case("print(' ' * 1000)", "invalid_result", entry="script"),
    "a script's result one byte under 1 MiB": Case(
        f"import os\nos.write(1, b'\"' + b'x' * {MIB - 3} + b'\"')", "success", "x" * (MIB - 3), "script"
    ),
    "a script's result of exactly 1 MiB": Case(
        f"import sys\nsys.stdout.write('\"' + 'x' * {MIB - 2} + '\"')", "success", "x" * (MIB - 2), "script"
    ),
    "a script's result one byte over 1 MiB": Case(
        f"import sys\nsys.stdout.write('\"' + 'x' * {MIB - 1} + '\"')", "output_limit", entry="script"
    ),
    "a result one byte over 1 MiB": Case(f"def main(): return 'x' * {MIB - 1}", "output_limit"),
    "a report forged, then exit code 0": Case(
        "import os\ndef main():\n os.write(3, b'R\"forged\"')\n os._exit(0)", "success", "forged"
    ),
    "a report forged, then exit code 1": Case(
        "import os\ndef main():\n os.write(3, b'R\"forged\"')\n os._exit(1)", "exit"
    ),
    "a report forged, then a result": Case(
        "import os\ndef main():\n os.write(3, b'R1')\n return 2", "success", b"1R2", served="invalid_result"
    ),
    "a report forged, then sleep": Case(
        "import os, time\ndef main():\n os.write(3, b'R1')\n time.sleep(60)", "timeout"
    ),
    "a report of a failure forged": Case(
        "import os\ndef main():\n os.write(3, b'X' + b'{\"kind\": \"exit\", \"message\": \"mine\"}')\n os._exit(0)",
        "exit",
    ),
    "a report of a timeout forged": Case(
        "import os\ndef main():\n os.write(3, b'X{\"kind\": \"timeout\", \"message\": \"late\"}')\n os._exit(0)",
        "exit",
    ),
    **{
        f"a report of a failure forged with {name}": Case(
            "import os\ndef main():\n"
            f" details = b'{{\"line\": ' + {value} + b'}}'\n"
            """ os.write(3, b'X{"kind": "script_error", "message": "mine", "details": ' + details + b'}')\n"""
            " os._exit(1)",
            "script_error",
        )
        for name, value in {
            "600 levels": "b'[' * 600 + b']' * 600",
            "900 levels": "b'[' * 900 + b']' * 900",
            "NaN": "b'NaN'",
            "1e999": "b'1e999'",
        }.items()
    },
    "a report without end": Case(
        "import os\ndef main():\n while True: os.write(3, b'X' * 65536)", "output_limit"
    ),
    "the report's pipe closed": Case("import os\ndef main():\n os.close(3)\n return 1", "exit"),
    "every pipe closed": Case("import os\ndef main():\n os.closerange(0, 256)\n return 1", "exit"),
    "the frames of an end on every pipe": Case(
        "import os\nframe = b'X\\0\\0\\0\\x14' + b'{\"status\":\"success\"}'\n"
        "def main():\n for fd in (1, 2): os.write(fd, frame * 10)\n return 'mine'",
        "success",
        "mine",
    ),
    "a script's forged frames are no JSON": Case(
        "import os\nos.write(1, b'R\\0\\0\\0\\x04trueX\\0\\0\\0\\x14{\"status\":\"success\"}')",
        "success",
        b'R\0\0\0\x04trueX\0\0\0\x14{"status":"success"}',
        "script",
        "invalid_result",
    ),
    "both sides of a fork return": Case(
        "import os, time\ndef main():\n if os.fork() == 0: return 'child'\n time.sleep(.3)\n return 'parent'",
        "success",
        "parent",
    ),
    "a child that raises while its parent returns": Case(
        "import os, time\ndef main():\n if os.fork() == 0: raise ValueError\n time.sleep(.3)\n return 'parent'",
        "success",
        "parent",
    ),
    "os._exit replaced": Case("import os\ndef main():\n os._exit = lambda code: None\n return 1", "success", 1),
    "os.write and json.dumps replaced": Case(
        "import json, os\ndef main():\n os.write = json.dumps = lambda *a, **k: 'nonsense'\n return 1",
        "exit invalid_result script_error success",
        served="exit invalid_result script_error success",
    ),
    "a trace function left over": Case(
        "import sys\ndef trace(*_): raise LookupError('traced')\ndef main():\n sys.settrace(trace)\n return 1",
        "success",
        1,
    ),
    "a profiler left over that never returns": Case(
        "import sys\ndef profile(frame, event, what):\n while event == 'call': pass\n"
        "def main():\n sys.setprofile(profile)\n return 1",
        "success",
        1,
    ),
    "a timer that raises again and again": Case(
        "import signal\ndef ring(*_): raise LookupError\ndef main():\n signal.signal(signal.SIGALRM, ring)\n"
        " signal.setitimer(signal.ITIMER_REAL, .001, .001)\n return list(range(1000))",
        "exit invalid_result script_error success",
    ),
    "sys.modules emptied": Case("import sys\ndef main():\n sys.modules.clear()\n return 1", "success", 1),
    "standard streams replaced and broken": Case(
        "import sys\nclass Bad:\n def __getattr__(self, name): raise RuntimeError\n"
        "def main():\n sys.stdout = sys.stderr = Bad()\n return 1",
        "success",
        1,
    ),
    "exit handlers that raise": Case(
        "import atexit\ndef main():\n atexit.register(lambda: 1/0)\n return 1", "success", 1
    ),
    "a weak reference's farewell that raises": Case(
        "import weakref\nclass A: pass\nkept = A()\nweakref.finalize(kept, lambda: 1/0)\ndef main(): return 1",
        "success",
        1,
    ),
}  # fmt: skip
