"""`python -m bench faces`: reading and searching faces beside their peers, one core each, peers at their best."""

from __future__ import annotations

import json
import os
from dataclasses import asdict

import click


@click.command()
@click.option("--gallery", type=click.IntRange(1000), default=200_000, show_default=True, help="Faces to search in.")
@click.option("--long/--no-long", default=True, show_default=True, help="Also 512-d vectors.")
@click.option("--graphs", is_flag=True, help="Also graph and tree indexes; building them takes minutes.")
@click.option("--pipeline/--no-pipeline", default=True, show_default=True, help="Also the reading of photos.")
@click.option("--search/--no-search", "searching", default=True, show_default=True, help="Also the search.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    gallery: int,
    long: bool,  # noqa: FBT001 - click passes options by name
    graphs: bool,  # noqa: FBT001
    pipeline: bool,  # noqa: FBT001
    searching: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
) -> None:
    """Measure CPU time a photo and a query, and what each index loses.

    \b
    Example:
      python -m bench faces --gallery 1000000
    """
    from bench.faces_peers import missing_peers
    from bench.machine import CORETYPE, description

    result: dict[str, object] = {"blas": os.environ.get(CORETYPE, "unset"), "gallery": gallery}
    result |= {"machine": description(), "peers_missing": missing_peers() if graphs else []}
    if pipeline:
        result["pipeline"] = _pipeline()
    if searching:
        result["search"] = _search(gallery, long=long, graphs=graphs)
    if as_json:
        click.echo(json.dumps(result))
        return
    _print(result)


def _pipeline() -> dict[str, object]:
    from bench.faces_pipeline import compare, embedding_rate, pin_to_one_core, two_workers

    ratio = two_workers()
    pin_to_one_core()
    embedding, product = embedding_rate()
    return {
        "cpu_ms_per_photo": {timing.name: timing.cpu_ms for timing in compare()},
        "two_workers_speed_up": ratio,
        "embedding_gflops": embedding,
        "matrix_product_gflops": product,
    }


def _search(gallery: int, *, long: bool, graphs: bool) -> dict[str, object]:
    from bench.faces_search import compare, faces_like_sface, long_vectors

    tables: dict[str, object] = {
        f"128-d, {who} probes": [asdict(row) for row in compare(faces_like_sface(gallery, child=child), graphs=graphs)]
        for who, child in (("adult", False), ("child", True))
    }
    if long:
        tables["512-d"] = [asdict(row) for row in compare(long_vectors(gallery), graphs=graphs)]
    return tables


def _print(result: dict[str, object]) -> None:
    click.echo(f"OpenBLAS: {result['blas']}; one core, CPU time")
    for fact in (*_list(result["machine"]), *(f"not installed: {name}" for name in _list(result["peers_missing"]))):
        click.echo(f"  {fact}")
    pipeline = result.get("pipeline")
    if isinstance(pipeline, dict):
        ours = pipeline["cpu_ms_per_photo"]["matcher"]
        for name, spent in pipeline["cpu_ms_per_photo"].items():
            click.echo(f"  {name:44s} {spent:6.1f} ms a photo   matcher / this {ours / spent:.2f}")
        click.echo(f"  two workers over one: {pipeline['two_workers_speed_up']:.2f} (wall clock)")
        embedding, product = pipeline["embedding_gflops"], pipeline["matrix_product_gflops"]
        click.echo(
            f"  embedding {embedding:.0f} GFLOP/s, matrix product {product:.0f} GFLOP/s ({embedding / product:.2f})"
        )
    search = result.get("search")
    if isinstance(search, dict):
        for name, rows in search.items():
            click.echo(f"{result['gallery']:,} faces, {name}")
            click.echo(
                "  contestant                                           batch ms  single ms   scan MB  mate@1"
                "  mate@20  recall@100  build s"
            )
            for row in rows:
                click.echo(
                    f"  {row['name']:52s} {row['batch_ms']:8.3f} {row['single_ms']:10.3f} {row['scanned_mb']:9.0f}"
                    f" {row['mate_1']:7.3f} {row['mate_20']:8.3f} {row['recall_100']:11.4f} {row['build_s']:8.1f}"
                )


def _list(value: object) -> list[str]:
    return [str(item) for item in value] if isinstance(value, list) else []
