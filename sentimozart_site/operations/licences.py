"""Which licence each pinned package has: python -m sentimozart_site.operations.licences > docs/licences.md."""

import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

REQUIREMENTS = Path(__file__).resolve().parents[2] / "requirements.txt"
PINNED = re.compile(r"([A-Za-z0-9_.-]+)(?:\[[^]]*\])?==(\S+)")
BESIDE = [("facenet-pytorch", "2.6.0")]  # installed by the Makefile
LONGEST = 60  # characters: some packages put the whole text where its name belongs
PREFIX = "License :: "

HEAD = """# Licences of the packages this project installs

Written by `python -m sentimozart_site.operations.licences` from what the packages say of themselves. The weights, data
and fonts have their own in README. Known advisories: `pip-audit --no-deps --disable-pip -r requirements.txt` asks PyPI.

| Package | Version | Licence |
|---|---|---|"""


def pinned() -> list[tuple[str, str]]:
    """(name, version) of every package that set-up installs, by name."""
    lines = (PINNED.fullmatch(line.strip()) for line in REQUIREMENTS.read_text().splitlines())
    return sorted([(m[1], m[2]) for m in lines if m] + BESIDE, key=lambda pair: pair[0].lower())


def licence_of(name: str) -> str:
    """What the installed package says: an SPDX expression, else its classifiers, else a name."""
    try:
        facts = metadata(name)
    except PackageNotFoundError:
        return "not installed here"
    if "License-Expression" in facts:
        return str(facts["License-Expression"])
    classifiers = [c.rpartition(" :: ")[2] for c in facts.get_all("Classifier") or [] if c.startswith(PREFIX)]
    text = "".join(facts.get_all("License") or []).strip().splitlines()
    plain = text[0].strip() if text and len(text[0]) <= LONGEST else ""
    return ", ".join(c for c in classifiers if c != "OSI Approved") or plain or "see the package"


def main() -> None:
    print(HEAD)
    for name, version in pinned():
        print(f"| {name} | {version} | {licence_of(name)} |")


if __name__ == "__main__":
    main()
