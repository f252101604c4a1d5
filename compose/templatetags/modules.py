"""A page's script, and links that fetch all its imports at once.

Without them a browser learns of an import only when it has read the script above it, and waits once for every level.
"""

import re
from functools import cache
from pathlib import Path, PurePosixPath

from django import template
from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

register = template.Library()

IMPORT = re.compile(r"""^import\s(?:[^"';]*\sfrom\s)?["'](\.[^"']+)["']""", re.MULTILINE)


@register.simple_tag
def module_script(name: str) -> SafeString:
    """The script `name`, say js/stage.js, as a module, with a modulepreload link for each of its imports."""
    imports = look_up(name) if settings.DEBUG else remembered(name)
    links = format_html_join("\n  ", '<link rel="modulepreload" href="{}">', ((static(each),) for each in imports))
    return format_html('{}\n  <script type="module" src="{}"></script>', links, static(name))


def look_up(name: str) -> tuple[str, ...]:
    """What a script imports, and what that imports in turn, each once, in the order of the first mention."""
    found: dict[str, None] = {}
    waiting = [name]
    while waiting:
        path = finders.find(waiting.pop(0))
        new = [each for each in imports_of(Path(path), name) if each not in found] if isinstance(path, str) else []
        found |= dict.fromkeys(new)
        waiting += new
    return tuple(found)


remembered = cache(look_up)  # scripts do not change while the site runs


def imports_of(path: Path, beside: str) -> list[str]:
    """The names of a script's own imports; all scripts lie in one folder."""
    folder = PurePosixPath(beside).parent
    return [str(folder / PurePosixPath(name).name) for name in IMPORT.findall(path.read_text(encoding="utf-8"))]
