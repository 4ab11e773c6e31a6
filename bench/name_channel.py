"""`python -m bench.name_channel`: CPU time of the name channel by step, against a gallery and against a short list.

The gallery is Parquet with `id, name` (or drawn from the package's own frequencies). Times are CPU time of one thread,
medians; compiled loops are loaded beforehand.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TypeVar

import click
import numpy as np

from bench.name_worlds import drawn_names
from matcher.engine.channel import Compiler
from matcher.engine.columns import Vocabulary
from matcher.phonetic.channel import NameChannel
from matcher.phonetic.gallery_file import read_people
from matcher.phonetic.name_model import compile_name
from matcher.phonetic.population import default_model
from matcher.phonetic.written import WrittenName, understand
from matcher.types import HYPOTHESES, Hypothesis, Part, Subject, ToldName

Item = TypeVar("Item")
LISTED = 75
"""Names of a short list."""


@click.command()
@click.option("--gallery", type=click.Path(path_type=Path, dir_okay=False), help="Parquet file with id and name.")
@click.option("--sample", type=click.IntRange(1), help="Take so many of its distinct names.")
@click.option("--probes", type=click.IntRange(8), default=40, show_default=True, help="Names to measure with.")
@click.option("--seed", type=int, default=7, show_default=True, help="Seed of what is taken.")
def command(gallery: Path | None, sample: int | None, probes: int, seed: int) -> None:
    """Measure the name channel.

    \b
    Examples:
      python -m bench.name_channel
      python -m bench.name_channel --gallery gallery.parquet --sample 52500
    """
    names = sorted(set(drawn_names() if gallery is None else read_people(gallery).names))
    order = np.random.default_rng(seed).permutation(len(names)).tolist()
    names = [names[number] for number in order[:sample]]
    channel, vocabularies = NameChannel(), _vocabularies(names)
    _say(f"take {len(names)} distinct names apart", _times(channel.tabulate, [vocabularies]))
    kept = channel.tabulate(vocabularies)
    _say("open the kept tables", _times(lambda own: channel.restore(own, kept), [vocabularies] * 5))
    taken, fresh = names[:probes], [understand(name) for name in names[probes : 4 * probes]]
    whole, short = channel.restore(vocabularies, kept), channel.prepare(_vocabularies(names[-LISTED:]))
    _warm((whole, short), taken[:2])
    _say("compile a name, characters not seen before", _times(_compiled, fresh))
    _say("compile a name, characters seen", _times(_compiled, fresh[-probes:]))
    lists = [_vocabularies(names[-LISTED * (number + 1) :][:LISTED]) for number in range(1, 9)]
    _say(f"prepare a list of {LISTED} names", _times(channel.prepare, lists))
    for hypothesis in HYPOTHESES:
        for label, compiler in (("the gallery", whole), (f"a list of {LISTED}", short)):
            _say(f"table of {hypothesis} over {label}", _tables(compiler, taken, hypothesis))
    pairs = list(zip(map(_subject, taken), map(_subject, names[-probes:]), strict=True))
    parts = (Part("name", "name", 1.0),)
    _say("words of a pair", _times(lambda pair: channel.describe(*pair, parts, "zh"), pairs))


def _tables(compiler: Compiler, names: Sequence[str], hypothesis: Hypothesis) -> list[float]:
    return _times(lambda name: compiler.compile(_subject(name), hypothesis), names)


def _warm(compilers: Iterable[Compiler], names: Sequence[str]) -> None:
    for compiler in compilers:
        for hypothesis in HYPOTHESES:
            _tables(compiler, names, hypothesis)


def _compiled(written: WrittenName) -> object:
    return compile_name(written, default_model())


def _subject(name: str) -> Subject:
    return Subject(name, "rescue", names=(ToldName(name),))


def _vocabularies(names: Sequence[str]) -> dict[str, Vocabulary]:
    return {"name": Vocabulary(["", *names]), "relatives": Vocabulary()}


def _times(measured: Callable[[Item], object], items: Iterable[Item]) -> list[float]:
    """Return the CPU time of each call in milliseconds."""
    found = []
    for item in items:
        began = time.process_time()
        measured(item)
        found.append(1e3 * (time.process_time() - began))
    return found


def _say(step: str, times: Sequence[float]) -> None:
    click.echo(f"{step:52} {statistics.median(times):9.2f} ms  (p95 {np.percentile(times, 95):.2f}, n = {len(times)})")


if __name__ == "__main__":
    command()
