"""The casebook of a case: all that is written in it, to be looked up and taken away."""

from flask import Response, abort, request
from flask.typing import ResponseReturnValue

from deciban.model.casebook.cautions import review
from deciban.model.casebook.files import Format, evidence_text, priors_text
from deciban.model.casebook.index import link_key
from deciban.service.store import casebooks
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.parameters import row_number
from deciban.service.web.shared import services

__all__ = ["FILES"]

# What can be taken away: the format of each file, and the type that it is sent as.
FILES: dict[str, tuple[Format, str]] = {
    "priors.yaml": ("yaml", "application/yaml"),
    "evidence.yaml": ("yaml", "application/yaml"),
    "evidence.csv": ("csv", "text/csv"),
    "evidence.jsonl": ("jsonl", "application/x-ndjson"),
}


@bp.get("/cases/<case>/casebook")
@requires("viewer")
def casebook(case: str) -> ResponseReturnValue:
    """List what is written in a case, beside what to beware of in it."""
    known = services().views.view(case)
    return page(
        "casebook.html",
        case=known.case,
        known=known,
        casebook=known.casebook,
        questions={s.id: s.question for s in known.casebook.priors.scenarios},
        cautions=review(known.casebook, services().clock().date()),
        files=FILES,
        link_key=link_key,
    )


@bp.get("/cases/<case>/files/<name>")
@requires("viewer")
def casebook_file(case: str, name: str) -> ResponseReturnValue:
    """Give one of the files of a case: as it is now, or was at a revision."""
    revision = row_number(request.args.get("revision"))
    with services().store.reading() as session:
        whole = casebooks.casebook(session, case, revision)
    if name not in FILES:
        rule = f"must be one of the files {', '.join(FILES)}, got {name[:80]!r}"
        abort(404, rule)
    format, media_type = FILES[name]
    if name.startswith("priors"):
        text = priors_text(whole.priors)
    else:
        text = evidence_text(whole.evidence, format)
    answer = Response(text, mimetype=media_type)
    answer.headers["Content-Disposition"] = f'attachment; filename="{case}.{name}"'
    return answer
