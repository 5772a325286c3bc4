"""What settled cases have taught, and the form by which another takes it over."""

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.changes import Change
from deciban.service.application.learned import learned_now, taking_over
from deciban.service.store import casebooks
from deciban.service.web.access import requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.posting import Refusal, post
from deciban.service.web.shared import services

__all__: list[str] = []


@bp.get("/learned")
@requires("viewer")
def learned() -> ResponseReturnValue:
    """Show what was learned, of all cases or but for one that may take it over."""
    return _shown(request.args.get("but") or None)


@bp.post("/cases/<case>/learned")
@requires("admin")
def take_over(case: str) -> ResponseReturnValue:
    """Let a case take over what the others have taught."""
    now = learned_now(services(), case)
    if now.learned is None or not now.learned.checks.ok:
        refused = Refusal(409, ["It is not known what the other cases have taught."])
        return _shown(case, refused), refused.status
    found = now.learned

    def changes(casebook: Casebook | None) -> list[Change]:
        assert casebook is not None  # it has been read to learn without it
        return [taking_over(casebook, found)]

    if refusal := post(case, changes, request.form.get("because", "").strip()):
        return _shown(case, refusal), refusal.status
    return redirect(url_for("pages.case", case=case), 303)


def _shown(but: str | None, refused: Refusal | None = None) -> str:
    shared = services()
    now = learned_now(shared, but)
    with shared.store.reading() as session:
        titles = {head.case: head.title for head in casebooks.heads(session)}
    return page(
        "learned.html",
        now=now,
        titles=titles,
        but=but,
        refused=refused,
        given=request.form,
    )
