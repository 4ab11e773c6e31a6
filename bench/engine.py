"""`python -m bench engine`: CPU time, memory and bytes of the scan over a gallery of codes, stage by stage.

All times are CPU time summed over threads; several runs, median unless said otherwise. Lines named `alone` scan one
channel only. Peers run with BLAS at its best setting, which is printed.
"""

from __future__ import annotations

import itertools
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from bench import engine_peers
from bench.engine_peers import Row, milliseconds
from bench.engine_world import World, probes, vocabularies, world
from bench.machine import Times, description, measured, measured_each, peak_rss
from matcher.engine import storage
from matcher.engine.columns import DenseColumn
from matcher.engine.compiled import Compiled
from matcher.engine.exact import exact_totals, leaders
from matcher.engine.shortlist import ScanProbe

TOP = 50
CHANNELS = ("face", "name", "place", "dna", "demographics")


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--records", type=click.IntRange(1000), default=1_000_000, show_default=True, help="Records of the gallery."
)
@click.option("--length", type=click.IntRange(8), default=128, show_default=True, help="Components of a face vector.")
@click.option("--batch", type=click.IntRange(0), default=256, show_default=True, help="Probes of the batch.")
@click.option("--singles", type=click.IntRange(1), default=40, show_default=True, help="Single probes.")
@click.option("--threads", type=click.IntRange(1), default=2, show_default=True, help="Threads of the last batch run.")
@click.option("--storage/--no-storage", "stored", default=True, help="Write and open a generation.")
@click.option("--peers/--no-peers", "peers", default=True, help="Compare with NumPy, BLAS and FAISS.")
def command(records: int, length: int, batch: int, singles: int, threads: int, *, stored: bool, peers: bool) -> None:
    """Measure the scan engine on a synthetic gallery.

    \b
    Examples:
      python -m bench engine
      python -m bench engine --records 10000000 --no-storage --no-peers
      python -m bench engine --length 512
    """
    for line in description():
        click.echo(line)
    drawn = world(records, length=length)
    click.echo(f"{records:,} records, {_photos(drawn):,} photographs of {length} components, top {TOP}\n")
    stages: list[Callable[[], Iterator[Row]]] = [lambda: _single(drawn, singles)]
    if batch:
        stages.append(lambda: _batch(drawn, batch, threads))
    if stored:
        stages.insert(0, lambda: _storage(drawn))
    if peers:
        stages.append(lambda: engine_peers.rows(drawn, TOP))
    for row in itertools.chain.from_iterable(stage() for stage in stages):
        click.echo(f"{row.stage:<46}{row.value:>18}   {row.remark}")
    click.echo(f"{'peak resident set':<46}{peak_rss() / 1e9:>15.2f} GB   synthetic world included")


def _storage(drawn: World) -> Iterator[Row]:
    with tempfile.TemporaryDirectory(prefix="bench-engine-") as name:
        folder = Path(name)
        begun = time.process_time()
        storage.write_gallery(folder, drawn.gallery, vocabularies(drawn))
        yield Row("write a generation", milliseconds(time.process_time() - begun), "vectors packed before")
        sizes: dict[str, int] = {}
        for path in folder.rglob("*"):
            if path.is_file():
                kind = f"{path.parent.name} {path.suffixes[0]}" if path.parent != folder else path.name
                sizes[kind] = sizes.get(kind, 0) + path.stat().st_size
        total = sum(sizes.values())
        largest = sorted(sizes.items(), key=lambda item: -item[1])[:8]
        parts = ", ".join(f"{kind} {size / len(drawn.gallery):.1f}" for kind, size in largest)
        yield Row("index, bytes a record", f"{total / len(drawn.gallery):.0f} B", parts)
        opened = measured(partial(storage.read_gallery, folder), runs=3)
        yield Row("open a generation", milliseconds(opened.median), "vocabularies included, files in the page cache")


def _single(drawn: World, count: int) -> Iterator[Row]:
    yield Row("load the compiled scan, cold process", milliseconds(_cold_start()), "numba and kernels, compiled before")
    arranged = measured(partial(Compiled.of, drawn.gallery), runs=3)
    yield Row("arrange the gallery", milliseconds(arranged.median), "once per process")
    compiled = Compiled.of(drawn.gallery)
    one = partial(compiled.one, count=TOP)
    several = list(probes(drawn, count))
    one(several[0])
    times = measured_each(one, several)
    remark = f"best {milliseconds(times.best)}, p99 {milliseconds(times.quantile(0.99))}"
    yield Row("one probe, all channels, p50", milliseconds(times.median), remark)
    for channel in CHANNELS:
        yield Row(
            f"  {channel} alone",
            milliseconds(measured_each(one, [_only(probe, channel) for probe in several[:8]]).median),
        )
    three = measured_each(one, list(probes(drawn, 8, photos=3)))
    yield Row("one probe with three photographs", milliseconds(three.median))
    found = [(probe, short) for probe in several[:16] if (short := compiled.one(probe, TOP))]
    lengths = [short.rows.shape[0] for _, short in found]
    yield Row("shortlist of one probe", f"{np.median(lengths):.0f} records", f"largest {max(lengths)}")
    exact = measured_each(
        lambda pair: exact_totals(pair[0].plans, drawn.gallery, pair[1].rows, pair[0].combination), found
    )
    yield Row("  scored again in float64", milliseconds(exact.median))


def _batch(drawn: World, count: int, threads: int) -> Iterator[Row]:
    compiled = Compiled.of(drawn.gallery)
    several = partial(compiled.several, count=TOP, space=compiled.space())
    waiting = probes(drawn, count)
    first = list(itertools.islice(waiting, compiled.lanes))
    several(first)
    seconds = [measured_each(several, [first]).best / len(first)]
    while tile := list(itertools.islice(waiting, compiled.lanes)):
        seconds.append(measured_each(several, [tile]).best / len(tile))
    times = Times(tuple(seconds))
    remark = f"{len(seconds)} tiles of {compiled.lanes}, best {milliseconds(times.best)}, one thread"
    yield Row("batch, a probe", milliseconds(times.median), remark)
    yield Row("batch, 1,000 probes", f"{1000 * times.median:.1f} core-s")
    for channel in CHANNELS:
        alone = measured(partial(several, [_only(probe, channel) for probe in first]), runs=3)
        yield Row(f"  {channel} alone, a probe", milliseconds(alone.median / len(first)))
    begun, wall = time.process_time(), time.perf_counter()
    found = several(first, threads=threads)
    cpu, wall = time.process_time() - begun, time.perf_counter() - wall
    yield Row(
        f"batch with {threads} threads, a probe",
        milliseconds(cpu / len(first)),
        f"wall {milliseconds(wall / len(first))}",
    )
    lengths = [short.rows.shape[0] for short in found if short]
    yield Row("shortlist of a batch's probe", f"{np.median(lengths):.0f} records", f"largest {max(lengths)}")
    checked = [(probe, short) for probe, short in zip(first[:4], found, strict=False) if short]
    everybody = np.arange(len(drawn.gallery))
    equal = sum(_listed(drawn, p, everybody) == _listed(drawn, p, short.rows) for p, short in checked)
    yield Row("lists equal to scoring everybody in float64", f"{equal} of {len(checked)}")


def _only(probe: ScanProbe, channel: str) -> ScanProbe:
    return ScanProbe([plan for plan in probe.plans if plan.channel == channel], probe.excluded, probe.combination)


def _listed(drawn: World, probe: ScanProbe, rows: NDArray[np.int64]) -> list[int]:
    totals = exact_totals(probe.plans, drawn.gallery, rows, probe.combination)
    kept = leaders(totals, TOP)
    return [int(row) for row in rows[kept][np.argsort(-totals[kept], kind="stable")][:TOP]]


def _cold_start() -> float:
    code = "import time, numpy; t = time.process_time(); import matcher.engine.compiled; print(time.process_time() - t)"
    found = [
        float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
        for _ in range(3)
    ]
    return sorted(found)[1]


def _photos(drawn: World) -> int:
    column = drawn.gallery.codes["face"]["photo"]
    assert isinstance(column, DenseColumn)
    return int(column.vectors.shape[0])
