"""A destinations file that is wrong stops with file, table and key; secrets are never in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from service.errors import Rejected
from service.sync import load_destinations


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "destinations.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_destination_has_defaults_that_are_careful(tmp_path: Path) -> None:
    (one,) = load_destinations(write(tmp_path, '[destinations.north]\nbase_url = "https://ehr.example/fhir/"\n'))
    assert (one.name, one.base_url) == ("north", "https://ehr.example/fhir")
    assert (one.create_patients, one.internal, one.auth, one.timeout_seconds) == (False, False, "none", 30)
    assert one.secret() is None


def test_a_file_may_name_no_destination(tmp_path: Path) -> None:
    assert load_destinations(write(tmp_path, "")) == ()


SMART = '[destinations.n.smart]\nclient_id = "bridge"\nkeys = ["/run/keys"]'


def test_what_is_known_better_is_read(tmp_path: Path) -> None:
    text = """
[destinations.north]
base_url = "https://ehr.example/fhir"
requests_per_second = 2.5

[destinations.north.overrides]
rung = "batch"
max_transaction_entries = 50
conditional_create = false
types = ["Patient", "Observation"]

[destinations.north.overrides.type.Observation]
create = true
"""
    (one,) = load_destinations(write(tmp_path, text))
    known = one.overrides
    assert (one.requests_per_second, known.rung, known.max_transaction_entries) == (2.5, "batch", 50)
    assert (known.conditional_create, known.types) == (False, ("Patient", "Observation"))
    assert known.type["Observation"].create is True


SECRET = 'secret_env = "X"'
URL = 'base_url = "https://ehr.example/fhir"'
WRONG = [
    ("base_url = 3", "[destinations.n] base_url"),
    ('base_url = "ftp://ehr.example"', "[destinations.n] base_url"),
    ('base_url = "https://user:secret@ehr.example"', "[destinations.n] base_url"),
    ('base_url = "https://ehr.example/fhir?x=1"', "[destinations.n] base_url"),
    ('base_url = "https://:8080/fhir"', "[destinations.n] base_url"),
    ('base_url = "https://ehr.example:port/fhir"', "[destinations.n] base_url"),
    ("", "[destinations.n] base_url"),
    (f"{URL}\ntoken = 'x'", "[destinations.n] token"),
    (f'{URL}\nname = "m"', "[destinations.n] name"),
    (f"{URL}\nrequests_per_second = 0", "[destinations.n] requests_per_second"),
    (f'{URL}\noverrides = {{rung = "ladder"}}', "[destinations.n] overrides.rung"),
    (f"{URL}\noverrides = {{speed = 3}}", "[destinations.n] overrides.speed"),
    (f"{URL}\noverrides = {{max_transaction_entries = 0}}", "[destinations.n] overrides.max_transaction_entries"),
    (f"{URL}\noverrides = {{type = {{flag = {{create = true}}}}}}", "[destinations.n] overrides.type.flag"),
    (f"{URL}\ntimeout_seconds = 0", "[destinations.n] timeout_seconds"),
    (f'{URL}\nauth = "digest"', "[destinations.n] auth"),
    (f'{URL}\nauth = "bearer"', "[destinations.n] auth"),
    (f"{URL}\n{SECRET}", "[destinations.n] auth"),
    (f'{URL}\nauth = "bearer"\n{SECRET}\nsecret_file = "/x"', "[destinations.n] auth"),
    ('base_url = "http://ehr.example"', "[destinations.n] internal"),
    (f'{URL}\npatient_match = "probable"', "[destinations.n] patient_match"),
    (f'{URL}\nauth = "smart"', "[destinations.n] auth"),
    (f"{URL}\n{SMART}", "[destinations.n] auth"),
    (f'{URL}\nauth = "smart"\n{SECRET}\n{SMART}', "[destinations.n] auth"),
    (f'{URL}\nauth = "smart"\n{SMART}\nscope = ""', "[destinations.n] smart.scope"),
    (f'{URL}\nauth = "smart"\n{SMART}\ntoken_url = "http://login.example/token"', "[destinations.n] auth"),
    (f'{URL}\nauth = "smart"\n[destinations.n.smart]\nclient_id = "b"\nkeys = []', "[destinations.n] smart.keys"),
    (f'base_url = "http://ehr.example"\nauth = "basic"\n{SECRET}', "[destinations.n] internal"),
]


@pytest.mark.parametrize(("lines", "place"), WRONG, ids=[place + "-" + str(n) for n, (_, place) in enumerate(WRONG)])
def test_a_wrong_entry_stops_with_file_table_and_key(tmp_path: Path, lines: str, place: str) -> None:
    path = write(tmp_path, f"[destinations.n]\n{lines}\n")
    with pytest.raises(Rejected) as caught:
        load_destinations(path)
    assert str(path) in str(caught.value)
    assert place in str(caught.value)
    assert "secret@" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "[destination.north]\n",
        "destinations = 3\n",
        "[destinations]\nnorth = 3\n",
        "[destinations.No_Rth]\n",
        "[",
        "\x00",
    ],
)
def test_a_file_of_another_shape_stops(tmp_path: Path, text: str) -> None:
    with pytest.raises(Rejected, match=r"destinations\.toml"):
        load_destinations(write(tmp_path, text))


def test_a_file_that_is_not_there_stops(tmp_path: Path) -> None:
    with pytest.raises(Rejected, match=r"none\.toml"):
        load_destinations(tmp_path / "none.toml")


def bearer(tmp_path: Path, source: str) -> Path:
    return write(tmp_path, f'[destinations.n]\n{URL}\nauth = "bearer"\n{source}\n')


def test_a_secret_is_read_from_the_environment_when_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = load_destinations(bearer(tmp_path, 'secret_env = "NORTH_TOKEN"'))
    monkeypatch.setenv("NORTH_TOKEN", "one")
    assert one.secret() == "one"
    monkeypatch.setenv("NORTH_TOKEN", "abracadabra")
    assert one.secret() == "abracadabra"
    assert "abracadabra" not in repr(one)


def test_a_secret_is_read_from_its_file_each_time(tmp_path: Path) -> None:
    (one,) = load_destinations(bearer(tmp_path, f'secret_file = "{tmp_path / "token"}"'))
    with pytest.raises(Rejected, match="secret of destination n"):
        one.secret()
    (tmp_path / "token").write_text("abc\n")
    assert one.secret() == "abc"


@pytest.mark.parametrize("secret", [b"", b"a\nb", "é".encode(), b"\xff"])
def test_a_secret_that_no_header_can_hold_is_refused_without_showing_it(tmp_path: Path, secret: bytes) -> None:
    (one,) = load_destinations(bearer(tmp_path, f'secret_file = "{tmp_path / "token"}"'))
    (tmp_path / "token").write_bytes(secret)
    with pytest.raises(Rejected) as caught:
        one.secret()
    assert str(caught.value) == "the secret of destination n is not where the file says"
