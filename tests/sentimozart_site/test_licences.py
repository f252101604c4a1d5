"""The list of licences is of the packages that are pinned now, and none of them asks for ours to be another one."""

from pathlib import Path

from sentimozart_site.operations.licences import pinned

LISTED = Path(__file__).parents[2].joinpath("docs", "licences.md").read_text()


def test_every_pinned_package_is_listed_with_its_version() -> None:
    missing = [f"{name} {version}" for name, version in pinned() if f"| {name} | {version} |" not in LISTED]
    assert not missing, "run `python -m sentimozart_site.operations.licences > docs/licences.md`"
    assert len(pinned()) == LISTED.count("\n| ") - 1


def test_no_package_is_under_the_gpl() -> None:
    strict = [line for line in LISTED.splitlines() if "GPL" in line and "LGPL" not in line]
    assert not strict
