"""The built page, the latest report, and an honest word when one of them is not there."""

from importlib.resources import files
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse, HTMLResponse

from jumeau.errors import NotFoundError
from jumeau.texts import t
from jumeau.web.ports import Twin

_KINDS = {"pdf": "application/pdf", "html": "text/html; charset=utf-8"}
_REPORT_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:; frame-ancestors 'self'"
_MESSAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><title>{title}</title></head>
<body><main><h1>{title}</h1><p>{text}</p><p><a href="rapport.html">{report}</a></p></main></body></html>
"""


def static_folder() -> Path:
    """Where the built page lies."""
    return Path(str(files("jumeau.web").joinpath("static")))


def router(twin: Twin, static: Path) -> APIRouter:
    """The page at `/`, its files, and the reports."""
    routes = APIRouter()
    root = static.resolve()

    @routes.get("/rapport.{kind}", include_in_schema=False)
    def rapport(kind: str) -> Response:
        found = twin.report_file(kind) if kind in _KINDS and twin.view.sees_all else None
        if found is None or not found.is_file():
            raise NotFoundError("web.pas_de_rapport")
        return FileResponse(found, media_type=_KINDS[kind], headers={"content-security-policy": _REPORT_POLICY})

    @routes.get("/", include_in_schema=False)
    def page() -> Response:
        index = root / "index.html"
        if not index.is_file():
            texts = {"title": t("web.page_titre"), "text": t("web.page_absente"), "report": t("web.page_rapport")}
            return HTMLResponse(_MESSAGE.format(**texts), status_code=503)
        return FileResponse(index, headers={"cache-control": "no-cache"})

    @routes.get("/{path:path}", include_in_schema=False)
    def file(path: str) -> Response:
        wanted = (root / path).resolve() if "\x00" not in path else root
        if root not in wanted.parents or not wanted.is_file():
            raise NotFoundError("web.adresse_inconnue")
        kept = "public, max-age=31536000, immutable" if "assets" in wanted.relative_to(root).parts else "no-cache"
        return FileResponse(wanted, headers={"cache-control": kept})

    return routes
