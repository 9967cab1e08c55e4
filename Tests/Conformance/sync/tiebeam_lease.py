"""Signed leases (Spec 21.2, 8.33) with ECDSA on P-256 as FIPS 186-5 writes it down, and the nonce of RFC 6979. Standard library
only; slow, and not for keys that matter."""
import hashlib
import hmac

import tiebeam_sync as t

P = 2 ** 256 - 2 ** 224 + 2 ** 192 + 2 ** 96 - 1
ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
BASE = (0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
        0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5)
# SubjectPublicKeyInfo of an uncompressed point on P-256 (RFC 5480), up to the point.
SPKI = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200")


def add(one, other):
    if one is None or other is None:
        return one or other
    if one[0] == other[0] and (one[1] + other[1]) % P == 0:
        return None
    if one == other:
        slope = (3 * one[0] * one[0] - 3) * pow(2 * one[1], -1, P)
    else:
        slope = (other[1] - one[1]) * pow(other[0] - one[0], -1, P)
    x = (slope * slope - one[0] - other[0]) % P
    return x, (slope * (one[0] - x) - one[1]) % P


def multiply(number, point):
    total = None
    while number:
        if number & 1:
            total = add(total, point)
        point, number = add(point, point), number >> 1
    return total


def public_key(secret):
    """The key of a number, as a certificate has it; its SHA-256 is the node's id."""
    x, y = multiply(secret, BASE)
    return SPKI + b"\x04" + x.to_bytes(32, "big") + y.to_bytes(32, "big")


def nonce(secret, digest):
    seed = secret.to_bytes(32, "big") + (int.from_bytes(digest, "big") % ORDER).to_bytes(32, "big")
    key, value = bytes(32), b"\1" * 32
    for separator in (b"\0", b"\1"):
        key = hmac.digest(key, value + separator + seed, "sha256")
        value = hmac.digest(key, value, "sha256")
    while True:
        value = hmac.digest(key, value, "sha256")
        number = int.from_bytes(value, "big")
        if 1 <= number < ORDER:
            return number
        key = hmac.digest(key, value + b"\0", "sha256")
        value = hmac.digest(key, value, "sha256")


def sign(secret, lease):
    """The fields of a LEASED."""
    document = t.encode_lease(lease)
    digest = hashlib.sha256(t.LEASE_PREFIX + document).digest()
    k = nonce(secret, digest)
    r = multiply(k, BASE)[0] % ORDER
    s = pow(k, -1, ORDER) * (int.from_bytes(digest, "big") + r * secret) % ORDER
    return {"document": document.hex(), "signature": (r.to_bytes(32, "big") + s.to_bytes(32, "big")).hex(),
            "key": public_key(secret).hex()}


def verify(fields):
    """The lease of a LEASED; None when the region that it names did not sign it."""
    document, signature, key = (bytes.fromhex(fields[name]) for name in ("document", "signature", "key"))
    lease = t.decode_lease(document)
    if hashlib.sha256(key).hexdigest() != lease["region"] or not key.startswith(SPKI + b"\x04") or len(key) != 91:
        return None
    point = int.from_bytes(key[27:59], "big"), int.from_bytes(key[59:], "big")
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if (point[1] ** 2 - point[0] ** 3 + 3 * point[0] - B) % P or not (1 <= r < ORDER and 1 <= s < ORDER):
        return None
    number, inverse = int.from_bytes(hashlib.sha256(t.LEASE_PREFIX + document).digest(), "big"), pow(s, -1, ORDER)
    found = add(multiply(number * inverse % ORDER, BASE), multiply(r * inverse % ORDER, point))
    return lease if found and found[0] % ORDER == r else None
