"""A worker of the native dialect, from docs/protocol.md and docs/rewind.proto alone."""

import os
import sys
import time

import toy

MASK = (1 << 64) - 1
MULTIPLIER = 0x9E3779B97F4A7C15
MAGIC = 0x444E5752


def mix(state, word):
    product = ((state ^ word) * MULTIPLIER) & MASK
    return (product << 29 | product >> 35) & MASK


def seal(key, data):
    lanes = [(key + lane * MULTIPLIER) & MASK for lane in range(4)]
    for number, at in enumerate(range(0, len(data), 8)):
        word = int.from_bytes(data[at : at + 8].ljust(8, b"\0"), "little")
        lanes[number % 4] = mix(lanes[number % 4], word)
    state = len(data)
    for lane in lanes:
        state = mix(state, lane)
    return state ^ state >> 32


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def field(number, value):
    """A field: a number, or bytes, or text."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def fixed(number, value, size):
    return varint(number << 3 | (1 if size == 8 else 5)) + value.to_bytes(size, "little")


def take_varint(data, at):
    number, shift = 0, 0
    while True:
        number |= (data[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if data[at - 1] < 0x80:
            return number, at


def parse(data):
    """Fields of a message: for each number the list of its values."""
    fields, at = {}, 0
    while at < len(data):
        tag, at = take_varint(data, at)
        kind = tag & 7
        if kind == 0:
            value, at = take_varint(data, at)
        elif kind == 2:
            length, at = take_varint(data, at)
            value, at = data[at : at + length], at + length
        else:
            size = 8 if kind == 1 else 4
            value, at = int.from_bytes(data[at : at + size], "little"), at + size
        fields.setdefault(tag >> 3, []).append(value)
    return fields


class Parent:
    """The other end of the pipes."""

    def __init__(self):
        self.pipe = os.fdopen(0, "rb")
        self.nonce = 0

    def frame(self):
        """The next message, by the number of its body; nothing at the end."""
        length, shift = 0, 0
        while True:
            byte = self.pipe.read(1)
            if not byte:
                return None
            length |= (byte[0] & 0x7F) << shift
            shift += 7
            if byte[0] < 0x80:
                break
        data = self.pipe.read(length)
        message, told = data[:-9], int.from_bytes(data[-8:], "little")
        if data[-9] != 0x79 or told != seal(0, message):
            sys.exit("the seal does not fit")
        ((number, values),) = parse(message).items()
        return number, parse(values[0])

    def say(self, number, body):
        message = fixed(1, self.nonce, 8) + field(number, body)
        message += b"\x79" + seal(self.nonce, message).to_bytes(8, "little")
        data = varint(len(message)) + message
        while data:
            data = data[os.write(1, data) :]


def reply(nonce):
    version = field(1, 2)
    return (
        fixed(1, MAGIC, 4)
        + field(2, version)
        + fixed(3, nonce, 8)
        + field(4, "toy")
        + field(5, "1")
        + field(6, "toy-1")
        + field(7, 4)
        + field(8, "nothing is tracked")
        + field(9, 4096)
        + field(10, "can-block")
        + field(12, os.getpid())
    )


def texts(preambles, number):
    """Sources of a preamble and of those below it, the lowest first."""
    if number not in preambles:
        return []
    parent, sources = preambles[number]
    return texts(preambles, parent) + sources


def case(parent, preambles, run):
    """Answers a case; true if the worker is to leave."""
    seq = run.get(1, [0])[0]
    parent.say(4, field(1, seq) if seq else b"")
    printed, leave, since = [], False, time.monotonic_ns()
    outcome = field(1, b"")
    try:
        for text in texts(preambles, run.get(4, [0])[0]):
            toy.run(text, printed)
        leave = toy.run(run.get(5, [b""])[0], printed)
    except toy.Thrown as thrown:
        phase, name, message = thrown.args
        outcome = field(2, field(2, name) + field(3, message) + field(5, phase))
    phases = field(3, time.monotonic_ns() - since)
    answer = (field(1, seq) if seq else b"") + field(2, outcome)
    answer += field(4, b"".join(printed)) + field(7, phases) + field(8, b"")
    if completed := printed.count(b"Test262:AsyncTestComplete\n"):
        answer += field(13, field(1, "async-completed") + field(2, completed))
    parent.say(5, answer)
    return leave


def main():
    assert seal(0, b"") == 0xC828A4C4BD6A1D74
    assert seal(0, bytes.fromhex("2a020807")) == 0x69E97083D9554C22
    assert seal(0x0123456789ABCDEF, bytes(range(31))) == 0x6A0909FF3A5D9DF3
    parent, preambles, tests = Parent(), {}, 0
    number, hello = parent.frame()
    if number != 1 or hello[1] != [MAGIC]:
        sys.exit("no greeting")
    parent.nonce = hello[3][0]
    toy.noise = lambda: parent.say(7, field(1, "noise"))
    parent.say(2, reply(parent.nonce))
    parent.say(3, b"")
    while (message := parent.frame()) is not None:
        number, body = message
        if number == 2:
            sources = [parse(source).get(2, [b""])[0] for source in body.get(3, [])]
            preambles[body.get(1, [0])[0]] = (body.get(2, [None])[0], sources)
        elif number == 3:
            tests += 1
            if case(parent, preambles, body):
                # RETIRE_REASON_BETWEEN_TESTS_FAULT
                parent.say(8, field(1, 6) + field(3, field(1, tests)))
                return
        elif number == 4:
            lost = field(7, field(1, "cancelled"))
            parent.say(5, field(1, body.get(1, [0])[0]) + field(2, lost))
        elif number == 5:
            parent.say(6, field(1, body.get(1, [0])[0]))
        elif number == 6:
            # RETIRE_REASON_DRAINED; nothing is left, for cases are run as they come.
            parent.say(8, field(1, 1) + field(3, field(1, tests)))
            return
        elif number == 7:
            return


main()
