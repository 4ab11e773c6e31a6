"""CODIS common message format (CMF 3.x): the XML that forensic software imports and exports.

Only the elements that carry a profile are read: SPECIMEN / SPECIMENID / LOCUS / LOCUSNAME / ALLELE / ALLELEVALUE; one
allele means a homozygote. A document type declaration is refused, so that no entity is ever expanded.

Source: CODIS interface specification, appendix B (XML schema `urn:CODISImportFile-schema`, header versions 3.2, 3.3).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from xml.etree import ElementTree as ET

from matcher.errors import InputError, UsageError
from matcher.str_loci.alleles import format_allele
from matcher.str_loci.layouts import Cell
from matcher.str_loci.profiles import collect
from matcher.types import Reject, StrProfile

NAMESPACE = "urn:CODISImportFile-schema"
_DECLARATION = re.compile(r"<!(DOCTYPE|ENTITY)", re.IGNORECASE)
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold (XML 1.0, production 2 Char)."""


def read_cmf(text: str, *, source: str) -> tuple[list[StrProfile], list[Reject]]:
    """Read the profiles of all specimens; errors as `cmf_cells`."""
    return collect(cmf_cells(text, source=source), source=source)


def cmf_cells(text: str, *, source: str) -> Iterator[Cell]:
    """Read the cells of all specimens.

    Raises
    ------
    InputError
        For text that is not such a document.
    """
    if _DECLARATION.search(text):
        raise InputError(f"{source}: holds a document type declaration", remedy="export plain CMF without a DTD")
    try:
        root = ET.fromstring(text)  # noqa: S314 - declarations are refused above, so no entity can expand
    except (ET.ParseError, ValueError) as error:
        raise InputError(f"{source}: not well-formed XML ({error})", remedy="export the file again") from None
    if _local(root) != "CODISImportFile":
        raise InputError(f"{source}: root element is '{_local(root)}'", remedy="give a CODIS CMF 3.x file")
    return _cells(root)


def write_cmf(profiles: Iterable[StrProfile], *, laboratory: str, category: str, made: datetime) -> str:
    """Write profiles as CMF 3.2.

    Parameters
    ----------
    profiles : iterable of StrProfile
        Specimens; the sample id becomes the specimen id.
    laboratory : str
        Destination and source laboratory.
    category : str
        CODIS specimen category, such as "Unidentified Person" or "Relative of Missing Person".
    made : datetime
        Submission time.

    Raises
    ------
    UsageError
        When a text holds a control character.
    """
    ET.register_namespace("", NAMESPACE)
    root = ET.Element(f"{{{NAMESPACE}}}CODISImportFile")
    for name, value in (
        ("HEADERVERSION", "3.2"),
        ("MESSAGETYPE", "Import"),
        ("DESTINATIONORI", laboratory),
        ("SOURCELAB", laboratory),
        ("SUBMITBYUSERID", laboratory),
        ("SUBMITDATETIME", made.isoformat(timespec="seconds")),
    ):
        _child(root, name, value)
    for profile in profiles:
        specimen = _child(root, "SPECIMEN")
        _child(specimen, "SPECIMENID", profile.sample_id)
        _child(specimen, "SPECIMENCATEGORY", category)
        for locus, pair in sorted(profile.genotypes.items()):
            element = _child(specimen, "LOCUS")
            _child(element, "LOCUSNAME", {"PentaD": "Penta D", "PentaE": "Penta E"}.get(locus, locus))
            for allele in sorted(set(pair)):
                _child(_child(element, "ALLELE"), "ALLELEVALUE", format_allele(allele))
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode")


def _cells(root: ET.Element) -> Iterator[Cell]:
    for specimen in (child for child in root if _local(child) == "SPECIMEN"):
        name = _text(specimen, "SPECIMENID")
        for locus in (child for child in specimen if _local(child) == "LOCUS"):
            alleles = [_text(child, "ALLELEVALUE") for child in locus if _local(child) == "ALLELE"]
            yield Cell(None, name, _text(locus, "LOCUSNAME"), tuple(dict.fromkeys(a for a in alleles if a)))


def _child(parent: ET.Element, name: str, text: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    element.text = text
    if text is not None and _UNFIT.search(text):
        raise UsageError(f"{text!r}: a control character has no place in XML", remedy="take it out")
    return element


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _text(parent: ET.Element, name: str) -> str:
    for child in parent:
        if _local(child) == name:
            return (child.text or "").strip()
    return ""
