"""The page of each item of a casebook, and the forms that add, alter and take it out.

One form serves all kinds: ``item_form`` takes its fields from their types. Reports have
a form of their own, which shows who said the same before.
"""

from collections.abc import Callable
from textwrap import dedent
from typing import Any

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import TypeAdapter, ValidationError

from deciban.evidence.items import Item
from deciban.model.casebook.cautions import review
from deciban.model.casebook.changes import Change, ChangeError, body_of
from deciban.model.casebook.index import Kind
from deciban.model.casebook.messages import broken_rules
from deciban.model.casebook.yaml_text import yaml_text
from deciban.model.plots.prior_drawing import draw_prior
from deciban.priors import Prior, Scenario
from deciban.service.application.errors import UnknownItemError
from deciban.service.application.history import item_changes, title_of
from deciban.service.application.items import (
    ItemAlteredError,
    ItemTakenError,
    add_item,
    alter_item,
)
from deciban.service.store import ReasonError, casebooks
from deciban.service.store.casebooks import Author
from deciban.service.store.tokens import Role
from deciban.service.web.access import demand, identity, requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.pages.effects import told_effect
from deciban.service.web.pages.item_form import ItemForm, PriorFields, words_choices
from deciban.service.web.pages.parameters import row_number
from deciban.service.web.shared import services

__all__: list[str] = []

_KIND = "/cases/<case>/casebook/<any(scenario, argument, link, rivals, source):kind>"
_ITEM = (
    "/cases/<case>/casebook/"
    "<any(case, scenario, argument, link, rivals, source):kind>/<key>"
)
_HISTORY = 50
_PRIOR: TypeAdapter[Any] = TypeAdapter(Prior)


def _writes(kind: str) -> Role:
    """Return the role that may write an item: what a case says of itself is its own."""
    return "admin" if kind == "case" else "forecaster"


@bp.get(_ITEM)
@requires("viewer")
def item(case: str, kind: Kind, key: str) -> ResponseReturnValue:
    """Show an item, its history, and the form that alters it."""
    casebook = services().views.view(case).casebook
    form = ItemForm.of(kind, casebook, _standing(case, kind, key))
    return _page(case, form, key)


@bp.post(_ITEM)
@requires("forecaster")
def alter(case: str, kind: Kind, key: str) -> ResponseReturnValue:
    """Alter an item, or take it out, unless somebody else did since it was shown."""
    asker = demand(_writes(kind))
    action = request.form.get("action")
    casebook = services().views.view(case).casebook
    form = ItemForm.typed(kind, casebook, request.form)
    if action == "take-out":
        standing = ItemForm.of(kind, casebook, _standing(case, kind, key))
        standing.values |= {name: form.values.get(name, "") for name in _OURS}
        form, change = standing, Change(kind=kind, key=key)
    else:
        change = form.change(casebook, key)
    if action in ("rows", "preview"):
        return _page(case, form, key, change if action == "preview" else None)

    def write() -> str:
        alter_item(
            services(),
            case,
            change,
            seen=row_number(form.values.get("revision")),
            author=Author(asker.name, asker.token),
            because=form.values.get("why") or None,
        )
        return key

    return _written(case, form, key, write, is_gone=action == "take-out")


_OURS = ("revision", "why")


@bp.get(_KIND)
@requires("forecaster")
def new_item(case: str, kind: Kind) -> ResponseReturnValue:
    """Show the form that adds an item."""
    return _page(case, ItemForm(kind, services().views.view(case).casebook))


@bp.post(_KIND)
@requires("forecaster")
def add(case: str, kind: Kind) -> ResponseReturnValue:
    """Add an item."""
    asker = demand("forecaster")
    action = request.form.get("action")
    form = ItemForm.typed(kind, services().views.view(case).casebook, request.form)
    if action in ("rows", "preview"):
        change = form.change(form.casebook) if action == "preview" else None
        return _page(case, form, None, change)

    def write() -> str:
        return add_item(
            services(), case, form.change, author=Author(asker.name, asker.token)
        )

    return _written(case, form, None, write)


@bp.post("/cases/<case>/drawn-prior")
@requires("viewer")
def drawn_prior(case: str) -> ResponseReturnValue:
    """Draw the prior of a form as far as it is filled in."""
    casebook = services().forecasts.current(case).casebook
    kind: Kind = "rivals" if request.args.get("kind") == "rivals" else "scenario"
    drawn = _drawn(ItemForm.typed(kind, casebook, request.form))
    return {"html": page("_prior.html", drawn=drawn), "sentence": drawn["sentence"]}


def _written(
    case: str,
    form: ItemForm,
    key: str | None,
    write: Callable[[], str],
    *,
    is_gone: bool = False,
) -> ResponseReturnValue:
    """Lead to what was written, or show the form with what is wrong."""
    try:
        key = write()
    except ChangeError as error:
        form.refuse(error)
    except ReasonError as error:
        form.faults["take-out-why" if is_gone else "why"] = error.rule
    except ItemTakenError as error:
        form.faults["if" if form.kind == "link" else "id"] = str(error)
    except ItemAlteredError as error:
        form.other_faults.append(str(error))
        form.meanwhile = error.differences
        form.values["revision"] = f"{services().forecasts.current(case).head.revision}"
    if form.has_faults:
        return _page(case, form, key), 422
    if is_gone:
        there = url_for("pages.history", case=case, kind=form.kind, key=key)
    else:
        there = url_for("pages.item", case=case, kind=form.kind, key=key, written=1)
    return redirect(there, 303)


def _standing(case: str, kind: Kind, key: str) -> Item:
    found = services().views.view(case).casebook.index.items[kind].get(key)
    if found is None:
        raise UnknownItemError(kind, key)
    return found


def _page(
    case: str, form: ItemForm, key: str | None = None, tried: Change | None = None
) -> str:
    known = services().views.view(case)
    kind, steps = form.kind, []
    form.values.setdefault("revision", str(known.current.head.revision))
    there = known.casebook.index.items[kind].get(key or "")
    if key is not None:
        with services().store.reading() as session:
            entries = casebooks.history(
                session, case, kind=kind, key=key, limit=_HISTORY
            )
        steps = item_changes(services(), case, entries)
    who, does = identity(), None
    if tried is not None:
        try:
            does = told_effect(case, known.casebook, [tried])
        except ChangeError as error:
            form.refuse(error)
    today = services().clock().date()
    among = [(kind, key)] if key is not None and there else []
    return page(
        "item.html",
        case=known.case,
        known=known,
        form=form,
        kind=kind,
        key=key,
        title=title_of(body_of(there)) if there else "",
        steps=steps,
        may=who is not None and who.may(_writes(kind)),
        cautions=review(known.casebook, today, among) if among else [],
        written=[
            (form.label(name), value if isinstance(value, str) else _as_written(value))
            for name, value in (body_of(there) if there else {}).items()
        ],
        questions={s.id: s.question for s in known.casebook.priors.scenarios},
        drawn=_drawn(form),
        words=words_choices(form.values.get("prior.words", "")),
        does=does,
        was_written=bool(request.args.get("written")),
    )


def _as_written(value: Any) -> str:
    """Write a value as a file does, without its name."""
    return dedent(yaml_text({"it": value}).removeprefix("it:")).strip()


def _drawn(form: ItemForm) -> dict[str, Any]:
    """Draw the prior that is typed; or say what must hold."""
    written = next((f for f in form.fields if isinstance(f, PriorFields)), None)
    if written is None:
        return {"sentence": ""}
    body = written.read(form.values, written.name)
    try:
        prior = _PRIOR.validate_python(body).distribution()
    except ValidationError as error:
        rules = list(broken_rules(error, Scenario))
        # What is not typed yet is no fault.
        rule = next((f"It {one.rule}" for one in rules if one.value), "")
        is_typed = all(one.rule != "must be here" for one in rules)
        return {"rule": rule if is_typed else "", "sentence": rule if is_typed else ""}
    drawing = draw_prior(prior, "Prior")
    return {"drawing": drawing, "sentence": drawing.sentence}
