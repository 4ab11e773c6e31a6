"""`matcher dna`: the group; its commands live in modules by noun. Heavy imports stay inside the commands."""

from __future__ import annotations

import click

from matcher.cli.dna_compare import compare, lr
from matcher.cli.dna_families import families
from matcher.cli.dna_files import check, convert
from matcher.cli.dna_search import blind, power, search
from matcher.cli.dna_y import y


@click.group()
def dna() -> None:
    """Compare STR profiles and pedigrees."""


for command in (compare, lr, search, families, blind, power, y, check, convert):
    dna.add_command(command)
