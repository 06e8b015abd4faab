"""Our signing keys: read from files, rotated without a restart, published without their private halves."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey, OKPKey
from signing import kid, made, write_key

from service.errors import Rejected
from service.sync.keys import ALGORITHMS, key_set, read_keys, signing_key

PRIVATE = {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}


@pytest.mark.parametrize("kind", ALGORITHMS)
def test_a_key_signs_with_the_algorithm_that_smart_asks_for(tmp_path: Path, kind: str) -> None:
    key = signing_key([write_key(tmp_path, kind)], "north")
    token = jwt.decode(key.sign({"a": 1}), made(kind), algorithms=[kind])
    assert (token.claims, token.header) == ({"a": 1}, {"alg": kind, "kid": kid(kind), "typ": "JWT"})


def test_the_newest_signs_and_every_one_is_published(tmp_path: Path) -> None:
    write_key(tmp_path, "RS384", 1, at=1_000)
    assert signing_key([tmp_path], "north").kid == kid("RS384")
    write_key(tmp_path, "ES384", 1, at=2_000)
    assert signing_key([tmp_path], "north").kid == kid("ES384")
    assert [key["kid"] for key in key_set([tmp_path])["keys"]] == [kid("ES384"), kid("RS384")]
    (tmp_path / "RS384-1.pem").unlink()
    assert [key["kid"] for key in key_set([tmp_path])["keys"]] == [kid("ES384")]


def test_a_file_that_is_written_anew_is_read_anew(tmp_path: Path) -> None:
    path = write_key(tmp_path, "ES384", 1, at=1_000, name="key.pem")
    assert signing_key([path], "north").kid == kid("ES384", 1)
    write_key(tmp_path, "ES384", 2, at=2_000, name="key.pem")
    assert signing_key([path], "north").kid == kid("ES384", 2)


def test_nothing_private_is_published(tmp_path: Path) -> None:
    write_key(tmp_path, "RS384")
    write_key(tmp_path, "ES384")
    for key in key_set([tmp_path])["keys"]:
        assert not PRIVATE & set(key)
        assert (key["use"], key["key_ops"]) == ("sig", ["verify"])
    assert "PRIVATE" not in repr(read_keys([tmp_path]))


def test_a_jwk_and_a_jwk_set_bring_their_own_kids(tmp_path: Path) -> None:
    one = {**made("RS384").as_dict(private=True), "kid": "mine"}
    other = {**made("ES384").as_dict(private=True), "kid": "newer"}
    (tmp_path / "set.json").write_text(json.dumps({"keys": [one, other]}))
    assert [key.kid for key in read_keys([tmp_path / "set.json"])] == ["newer", "mine"]
    (tmp_path / "one.json").write_text(json.dumps(one))
    assert [key.kid for key in read_keys([tmp_path / "one.json"])] == ["mine"]


def test_a_public_key_is_published_and_never_signs(tmp_path: Path) -> None:
    write_key(tmp_path, "RS384", at=1_000)
    (tmp_path / "old.pem").write_bytes(made("ES384").as_pem(private=False))
    assert signing_key([tmp_path], "north").kid == kid("RS384")
    assert len(key_set([tmp_path])["keys"]) == 2


def small_rsa() -> bytes:
    key = rsa.generate_private_key(65537, 1024)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


WRONG = {
    "empty": b"",
    "text": b"-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n",
    "json": b'{"kty":"RSA"',
    "list": b'{"keys":[1]}',
    "large": b" " * 200_000,
    "small RSA": small_rsa(),
    "P-256": ECKey.generate_key("P-256").as_pem(private=True),
    "Ed25519": OKPKey.generate_key("Ed25519").as_pem(private=True),
    "oct": json.dumps(OctKey.generate_key(256).as_dict(private=True)).encode(),
}


@pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")
@pytest.mark.parametrize("content", WRONG.values(), ids=list(WRONG))
def test_a_file_that_is_no_key_is_passed_over_and_said(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wrong.pem").write_bytes(content)
    os.utime(tmp_path / "wrong.pem", (9_000, 9_000))
    with pytest.raises(Rejected, match="destination north has no usable private key"):
        signing_key([tmp_path], "north")
    write_key(tmp_path, "ES384", at=1_000)
    assert signing_key([tmp_path], "north").kid == kid("ES384")
    assert "wrong.pem" in capsys.readouterr().out


def test_what_is_not_there_is_no_key(tmp_path: Path) -> None:
    assert key_set([tmp_path / "none", tmp_path / "none.pem"]) == {"keys": []}
