"""Clinic files: the worked example does what its comments say, and a wrong file names file, table and key."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from golden_sessions import ROOT, at, fixture_sessions, record, session

from mappings import InfusionSession, check_session, load_clinic, map_session, parse_session
from mappings.clinic import ClinicFault, Row
from service.validation import Validator

SHARED = load_clinic()
EXAMPLE = load_clinic(ROOT / "fixtures" / "clinics" / "example.toml")
SESSIONS = fixture_sessions()


def load(folder: Path, text: str) -> Any:
    file = folder / "clinic.toml"
    file.write_text(text)
    return load_clinic(file)


def of_type(resources: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [r for r in resources if r["resourceType"] == kind]


# The worked example


@pytest.mark.parametrize("name", SESSIONS)
def test_every_fixture_session_is_valid_under_the_example_clinic(name: str) -> None:
    validator = Validator()
    found = map_session(SESSIONS[name], EXAMPLE)
    assert [issue for resource in found for issue in validator.validate(resource)] == []
    assert {resource["language"] for resource in found} == {"es"}
    assert all(list(resource)[:4] == ["resourceType", "id", "meta", "language"] for resource in found)


def test_texts_are_in_the_clinics_language_and_displays_stay_as_published() -> None:
    code = EXAMPLE.code("indication", "mdd-recurrent-severe")
    assert code["text"] == "Trastorno depresivo mayor, recurrente, grave"
    assert code["coding"] == SHARED.code("indication", "mdd-recurrent-severe")["coding"]
    assert EXAMPLE.code("finding", "total-dose") == {
        "coding": [
            {
                "system": "https://example-clinic.example/CodeSystem/infusion",
                "code": "total-dose",
                "display": "Total dose given in the session",
            }
        ],
        "text": "Dosis total administrada en la sesión",
    }
    assert EXAMPLE.code("reaction", "vomiting")["text"] == "Vomiting"


def test_a_regional_language_falls_back_on_the_language(tmp_path: Path) -> None:
    words = '[reaction.nausea]\nwords = { es = "Náuseas", es-PR = "Ganas de vomitar" }\n'
    spoken = {tag: load(tmp_path, f'[clinic]\nlanguage = "{tag}"\n{words}') for tag in ("es", "es-MX", "es-PR", "fr")}
    texts = {tag: clinic.code("reaction", "nausea")["text"] for tag, clinic in spoken.items()}
    assert texts == {"es": "Náuseas", "es-MX": "Náuseas", "es-PR": "Ganas de vomitar", "fr": "Nausea"}


def test_without_a_language_no_resource_says_one() -> None:
    assert not [r for r in map_session(SESSIONS["01-plain-40-minutes"], SHARED) if "language" in r]


def test_the_organization_has_its_address() -> None:
    (found,) = of_type(map_session(session(), EXAMPLE), "Organization")
    assert found["address"] == [
        {
            "use": "work",
            "line": ["100 Example Street", "Suite 2"],
            "city": "Miami",
            "state": "FL",
            "postalCode": "33101",
            "country": "US",
        }
    ]


def test_units_as_the_clinic_writes_them() -> None:
    events = [at(5, "infusion-start", rate={"value": Decimal("12.5"), "unit": "gammas"}), at(45, "infusion-stop")]
    weight = {"weight": {"value": 176, "unit": "libras"}}
    found = parse_session(record(events=events, preparation=weight), EXAMPLE.units)
    assert found.events[0].rate.unit == "ug/kg/min"  # type: ignore[union-attr]
    assert found.preparation.weight
    assert found.preparation.weight.unit == "[lb_av]"


@pytest.mark.parametrize(
    ("written", "unit"), [("mcg/min/kg", "ug/kg/min"), ("mg/hrs", "mg/h"), ("mcg/kg/hrs", "ug/kg/h"), ("mg/hr", "mg/h")]
)
def test_a_spelling_is_of_a_whole_unit_or_of_a_part(written: str, unit: str) -> None:
    events = [at(5, "infusion-start", rate={"value": 1, "unit": written})]
    assert parse_session(record(events=events), EXAMPLE.units).events[0].rate.unit == unit  # type: ignore[union-attr]


def nurse(**parts: Any) -> InfusionSession:
    return session(staff=[{"id": "n1", "family": "Synthetic-Nurse", "role": "administering", **parts}])


def practitioner(found: InfusionSession) -> dict[str, Any]:
    (one,) = of_type(map_session(found, EXAMPLE), "Practitioner")
    return one


def test_a_staff_id_gets_the_npi_and_the_names_of_the_clinics_file() -> None:
    found = practitioner(nurse())
    assert [i["value"] for i in found["identifier"]][:2] == ["1888888884", "n1"]
    assert found["name"][0]["given"] == ["Ana"]


def test_who_is_known_by_id_is_who_is_known_by_npi() -> None:
    assert practitioner(nurse())["id"] == practitioner(nurse(npi="1888888884"))["id"]


@pytest.mark.parametrize("parts", [{"npi": "1234567893"}, {"family": "Synthetic-Somebody"}])
def test_what_the_record_says_of_staff_stands_and_the_difference_is_said(parts: dict[str, str]) -> None:
    found = nurse(**parts)
    one = practitioner(found)
    assert "1888888884" not in str(one)
    assert one["name"][0]["family"] == found.staff[0].family
    assert [(i.severity, i.expression) for i in check_session(found, EXAMPLE)] == [("warning", ("staff[0].id",))]


def test_given_names_of_the_record_stand() -> None:
    assert practitioner(nurse(given=["Anna-Maria"]))["name"][0]["given"] == ["Anna-Maria"]


def test_an_instrument_with_items_and_answers_of_its_own() -> None:
    found = session(events=[at(0, "score", instrument="sleep-and-energy", items=[4, 1])])
    assert check_session(found, EXAMPLE) == []
    items = [r for r in of_type(map_session(found, EXAMPLE), "Observation") if r["code"]["text"].startswith("I ")]
    answers = [item["valueCodeableConcept"]["text"] for item in items]
    totals = [r["valueQuantity"] for r in map_session(found, EXAMPLE) if "valueQuantity" in r]
    assert answers == ["Always", "Rarely"]
    assert (5, "{score}") in [(total["value"], total["code"]) for total in totals]


def test_an_instrument_with_shared_items_and_answers() -> None:
    found = session(events=[at(0, "score", instrument="phq2", items=[3, 0])])
    codes = [r["code"]["coding"][0]["code"] for r in of_type(map_session(found, EXAMPLE), "Observation")]
    assert {"44250-9", "44255-8", "55758-7"} <= set(codes)


def test_thresholds_stand_beside_the_default_ones() -> None:
    assert (EXAMPLE.response.remission["phq9"], EXAMPLE.response.remission["madrs"]) == (5, 10)


# What an overlay is

ROW = "text = 'x'\nsource = 'x'\n"
INSTRUMENT = f"[instrument.x]\n{ROW}local = 'x'\n"
SYSTEMS = "[systems]\nresource = 'https://north.example/id/infusion-bridge'\n"


def test_an_overlay_adds_and_replaces_rows(tmp_path: Path) -> None:
    row = 'text = "Esketamine"\nlocal = "esketamine"\nsource = "ours"\n'
    found = load(tmp_path, f'[clinic]\nname = "North"\n[drug.esketamine]\n{row}')
    assert found.identity.name == "North"
    assert isinstance(found.row("drug", "esketamine"), Row)
    assert found.row("drug", "ketamine") == SHARED.row("drug", "ketamine")


def test_another_clinic_has_not_the_default_clinics_npi(tmp_path: Path) -> None:
    assert load(tmp_path, f'[clinic]\nkey = "north"\n{SYSTEMS}').identity.npi is None
    assert load(tmp_path, '[clinic]\nname = "North"\n').identity.npi == SHARED.identity.npi


def test_words_alone_leave_the_codes_of_a_shared_row(tmp_path: Path) -> None:
    found = load(tmp_path, '[instrument.phq9]\ntext = "How you have felt (PHQ-9)"\n').row("instrument", "phq9")
    assert found.text == "How you have felt (PHQ-9)"
    assert found == SHARED.row("instrument", "phq9").model_copy(update={"text": found.text})


# Wrong files


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("[clinic", ": Expected"),
        ("drug = 5\n", "[drug]: not a table"),
        ("clinic = 5\n", "[clinic]: not a table"),
        ("[medicine.x]\ntext = 'x'\n", "[medicine]: no such table; the tables are clinic, systems, limits, "),
        ("[clinic]\nname = 5\n", "[clinic] name: "),
        ("[clinic]\ncolour = 'x'\n", "[clinic] colour: "),
        ("[clinic]\nkey = 'a b'\n", "[clinic] key: "),
        ("[clinic]\nnpi = '1234567890'\n", "[clinic] npi: the check digit of this NPI is wrong"),
        ("[clinic]\nlanguage = 'Spanish'\n", "[clinic] language: not a BCP-47 language"),
        ("[clinic]\naddress = { line = [], city = 'x' }\n", "[clinic] address.line: "),
        ("[clinic]\naddress = { line = ['x'], city = 'x', zip = '1' }\n", "[clinic] address.zip: "),
        ("[clinic]\naddress = { line = ['x'], city = 'x', country = 'Narnia' }\n", "[clinic] address.country: "),
        ("[systems]\npatient = 'mrn'\n", "[systems] patient: not an absolute URI"),
        ("[systems]\npatient = 'https://x.example/mrn/'\n", "[systems] patient: not an absolute URI"),
        ("[systems]\npatient = 'urn:oid:2.x'\n", "[systems] patient: not an absolute URI"),
        ("[systems]\nextension = 'urn:oid:2.999'\n", "[systems] extension: not an absolute web address"),
        ("[systems]\nstaff = 'https://demo-clinic.example/id/mrn'\n", "[systems]: two kinds of identifiers"),
        ("[systems]\ninsurance = 'https://x.example'\n", "[systems] insurance: "),
        ("[limits]\nsystolic_above = 80\n", "[limits]: `systolic_below` is not below"),
        ("[limits]\noxygen_saturation_below = 101\n", "[limits] oxygen_saturation_below: "),
        ("[limits]\nheart_rate_above = 'high'\n", "[limits] heart_rate_above: "),
        ("[limits]\ntemperature_above = 39\n", "[limits] temperature_above: "),
        ("[response]\ndrop_percent = 0\n", "[response] drop_percent: "),
        ("[response]\ndrop_percent = 101\n", "[response] drop_percent: "),
        ("[response]\nremission = { nope = 4 }\n", "[response.remission] nope: no instrument has this key"),
        ("[response]\nremission = { cadss = 4 }\n", "[response.remission] cadss: this instrument does not measure"),
        ("[response]\nremission = { phq9 = 28 }\n", "[response.remission] phq9: no total of this instrument is above 27"),
        ("[response]\nremission = { phq9 = -1 }\n", "[response] remission.phq9: "),
        ("[response]\nremission = 4\n", "[response] remission: "),
        ("[baseline]\ntolerance_percent = 80\n", "[baseline] tolerance_percent: "),
        ("[units]\nstones = '[stone_av]'\n", "[units] stones: not a unit of a record"),
        ("[units]\nstones = 5\n", "[units] stones: not a unit of a record"),
        ("[units]\nmg = 'ug'\n", "[units] mg: this is a unit already"),
        ("[units]\nmcg = 'mg'\n", "[units] mcg: this is a unit already"),
        ("[units]\nh = 'min'\n", "[units] h: this is a unit already"),
        ("[staff.n1]\nfamily = 'x'\n", "[staff.n1] npi: Field required"),
        ("[staff.n1]\nnpi = '1234567890'\nfamily = 'x'\n", "[staff.n1] npi: the check digit"),
        ("[staff.'n 1']\nnpi = '1234567893'\nfamily = 'x'\n", "[staff.n 1]: not a key"),
        ("[staff]\nn1 = 5\n", "[staff.n1]: "),
        ("[drug.x]\ntext = 'x'\n", "[drug.x] source: Field required"),
        ("[drug]\nx = 5\n", "[drug.x]: "),
        (f"[drug.'x y']\n{ROW}local = 'x'\n", "[drug.x y]: not a key"),
        (f"[drug.x]\n{ROW}", "[drug.x]: a code is needed, or `local`"),
        (f"[drug.x]\n{ROW}local = 'x'\ncolour = 'x'\n", "[drug.x] colour: "),
        (f"[drug.x]\n{ROW}rxnorm = 'abc'\n", "[drug.x] rxnorm: not an RxNorm number"),
        (f"[drug.x]\n{ROW}ndc = '1-2-3'\n", "[drug.x] ndc: not an NDC"),
        (f"[drug.x]\n{ROW}atc = 'N1'\n", "[drug.x] atc: not an ATC code"),
        (f"[drug.x]\n{ROW}local = 'x'\ntop = 3\n", "[drug.x]: `items`, `answers` and `top` belong together"),
        (f"[drug.x]\n{ROW}local = 'x'\nmeasures = 'course'\n", "[drug.x] measures: only an instrument has this"),
        (f"[reaction.x]\n{ROW}snomed = '14152003'\n", "[reaction.x] snomed: not a SNOMED CT concept"),
        (f"[reaction.x]\n{ROW}loinc = '8480-5'\n", "[reaction.x] loinc: not a LOINC code"),
        (f"[indication.x]\n{ROW}icd10cm = 'F33,2'\n", "[indication.x] icd10cm: not an ICD-10-CM code"),
        (f"[indication.x]\n{ROW}local = 'x'\ndisplay = {{ loinc = 'x' }}\n", "[indication.x]: `display` names a code"),
        (f"[indication.x]\n{ROW}local = 'x'\nwords = {{ Spanish = 'x' }}\n", "[indication.x] words.Spanish.[key]: "),
        (f"[finding.x]\n{ROW}local = 'x'\nunit = 'mmHg'\n", "[finding.x] unit: not a UCUM unit"),
        (f"[vital.heart-rate]\n{ROW}local = 'x'\nunit = 'mm[Hg]'\n", "[vital.heart-rate] unit: what this row is about"),
        (f"{INSTRUMENT}items = ['phq9-1']\n", "[instrument.x]: `items`, `answers` and `top` belong together"),
        (f"{INSTRUMENT}items = ['phq9-1']\nanswers = ['no']\ntop = 1\n", "[instrument.x]: `items`, `answers` and `top`"),
        (f"{INSTRUMENT}items = ['y']\nanswers = ['no', 'yes']\ntop = 1\n", "[instrument.x] items: the table item has no"),
        (f"{INSTRUMENT}items = ['phq9-1']\nanswers = ['no', 'oui']\ntop = 1\n", "[instrument.x] answers: the table answer"),
        (f"{INSTRUMENT}items = ['phq9-1', 'phq9-1']\nanswers = ['no', 'yes']\ntop = 1\n", "[instrument.x]: `items` names"),
        (f"{INSTRUMENT}direction = 'up'\n", "[instrument.x] direction: "),
        (f"{INSTRUMENT}remission = 4\n", "[instrument.x] remission: "),
    ],
)  # fmt: skip
def test_a_wrong_file_names_file_table_and_key(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(ClinicFault) as caught:
        load(tmp_path, text)
    lines = str(caught.value).splitlines()
    assert [line for line in lines if f"clinic.toml: {fault.lstrip(': ')}" in line], lines
    assert all(line.startswith(str(tmp_path / "clinic.toml")) for line in lines)


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(ClinicFault) as caught:
        load(tmp_path, "[clinic]\ncolour = 'x'\n[drug.x]\ntext = 'x'\n[medicine.x]\n[units]\nmg = 'g'\n")
    assert [line.split(": ")[1] for line in str(caught.value).splitlines()] == [
        "[drug.x] source", "[medicine]", "[clinic] colour", "[units] mg",
    ]  # fmt: skip


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[clinic]\nname = 'a'\nname = 'b'\n"])
def test_what_is_no_toml_is_told_with_its_file(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "clinic.toml"
    file.write_bytes(content)
    with pytest.raises(ClinicFault, match=r"clinic\.toml: "):
        load_clinic(file)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ClinicFault, match="nowhere"):
        load_clinic(tmp_path / "nowhere.toml")
