"""Documents to files. Same document, same bytes; nothing is fetched; a file is whole or is not there."""

from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec

from jumeau.documents.blocks import Document
from jumeau.documents.context import ReportContext
from jumeau.documents.html import to_html
from jumeau.documents.report import compose
from jumeau.documents.typography import drawable_document


def render_pdf(context: ReportContext, out: Path) -> Path:
    """Write the report as a tagged PDF (PDF/UA-1: the compiler refuses a drawing without a description)."""
    import typst

    template = files("jumeau.documents").joinpath("templates", "rapport.typ").read_bytes()
    when = datetime(context.date.year, context.date.month, context.date.day, tzinfo=UTC)
    with TemporaryDirectory() as empty:
        compiler = typst.Compiler(root=empty, ignore_system_fonts=True, sys_inputs={"document": _json(compose(context))})
        data = compiler.compile(input=template, format="pdf", pdf_standards="ua-1", timestamp=when)
    assert isinstance(data, bytes)
    return _write(out, data)


def render_html(context: ReportContext, out: Path) -> Path:
    """Write the report as one HTML file that stands alone."""
    return _write(out, to_html(compose(context)).encode())


def _json(document: Document) -> str:
    return msgspec.json.encode(drawable_document(document)).decode()


def _write(out: Path, data: bytes) -> Path:
    out.parent.mkdir(parents=True, exist_ok=True)
    partial = out.with_name(f".{out.name}.part")
    partial.write_bytes(data)
    partial.replace(out)
    return out
