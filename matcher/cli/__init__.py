"""Command line: each command is a short twin of one library call.

Commands live in modules of their own that are imported only when called, so that `matcher --help` stays instant.
Data goes to standard output, everything else to standard error. Exit codes are those of `matcher.errors`.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import NoReturn

import click

from matcher import __version__
from matcher.errors import MatcherError

DEBUG_VARIABLE = "MATCHER_DEBUG"

# name -> (module, attribute, one line for the overview). Listed here so that the overview imports no command.
COMMANDS: dict[str, tuple[str, str, str]] = {
    "init": ("matcher.cli.init", "init", "Create an empty workspace."),
    "ingest": ("matcher.cli.ingest", "ingest", "Read forms, photo folders and laboratory tables into the workspace."),
    "index": ("matcher.cli.index", "index", "Embed new photos and bring the derived index up to date."),
    "match": ("matcher.cli.match", "match", "Rank all records for every intake; write JSON lines and Excel."),
    "report": ("matcher.cli.report", "report", "Render the leads as one self-contained HTML file."),
    "explain": ("matcher.cli.explain", "explain", "Show the evidence of one pair, part by part."),
    "confirm": ("matcher.cli.confirm", "confirm", "Lead a DNA hit to its confirmation: new sample, two reviewers."),
    "erase": ("matcher.cli.erase", "erase", "Erase a case or a sample for good."),
    "why-not": ("matcher.cli.why_not", "why_not", "Say why a record is not (higher) on a list, and what helps."),
    "decide": ("matcher.cli.decide", "decide", "Record a reviewer's judgement on a pair."),
    "decisions": ("matcher.cli.decisions", "decisions", "List judgements; read those of a reviewed workbook."),
    "calibrate": ("matcher.cli.calibrate", "calibrate", "Learn from reviewed cases what probabilities are worth."),
    "doctor": ("matcher.cli.doctor", "doctor", "Check models, gazetteer, workspace and machine; say what to do."),
    "demo": ("matcher.cli.demo", "demo", "Run the whole path on a synthetic world and real photographs."),
    "synth": ("matcher.cli.synth", "synth", "Generate a synthetic world with its truth tables."),
    "names": ("matcher.cli.names", "names", "Search personal names by sound."),
    "places": ("matcher.cli.places", "places", "Search places by sound, time and region."),
    "gazetteer": ("matcher.cli.gazetteer", "gazetteer", "Build and inspect the gazetteer."),
    "dna": ("matcher.cli.dna", "dna", "Compare STR profiles."),
    "face": ("matcher.cli.face", "face", "Search and evaluate faces in folders."),
    "models": ("matcher.cli.models", "models", "Build, list and verify model files."),
}


class LazyGroup(click.Group):
    """A command group that imports a command's module only when the command is called or asked for help."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """List the command names in the order of the everyday path."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import and return one command."""
        if cmd_name not in COMMANDS:
            return None
        module, attribute, _ = COMMANDS[cmd_name]
        command: click.Command = getattr(importlib.import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """Write the overview from the table, without importing anything."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="matcher")
def cli() -> None:
    """Find the families of people who cannot say who they are: intakes in, ranked and explained leads out.

    \b
    The everyday path:
      matcher init my-station
      matcher ingest intakes.csv --kind intake --photos photos/ --workspace my-station
      matcher ingest missing.xlsx --kind missing --str profiles.csv --workspace my-station
      matcher index --workspace my-station
      matcher match --workspace my-station --output leads
      matcher report leads.jsonl --workspace my-station --output leads.html

    \b
    Exit codes: 0 done; 1 other error; 2 wrong usage; 3 unreadable input; 4 input beyond a safety limit;
    5 workspace missing, damaged or locked; 6 index absent or stale; 7 model or reference data absent.
    """


def main() -> None:
    """Run the command line; expected errors become one line and an exit code, never a traceback."""
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    try:
        cli.main(standalone_mode=False)
    except MatcherError as error:
        _stop(str(error), error.exit_code)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except click.Abort:
        _stop("stopped; what was committed stays and the command can be repeated", 130)
    except Exception as error:
        if DEBUG_VARIABLE in os.environ:
            raise
        _stop(_refusal(error) if isinstance(error, OSError) else _defect(error), 1)


def _stop(message: str, code: int) -> NoReturn:
    click.echo(f"matcher: {message}", err=True)
    sys.exit(code)


def _refusal(error: OSError) -> str:
    """Say what the system refused: a missing right, a full disk, a share that went away are no defect of ours."""
    place = f"'{error.filename}': " if error.filename else ""
    remedy = "check that the place exists, that you may write there and that it has free space"
    return f"{place}{error.strerror or type(error).__name__} -> {remedy}"


def _defect(error: Exception) -> str:
    """Name the kind of a defect and its place alone: its message could quote a name or a genotype."""
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return (
        f"internal error ({type(error).__name__} at {Path(frame.filename).name}:{frame.lineno}) -> please report it; "
        f"{DEBUG_VARIABLE}=1 shows the details (they may quote personal data)"
    )
