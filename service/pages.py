"""How HTML pages are made of templates: everything is escaped, nothing that hides or turns text passes."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from mappings.words import tame


def templates(package: str) -> Environment:
    """The ``templates`` beside a package's modules."""
    return Environment(
        loader=PackageLoader(package),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: tame(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
