"""Where values come from, told in W3C PROV: of an asset, of a commit, of a layer; and the precedence between sources."""

from collections.abc import Iterable

import msgspec

from jumeau.errors import InputError, NotFoundError
from jumeau.interop import prov
from jumeau.interop.prov import Document
from jumeau.model.claim import Claim, Commit, Disagreement
from jumeau.model.provenance import Source
from jumeau.sharing.view import View
from jumeau.twin.branching import Named, named, shown

FORMATS = {"json": prov.to_json, "turtle": prov.to_turtle}
RANKS = range(-100, 101)


def of_asset(view: View, layer: str, asset: str) -> Document:
    """Every value ever said of an asset. Raises NotFoundError when nothing was."""
    declared, claims = view.layer(layer), view.claims(layer, asset)
    if not claims:
        raise NotFoundError("web.actif_inconnu", layer=declared.title, asset=asset[:60])
    document, commits = Document(), {c.id: c for c in view.commits()}
    label = named(view, layer, [asset], [view.moment])[asset].label
    whole = prov.name("actif", layer, asset)
    document.entities[whole] = {"prov:type": "prov:Collection", "prov:label": f"{declared.title} {label}"}
    for rank, claim in enumerate(c for c in claims if not c.counter):
        _value(document, view, claim, rank, commits, whole)
    for counter in (c for c in claims if c.counter):
        _taken_back(document, counter, claims, commits)
    return document


def of_commit(view: View, commit: int) -> Document:
    """What one commit did, of whom and from what. Raises NotFoundError."""
    commits = {c.id: c for c in view.commits()}
    if commit not in commits:
        raise NotFoundError("partage.commit_inconnu", commit=commit)
    document = Document()
    local = _activity(document, commits[commit])
    for parent in commits[commit].parents:
        if parent in commits:
            document.relate("wasInformedBy", local, _activity(document, commits[parent]))
    for layer in commits[commit].layers:
        name = prov.name("couche", layer, commit)
        document.entities[name] = {"prov:type": "prov:Collection", "prov:label": layer}
        document.relate("wasGeneratedBy", name, local)
        for source in view.layer_sources(layer, commit):
            document.relate("wasDerivedFrom", name, _source(document, view, source))
            document.relate("used", local, _source(document, view, source))
    return document


def of_layer(view: View, layer: str) -> Document:
    """Every commit that wrote in a layer, and the sources it rests on."""
    declared, document = view.layer(layer), Document()
    whole = prov.name("couche", layer)
    document.entities[whole] = {"prov:type": "prov:Collection", "prov:label": declared.title}
    for commit in view.commits():
        if layer in commit.layers:
            local = _activity(document, commit)
            for source in view.layer_sources(layer, commit.id):
                document.relate("used", local, _source(document, view, source))
                document.relate("wasDerivedFrom", whole, _source(document, view, source))
            document.relate("wasAttributedTo", whole, _agent(document, commit.author))
    return document


def _value(document: Document, view: View, claim: Claim, rank: int, commits: dict[int, Commit], whole: str) -> None:
    local = prov.name("valeur", claim.layer, claim.asset, claim.attribute, claim.commit, rank)
    about = {"jumeau:attribute": claim.attribute, "jumeau:origin": str(claim.origin)}
    if claim.value is not None:
        about["prov:value"] = shown(claim.value)
    if claim.valid_from is not None:
        about["jumeau:validFrom"] = claim.valid_from  # type: ignore[assignment]
    document.entities[local] = about
    document.relate("hadMember", whole, local)
    source = _source(document, view, claim.source)
    document.relate("wasDerivedFrom", local, source)
    commit = commits.get(claim.commit)
    if commit is not None:
        activity = _activity(document, commit)
        document.relate("wasGeneratedBy", local, activity)
        document.relate("wasAttributedTo", local, _agent(document, commit.author))
        document.relate("used", activity, source)
        for other in commits.values():
            if claim.commit in other.undoes:
                document.relate("wasInvalidatedBy", local, _activity(document, other))


def _taken_back(document: Document, counter: Claim, claims: Iterable[Claim], commits: dict[int, Commit]) -> None:
    for rank, claim in enumerate(c for c in claims if not c.counter):
        same = (claim.attribute, claim.source) == (counter.attribute, counter.source)
        hit = claim.commit == counter.value if counter.value is not None else claim.commit < counter.commit
        if same and hit and counter.commit in commits:
            local = prov.name("valeur", claim.layer, claim.asset, claim.attribute, claim.commit, rank)
            document.relate("wasInvalidatedBy", local, _activity(document, commits[counter.commit]))


def _activity(document: Document, commit: Commit) -> str:
    local = prov.name("ecriture", commit.id)
    if local not in document.activities:
        when = {"prov:startTime": commit.instant, "prov:endTime": commit.instant}
        about = {"prov:label": commit.message, "jumeau:kind": commit.kind, "jumeau:branch": commit.branch}
        document.activities[local] = when | about
        document.relate("wasAssociatedWith", local, _agent(document, commit.author))
    return local


def _agent(document: Document, author: str) -> str:
    local = prov.name("acteur", author or "anonyme")
    document.agents.setdefault(local, {"prov:label": author or "?"})
    return local


def _source(document: Document, view: View, name: str) -> str:
    local = prov.name("source", name)
    if local not in document.entities:
        known = view.sources().get(name)
        about: dict[str, object] = {"prov:label": known.title if known else name}
        if known:
            said = {"licence": known.licence, "vintage": known.vintage, "url": known.url, "sha256": known.sha256}
            about |= {f"jumeau:{k}": v for k, v in said.items() if v}
            about |= {"jumeau:synthetic": known.synthetic, "jumeau:rank": known.rank}
        document.entities[local] = about
    return local


# precedence -----------------------------------------------------------------------------------------------------------
def set_rank(view: View, source: str, rank: int) -> Source:
    """Give a source another precedence: the highest wins where sources disagree (0 for files, 10 for entries by hand).

    Raises NotFoundError for an unknown source, InputError for a rank out of [-100 ; 100].
    """
    known = view.sources()
    if source not in known:
        raise NotFoundError("partage.source_inconnue", source=source[:60], known=", ".join(known) or "aucune")
    if rank not in RANKS:
        raise InputError("edition.rang", rank=rank, field="rank")
    changed = msgspec.structs.replace(known[source], rank=rank)
    view.declare_source(changed)
    return changed


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """A disagreement as a person reads it."""

    label: str
    commune: str | None
    said: Disagreement
    title: str
    other_title: str


def disputes(view: View, layer: str, attribute: str | None = None, limit: int = 1_000) -> list[Dispute]:
    """Where sources of a layer do not say the same, with the names of the assets and of the sources."""
    found = view.disagreements(layer, attribute=attribute, limit=limit)
    names: dict[str, Named] = named(view, layer, [d.asset for d in found], [view.moment]) if found else {}
    titles = {name: source.title for name, source in view.sources().items()}
    return [
        Dispute(
            label=names[d.asset].label, commune=names[d.asset].commune, said=d, title=titles.get(d.source, d.source),
            other_title=titles.get(d.other_source, d.other_source),
        )
        for d in found
    ]  # fmt: skip
