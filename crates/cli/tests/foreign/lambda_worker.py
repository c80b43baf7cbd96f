"""A worker of the line dialect, from docs/line-dialect.md alone."""

import os
import re
import sys
import time

import toy

LIMIT = 10 << 20


class Reader:
    """Lines and payloads from standard input, in reads of 4 KiB."""

    def __init__(self):
        self.buffer = b""

    def more(self):
        read = os.read(0, 4096)
        self.buffer += read
        return bool(read)

    def line(self):
        while b"\n" not in self.buffer:
            if not self.more():
                return None
        line, self.buffer = self.buffer.split(b"\n", 1)
        return line

    def payload(self, length):
        while len(self.buffer) < length + 1:
            if not self.more():
                sys.exit("the manifest is cut short")
        payload, self.buffer = self.buffer[:length], self.buffer[length + 1 :]
        return payload


def say(data):
    while data:
        data = data[os.write(1, data) :]


def escape(output):
    """No line may look like a frame, and the last one has its newline."""
    output = re.sub(rb"(?m)^(\x02*\x01)", b"\x02\\1", output)
    return output + b"\n" if output and not output.endswith(b"\n") else output


def one_line(text):
    for raw, escaped in (("\\", "\\\\"), ("\n", "\\n"), ("\r", "\\r"), ("[", "\\[")):
        text = text.replace(raw, escaped)
    return text


def case(name, harness, source):
    """Answers a case; true if the worker is to leave."""
    say(b"\x01BATCH_START " + name + b"\n")
    if len(source) > LIMIT:
        say(b"it is too large\n\x01BATCH_END 1 0\n")
        return False
    printed, status, leave, since = [], 0, False, time.monotonic_ns()
    try:
        toy.run(harness, printed)
        leave = toy.run(source, printed)
    except toy.Thrown as thrown:
        phase, kind, message = thrown.args
        status = 1
        if printed and not printed[-1].endswith(b"\n"):
            printed.append(b"\n")
        remark = "Uncaught %s [%s]: %s\n" % (one_line(kind), phase, one_line(message))
        printed.append(remark.encode())
    spent = (time.monotonic_ns() - since) // 1000
    say(escape(b"".join(printed)))
    figures = [status, spent, 0, 0, 0, 0, 0, 0, 0, 0, spent, 0, spent]
    say(b"\x01BATCH_END " + " ".join(map(str, figures)).encode() + b"\n")
    return leave


def main():
    reader, harness, tests = Reader(), b"", 0
    toy.noise = lambda: say(b"noise\n")
    while (header := reader.line()) is not None:
        word, *fields = header.split(b":")
        if word == b"harness":
            harness = reader.payload(int(fields[-1]))
        elif word in (b"source", b"module-source"):
            source = reader.payload(int(fields[-1]))
            tests += 1
            if case(fields[0], harness, source):
                say(b"\x01BATCH_EXIT between_test_crash signal=0 tests=%d\n" % tests)
                return
        elif word == b"batch-boundary":
            say(b"\x01BATCH_MANIFEST_END " + fields[0] + b"\n")
        else:
            sys.exit("no header: %r" % header)


main()
