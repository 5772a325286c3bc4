"""What is built and installed: files, all of them, and under one name.

Whoever forecasts beside a ``model.py`` or an ``evidence/`` of their own imports ours by
``deciban`` alone, and theirs by their names.
"""

import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parent.parent
PACKAGES = ("evidence", "priors", "model", "service")
SCRIPT = """
import model
import evidence
import deciban

assert (model.__doc__, evidence.__doc__) == ("Mine.", "Mine, too.")
print(deciban.__file__)
fit = deciban.fit(deciban.load("dprk-russia"), as_of="2024-03-31", draws=200)
print(fit.forecasts["mean"]["munitions"])
"""


def run(
    *command: str | Path, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    ran = subprocess.run(
        command,
        cwd=cwd,
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0, ran.stdout + ran.stderr
    return ran


def pip(*arguments: str | Path, cwd: Path) -> None:
    """Run pip without an index: it finds what is here already, or fails."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    run(*pip, *arguments, cwd=cwd)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copy the sources: building leaves folders behind, and finds those of before."""
    copy = tmp_path_factory.mktemp("source") / "deciban"
    copy.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    for name in ("deciban", *PACKAGES):
        shutil.copytree(
            ROOT / name,
            copy / name,
            symlinks=True,
            ignore=shutil.ignore_patterns("__pycache__", ".*"),
        )
    return copy


@pytest.fixture(scope="module")
def wheel(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip("wheel", "--no-build-isolation", "--no-deps", "-w", folder, ".", cwd=source)
    (built,) = folder.glob("*.whl")
    return built


def files(wheel: Path) -> set[str]:
    """Return the files of a wheel but for what it says of itself."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def test_a_wheel_holds_every_file_once_under_one_name(source, wheel):
    theirs = {
        f"deciban/{path.relative_to(source)}"
        for name in PACKAGES
        for path in (source / name).rglob("*")
        if path.is_file()
    }
    own = {
        f"deciban/{path.name}" for path in (source / "deciban").iterdir() if path.suffix
    }

    assert files(wheel) == theirs | own


def test_a_wheel_holds_no_links(wheel):
    with zipfile.ZipFile(wheel) as archive:
        kinds = {info.external_attr >> 28 for info in archive.infolist()}

    assert kinds <= {0, 8}  # regular files; a link would be 10


def test_a_wheel_of_the_source_archive_is_the_same(source, wheel, tmp_path):
    build = f"from setuptools import build_meta as b; b.build_sdist({str(tmp_path)!r})"
    run(sys.executable, "-c", build, cwd=source)
    (sdist,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        assert not any(member.issym() or member.islnk() for member in archive)

    pip("wheel", "--no-build-isolation", "--no-deps", "-w", "made", sdist, cwd=tmp_path)

    (made,) = (tmp_path / "made").glob("*.whl")
    assert files(made) == files(wheel)


@pytest.fixture
def own_folder(tmp_path: Path) -> Path:
    """Return the folder of somebody whose modules have the names of our folders."""
    folder = tmp_path / "own"
    (folder / "evidence").mkdir(parents=True)
    (folder / "model.py").write_text('"""Mine."""\n')
    (folder / "evidence" / "__init__.py").write_text('"""Mine, too."""\n')
    (folder / "forecast.py").write_text(SCRIPT)
    return folder


def test_an_installed_wheel_fits_beside_modules_of_the_same_names(
    wheel, own_folder, tmp_path
):
    target = tmp_path / "target"
    pip("install", "--no-index", "--no-deps", "--target", target, wheel, cwd=tmp_path)

    ran = run(sys.executable, "forecast.py", cwd=own_folder, PYTHONPATH=str(target))

    assert ran.stderr.startswith("Compiling the density, once on this machine")
    where, mean = ran.stdout.split()
    assert where == str(target / "deciban" / "__init__.py")
    assert sorted(path.name for path in target.iterdir() if path.suffix == "") == [
        "bin",
        "deciban",
    ]
    assert float(mean) > 0.5  # from a prior of 30 %


def test_an_editable_installation_reads_the_sources(source, own_folder, tmp_path):
    prefix = tmp_path / "prefix"
    pip(
        *("install", "--no-index", "--no-deps", "--no-build-isolation"),
        *("--ignore-installed", "--prefix", prefix, "--editable", "."),
        cwd=source,
    )
    (folder,) = prefix.glob("lib*/python*/site-packages")
    script = f"""
import site
site.addsitedir({str(folder)!r})
import deciban.model.errors, model
print(deciban.__file__, deciban.model.errors.__file__, model.__doc__)
"""

    # Without the packages of this environment, where Deciban is installed as well.
    printed = run(sys.executable, "-S", "-c", script, cwd=own_folder).stdout

    ours = source / "deciban"
    assert printed.split() == [
        str(ours / "__init__.py"),
        str(ours / "model" / "errors.py"),
        "Mine.",
    ]
