"""An independent sketch of Tiebeam Sync 1, written from Spec 18 alone. Standard library.

    keyed(key, id) -> int        digest(keyed ids) -> (count, sum)
    cells(keyed ids, start, end) -> [[ids, checksums, count]]
    difference(theirs, ours) -> (only theirs, only ours), or None when more cells are needed
"""
import math

MASK = (1 << 64) - 1


# Keyed ids (Spec 18.2) ------------------------------------------------------------------------------------------------
def rotate(word, count):
    return (word << count | word >> 64 - count) & MASK


def siphash(key, message):
    """SipHash-2-4 of any message, as a number."""
    low, high = (int.from_bytes(key[at:at + 8], "little") for at in (0, 8))
    v = [low ^ 0x736F6D6570736575, high ^ 0x646F72616E646F6D, low ^ 0x6C7967656E657261, high ^ 0x7465646279746573]

    def mix(times):
        for _ in range(times):
            v[0] = (v[0] + v[1]) & MASK
            v[1] = rotate(v[1], 13) ^ v[0]
            v[0] = rotate(v[0], 32)
            v[2] = (v[2] + v[3]) & MASK
            v[3] = rotate(v[3], 16) ^ v[2]
            v[0] = (v[0] + v[3]) & MASK
            v[3] = rotate(v[3], 21) ^ v[0]
            v[2] = (v[2] + v[1]) & MASK
            v[1] = rotate(v[1], 17) ^ v[2]
            v[2] = rotate(v[2], 32)

    whole = len(message) // 8 * 8
    last = message[whole:] + bytes(7 - len(message) % 8) + bytes([len(message) & 0xFF])
    for word in [message[at:at + 8] for at in range(0, whole, 8)] + [last]:
        number = int.from_bytes(word, "little")
        v[3] ^= number
        mix(2)
        v[0] ^= number
    v[2] ^= 0xFF
    mix(4)
    return v[0] ^ v[1] ^ v[2] ^ v[3]


def keyed(key, id):
    """The keyed id of an object; key and id are hexadecimal digits."""
    return siphash(bytes.fromhex(key), bytes.fromhex(id))


def digest(members):
    return len(members), sum(members) & MASK


# Cells (Spec 18.3) ----------------------------------------------------------------------------------------------------
def mixed(value):
    value ^= value >> 33
    value = value * 0xFF51AFD7ED558CCD & MASK
    value ^= value >> 33
    value = value * 0xC4CEB9FE1A85EC53 & MASK
    return value ^ value >> 33


def checksum(member):
    return mixed(member) >> 32


def places(member, end):
    """The cells before `end` that a member falls into."""
    index, state = 0, mixed(member) | 1
    while index < end:
        yield index
        state = state * 0xDA942042E4DD58B5 & MASK
        part = float((state >> 12) + 1)
        index += 1 + math.floor((index + 1.5) * (67108864.0 / math.sqrt(part) - 1.0))


def change(row, member, sign, start=0):
    """Puts a member into the cells of `row`, which begins with cell `start`, or takes it out; gives their places."""
    touched = [index - start for index in places(member, start + len(row)) if index >= start]
    for index in touched:
        row[index][0] ^= member
        row[index][1] ^= checksum(member)
        row[index][2] += sign
    return touched


def cells(members, start, end):
    row = [[0, 0, 0] for _ in range(start, end)]
    for member in members:
        change(row, member, 1, start)
    return row


# Decoding (Spec 18.4) -------------------------------------------------------------------------------------------------
def difference(theirs, ours):
    """(only theirs, only ours) from as many first cells of each; None when they are not enough."""
    row = [[t[0] ^ o[0], t[1] ^ o[1], t[2] - o[2]] for t, o in zip(theirs, ours)]
    found, waiting = [], list(range(len(row)))
    while waiting:
        at = waiting.pop()
        member, checksums, sign = row[at]
        if abs(sign) != 1 or checksum(member) != checksums or at not in places(member, at + 1):
            continue
        if len(found) == len(row):
            return None
        found.append((member, sign))
        waiting += change(row, member, -sign)
    if row[0] != [0, 0, 0]:
        return None
    return tuple(sorted(member for member, sign in found if sign == wanted) for wanted in (1, -1))
