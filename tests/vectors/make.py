"""Remake v1.json: ``python -m tests.vectors.make``.

Deterministic; the file changes only when the protocol does, and then every link in the world
breaks with it.
"""

import hashlib
import json
from pathlib import Path
from typing import Any

from storage import envelope
from storage.model import (
    Argon2,
    Content,
    Kind,
    LinkKey,
    Passphrase,
    SecretId,
    TextFile,
    WorkspaceId,
    tag_of,
)
from storage.primitives import Box
from storage.wire import b64u

FILE = Path(__file__).parent / "v1.json"
WORKSPACES = ("T0EXAMPLE", "T024BE7LD", "E1-grid")


def material(label: str, size: int) -> bytes:
    """Bytes that look random and are the same on every machine."""
    return hashlib.shake_256(label.encode()).digest(size)


def an_id(number: int) -> SecretId:
    """The id of a numbered vector."""
    workspace = WorkspaceId(WORKSPACES[number % len(WORKSPACES)])
    return SecretId(tag_of(workspace) + b64u(material(f"id {number}", 16)))


def links() -> list[dict[str, str]]:
    """Tokens and every value that follows from K."""
    found = []
    for number in range(12):
        kind = (Kind.SHARE, Kind.REQUEST, Kind.COLLECT)[number % 3]
        sid, key = an_id(number), LinkKey(material(f"key {number}", 32))
        found.append(
            {
                "kind": kind.value,
                "id": sid.value,
                "key_hex": key.expose().hex(),
                "token": envelope.encode_token(kind, sid, key).expose().decode(),
                "link_proof_hex": envelope.link_proof(key, sid).expose().hex(),
                "content_key_hex": envelope.content_key(key, sid).hex(),
                "passphrase_salt_hex": envelope.passphrase_salt(key, sid).hex(),
                "submit_proof_hex": envelope.submit_proof(key, sid).expose().hex(),
            }
        )
    return found


def damaged_links() -> list[dict[str, str]]:
    """Links that a page must refuse before it sends anything."""
    good = links()[0]
    token, sid = good["token"], good["id"]
    other = an_id(3).value
    cases = {
        "cut by one": (sid, token[:-1]),
        "cut to half": (sid, token[:24]),
        "empty": (sid, ""),
        "one letter too many": (sid, token + "A"),
        "a full stop behind it": (sid, token + "."),
        "padding": (sid, token + "="),
        "white space": (sid, token + " "),
        "percent-encoded": (sid, token[:-1] + "%2D"),
        "first letter changed": (sid, ("B" if token[0] != "B" else "C") + token[1:]),
        "a letter of K changed": (
            sid,
            token[:20] + ("x" if token[20] != "x" else "y") + token[21:],
        ),
        "last letter changed": (sid, token[:-1] + ("a" if token[-1] != "a" else "b")),
        "case changed": (sid, token.swapcase()),
        "another id": (other, token),
        "another kind": (sid, links()[1]["token"]),
        "version 2": (sid, b64u(b"\x02" + material("key 0", 32) + b"abc")),
        "the reload mark": (sid, "opened"),
    }
    return [{"why": why, "kind": "s", "id": i, "token": t} for why, (i, t) in cases.items()]


def contents() -> list[dict[str, Any]]:
    """Contents of every form, with their plaintext and blob."""
    cases = [
        Content(text="hunter2"),
        Content(text=""),
        Content(text="line one\nline two\n\n  trailing  "),
        Content(
            text='Pässwörd 🔑 👩‍👩‍👧 مرحبا \u202eabc\u202c \u2028 \x00 \x7f "quoted" \\ </script>'
        ),
        Content(text="x" * 244),
        Content(text="x" * 245),
        Content(text="\n" * 600),
        Content(fields=(("Username", "anna"), ("Password", "s3cr3t é"), ("Notes", ""))),
        Content(fields=(), text=None, file=TextFile("id.pem", "-----BEGIN KEY-----\nAA==\n")),
        Content(text="with a file", file=TextFile("vpn.ovpn", "client\n")),
    ]
    found = []
    for number, content in enumerate(cases):
        sid, key = an_id(100 + number), LinkKey(material(f"content key {number}", 32))
        iv = material(f"iv {number}", 12)
        plain = envelope.encode_content(content)
        found.append(
            {
                "id": sid.value,
                "key_hex": key.expose().hex(),
                "iv_hex": iv.hex(),
                "content": json.loads(plain),
                "plaintext_utf8_hex": plain.hex(),
                "blob_hex": envelope.seal(content, key, sid, iv=iv).hex(),
            }
        )
    return found


def damaged_blobs() -> list[dict[str, str]]:
    """Blobs that must not open."""
    good = contents()[0]
    blob, sid, key = bytes.fromhex(good["blob_hex"]), good["id"], good["key_hex"]

    def forged(plain: bytes) -> bytes:
        """Encrypt a padded plaintext of our choice, under the right key."""
        box = Box(envelope.content_key(LinkKey(bytes.fromhex(key)), SecretId(sid)))
        return box.seal(plain, b"slash-secret/1/content|" + sid.encode(), iv=bytes(12))

    cases = {
        "bit flipped in the iv": bytes([blob[0] ^ 1]) + blob[1:],
        "bit flipped in the ciphertext": blob[:20] + bytes([blob[20] ^ 128]) + blob[21:],
        "bit flipped in the tag": blob[:-1] + bytes([blob[-1] ^ 1]),
        "cut": blob[:-1],
        "only an iv": blob[:12],
        "empty": b"",
        "no padding mark": forged(bytes(256)),
        "padding not to 256": forged(b'{"v":1,"text":"a"}\x80'),
        "a whole block of padding": forged(envelope.pad(b'{"v":1,"text":"a"}') + bytes(256)),
        "not JSON": forged(envelope.pad(b"hello")),
        "not UTF-8": forged(envelope.pad(b'{"v":1,"text":"\xff"}')),
        "version 2": forged(envelope.pad(b'{"v":2,"text":"a"}')),
        "version as text": forged(envelope.pad(b'{"v":"1","text":"a"}')),
        "version true": forged(envelope.pad(b'{"v":true,"text":"a"}')),
        "text and fields": forged(envelope.pad(b'{"v":1,"text":"a","fields":[]}')),
        "neither": forged(envelope.pad(b'{"v":1}')),
        "text is a number": forged(envelope.pad(b'{"v":1,"text":1}')),
        "field without value": forged(envelope.pad(b'{"v":1,"fields":[{"name":"a"}]}')),
        "fields is an object": forged(envelope.pad(b'{"v":1,"fields":{"name":"a"}}')),
        "file without text": forged(envelope.pad(b'{"v":1,"text":"a","file":{"name":"a"}}')),
        "file is null": forged(envelope.pad(b'{"v":1,"text":"a","file":null}')),
        "fields is an empty object": forged(envelope.pad(b'{"v":1,"fields":{}}')),
        "a byte order mark": forged(envelope.pad(b'\xef\xbb\xbf{"v":1,"text":"a"}')),
        "UTF-16": forged(envelope.pad('{"v":1,"text":"a"}'.encode("utf-16-le"))),
        "an array": forged(envelope.pad(b"[]")),
        "a lone surrogate": forged(envelope.pad(b'{"v":1,"text":"\\ud800"}')),
    }
    found = [
        {"why": why, "id": sid, "key_hex": key, "blob_hex": b.hex()} for why, b in cases.items()
    ]
    other = an_id(101).value
    return [*found, {"why": "another id", "id": other, "key_hex": key, "blob_hex": blob.hex()}]


PASSPHRASES = (
    "correct horse battery staple", "a", "0", "1234", "  outer white space\t\n", "inner  white  space",
    "Pässwörd", "Pa\u0308sswo\u0308rd", "\u212bngstr\u00f6m", "\ufb01ne", "１２３４", "\u3000full width\u3000",
    "\ufeffbyte order mark\ufeff", "\xa0no-break\xa0", "🔑🔑🔑", "👩‍👩‍👧", "مرحبا بالعالم", "日本語のパスフレーズ",
    "\u00a8diaeresis", "'\"\\<>&;--", "tab\tinside", "x" * 256,
)  # fmt: skip
SMALL, FULL = Argon2(m=8_192, t=1, p=1), envelope.COST


def passphrases() -> list[dict[str, Any]]:
    """Stretching, both values that follow, and a blob; two at the real cost."""
    found = []
    for number, text in enumerate(PASSPHRASES):
        sid, key = an_id(200 + number), LinkKey(material(f"passphrase key {number}", 32))
        cost = FULL if number < 2 else SMALL
        passphrase = Passphrase.of(text)
        stretched = envelope.stretch(passphrase, key, sid, cost)
        iv, content = material(f"passphrase iv {number}", 12), Content(text=f"secret {number}")
        found.append(
            {
                "id": sid.value,
                "key_hex": key.expose().hex(),
                "passphrase": text,
                "normalised_hex": passphrase.expose().hex(),
                "m": cost.m,
                "t": cost.t,
                "p": cost.p,
                "salt_hex": envelope.passphrase_salt(key, sid).hex(),
                "stretched_hex": stretched.expose().hex(),
                "passphrase_proof_hex": envelope.passphrase_proof(key, stretched, sid)
                .expose()
                .hex(),
                "content_key_hex": envelope.locked_content_key(key, stretched, sid).hex(),
                "iv_hex": iv.hex(),
                "content": json.loads(envelope.encode_content(content)),
                "blob_hex": envelope.seal(content, key, sid, stretched=stretched, iv=iv).hex(),
            }
        )
    return found


def vectors() -> dict[str, Any]:
    """Everything in v1.json."""
    samples = [b"", b"\x00", b"\xff\xfe", b"abc", material("b64u", 40)]
    bad = ["A", "A=", "AA==", "AB", "AAB", "A A", "AA\n", "a+b/", "ab-_ ", "Ａ", "AAAAA"]
    return {
        "links": links(),
        "damaged_links": damaged_links(),
        "contents": contents(),
        "damaged_blobs": damaged_blobs(),
        "passphrases": passphrases(),
        "bad_passphrases": ["", " ", "\t\n\u3000", "\ufeff", "x" * 257],
        "base64url": {"good": [[s.hex(), b64u(s)] for s in samples], "bad": bad},
    }


if __name__ == "__main__":
    FILE.write_text(json.dumps(vectors(), indent=1, ensure_ascii=True) + "\n")
