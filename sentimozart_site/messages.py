"""The site's words in other languages: python -m sentimozart_site.messages update|compile|check.

update   collect every marked string of templates, Python and scripts into the catalogues, which keep what is translated
compile  write the .mo files that Django reads, where a catalogue is newer (`make setup` does it)
check    fail where a catalogue lacks a string, holds one that nobody uses, or has not been translated

Django's own makemessages needs GNU gettext; Babel does the same without a package of the system's.
"""

import argparse
import io
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
LOCALE = Path(__file__).with_name("locale")
LANGUAGES = ("de",)
# Where strings are: (folder, pattern, what Babel reads it as); scripts have a catalogue of their own.
SOURCES = {
    "django": [
        ("templates", "**/*.html", "template"),
        *((app, "**/*.py", "python") for app in ("compose", "evaluation", "sentimozart_site")),
    ],
    "djangojs": [("static/js", "*.js", "javascript")],
}
# What marks a string, and which of its arguments are the string's; "c" is the context of a word with two meanings.
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    **dict.fromkeys(("_", "gettext", "gettext_lazy", "gettext_noop"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
}
COMMENT_TAGS = ("Translators:",)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("update", "compile", "check"))
    what = parser.parse_args().what
    if what == "update":
        update()
    elif what == "compile":
        compile_all()
    elif problems := list(check()):
        sys.exit("\n".join(problems))


def path_of(language: str, domain: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def read(language: str, domain: str) -> Catalog:
    path = path_of(language, domain)
    if not path.exists():
        return Catalog(language, domain, fuzzy=False)
    return read_po(io.BytesIO(path.read_bytes()), language, domain)


def collected(domain: str) -> Catalog:
    """Every marked string of the sources, without a translation."""
    if not settings.configured:
        settings.configure()  # Django's template reader asks for it
    catalog = Catalog(domain=domain)
    for folder, pattern, kind in SOURCES[domain]:
        for path in sorted((ROOT / folder).glob(pattern)):
            for _, ids, comments, context in strings_in(path, kind):
                where = (path.relative_to(ROOT).as_posix(), None)
                catalog.add(ids, locations=[where], auto_comments=comments, context=context)  # type: ignore[list-item]
    return catalog


def strings_in(path: Path, kind: str) -> Iterator[tuple[int, str | tuple[str, ...], list[str], str | None]]:
    text = path.read_text()
    if kind == "template":
        marked = (line.strip() for line in templatize(text, origin=str(path)).splitlines() if "gettext(" in line)
        text, kind = "\n".join(marked), "python"
    options = {"parse_template_string": True}  # scripts': what stands in `${…}` too
    yield from extract.extract(kind, io.BytesIO(text.encode()), KEYWORDS, COMMENT_TAGS, options)


def update() -> None:
    for domain in SOURCES:
        template = collected(domain)
        for language in LANGUAGES:
            catalog = read(language, domain)
            catalog.update(template, no_fuzzy_matching=True, update_header_comment=False)
            catalog.obsolete.clear()
            write(catalog, path_of(language, domain))
            missing = sum(not is_translated(message.string) for message in catalog if message.id)
            print(f"{language} {domain}: {len(catalog)} strings, {missing} to be translated")


def write(catalog: Catalog, path: Path) -> None:
    """Without dates or line numbers, so that a catalogue changes only where its words do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.BytesIO()
    write_po(text, catalog, width=120, sort_by_file=True, omit_header=True)
    header = (
        'msgid ""\nmsgstr ""\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Language: {catalog.locale}\\n"\n"Plural-Forms: {catalog.plural_forms}\\n"\n\n'
    )
    path.write_bytes(header.encode() + text.getvalue())


def is_translated(string: str | tuple[str, ...] | list[str] | None) -> bool:
    return bool(string) if isinstance(string, str) else all(string or [""])


def compile_all() -> None:
    for language in LANGUAGES:
        for domain in SOURCES:
            source = path_of(language, domain)
            compiled = source.with_suffix(".mo")
            if source.exists() and (not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime):
                text = io.BytesIO()
                write_mo(text, read(language, domain))
                partial = compiled.with_suffix(".partial")
                partial.write_bytes(text.getvalue())
                partial.replace(compiled)


def check() -> Iterator[str]:
    """What keeps a catalogue from being complete, a line each."""
    for domain in SOURCES:
        wanted = {(message.id, message.context) for message in collected(domain) if message.id}
        for language in LANGUAGES:
            held = {(message.id, message.context): message for message in read(language, domain) if message.id}
            yield from (f"{language} {domain}: missing, run update: {key[0]!r}" for key in wanted - held.keys())
            yield from (f"{language} {domain}: no longer used, run update: {key[0]!r}" for key in held.keys() - wanted)
            for key in wanted & held.keys():
                if not is_translated(held[key].string) or held[key].fuzzy:
                    yield f"{language} {domain}: not translated: {key[0]!r}"
                for problem in held[key].check():
                    yield f"{language} {domain}: {problem}: {key[0]!r}"


if __name__ == "__main__":
    main()
