"""Signed rosters (Spec 7.4, 8.25) with Ed25519 as RFC 8032 writes it down. Standard library only; slow, and not for keys
that matter."""
import hashlib

import tiebeam_sync as t

PREFIX = b"tiebeam/1 roster\0"
P, ORDER = 2 ** 255 - 19, 2 ** 252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def add(one, other):
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % P, (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def multiply(number, point):
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def same(one, other):
    return not ((one[0] * other[2] - other[0] * one[2]) % P or (one[1] * other[2] - other[1] * one[2]) % P)


def x_of(y, sign):
    """None when no point has this y."""
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


Y = 4 * pow(5, P - 2, P) % P
BASE = (x_of(Y, 0), Y, 1, x_of(Y, 0) * Y % P)


def compress(point):
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def decompress(data):
    number = int.from_bytes(data, "little")
    y = number & (1 << 255) - 1
    x = x_of(y, number >> 255)
    return None if x is None else (x, y, 1, x * y % P)


def digest(*parts):
    return int.from_bytes(hashlib.sha512(b"".join(parts)).digest(), "little") % ORDER


def secret(seed):
    data = hashlib.sha512(seed).digest()
    return int.from_bytes(data[:32], "little") & (1 << 254) - 8 | 1 << 254, data[32:]


def public_key(seed):
    """The key of a seed of 32 bytes, as nodes are given it."""
    return compress(multiply(secret(seed)[0], BASE)).hex()


def sign(seed, roster):
    """The fields of a ROSTER."""
    document = roster if isinstance(roster, bytes) else t.encode_roster(roster)
    number, prefix = secret(seed)
    key, message = compress(multiply(number, BASE)), PREFIX + document
    r = digest(prefix, message)
    point = compress(multiply(r, BASE))
    s = (r + digest(point, key, message) * number) % ORDER
    return {"document": document.hex(), "signature": (point + s.to_bytes(32, "little")).hex()}


def verify(key, fields):
    """The roster of a ROSTER; None when the key did not sign it."""
    document, signature, public = (bytes.fromhex(value) for value in (fields["document"], fields["signature"], key))
    a, r, s = decompress(public), decompress(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= ORDER:
        return None
    challenge = digest(signature[:32], public, PREFIX + document)
    return t.decode_roster(document) if same(multiply(s, BASE), add(r, multiply(challenge, a))) else None


def payload(fields):
    """What a file holds that `tiebeam roster sign` wrote: the payload of a ROSTER."""
    return t.encode_frame({"type": "ROSTER", "stream": 0, "flags": 0, "fields": fields})[8:]
