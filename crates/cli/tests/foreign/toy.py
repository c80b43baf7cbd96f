"""A toy language for workers that prove the documents, not an engine.

A source consists of statements of the forms below, comments, and the word
"use strict"; anything else is a SyntaxError before anything runs.
"""

import os
import re
import signal
import time

STATEMENT = re.compile(
    rb"""\s*(?:
      //[^\n]* | /\*.*?\*/ | "use[ ]strict"; | ;
    | print\("(?P<text>[^"]*)"\); | throw[ ]new[ ](?P<name>\w+)\("(?P<message>[^"]*)"\);
    | (?P<act>crash|exit|hang|leave|babble|swell)\((?P<number>\d*)\);
    )\s*""",
    re.VERBOSE | re.DOTALL,
)


# Says something to the parent that answers nothing; each worker has its own way.
noise = None


class Thrown(Exception):
    """What a source threw: phase, name, message."""


def statements(source):
    """All of a source, or a SyntaxError of its own."""
    parsed, at = [], 0
    while at < len(source):
        found = STATEMENT.match(source, at)
        if not found:
            raise Thrown("parse", "SyntaxError", "unexpected %r" % source[at : at + 10])
        parsed.append(found)
        at = found.end()
    return parsed


def run(source, printed):
    """Runs a source; what it prints goes to the list. True if the worker is to leave."""
    leave = False
    for found in statements(source):
        if found["text"] is not None:
            text = found["text"].decode("unicode_escape").encode("latin-1")
            printed.append(text + b"\n")
        elif found["name"]:
            raise Thrown("runtime", found["name"].decode(), found["message"].decode())
        elif found["act"] == b"crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        elif found["act"] == b"exit":
            os._exit(int(found["number"]))
        elif found["act"] == b"hang":
            time.sleep(3600)
        elif found["act"] == b"babble":
            while True:
                noise()
        elif found["act"] == b"swell":
            held = []
            while True:
                held.append(b"x" * (8 << 20))
                noise()
        elif found["act"] == b"leave":
            leave = True
    return leave
