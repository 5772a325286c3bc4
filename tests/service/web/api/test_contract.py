"""The whole OpenAPI document, held against the application by generated requests."""

import dataclasses
import json
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase
from hypothesis import settings as how
from hypothesis.stateful import run_state_machine_as_test
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.config import SchemathesisConfig
from schemathesis.generation.meta import TestPhase
from schemathesis.specs.openapi.checks import positive_data_acceptance

from deciban.evidence.items import MAX_TEXT_LENGTH
from deciban.model.casebook.changes import Change
from deciban.service.refits.feed import News
from deciban.service.running.settings import Settings
from deciban.service.store import Store, casebooks
from deciban.service.store.casebooks import Author
from deciban.service.web.api import PREFIX
from deciban.service.web.api.document import openapi
from deciban.service.web.api.resources import OPERATIONS
from tests.service.web.api.builders import make_report

pytestmark = pytest.mark.slow

DOCUMENT = json.loads(openapi(OPERATIONS, PREFIX))
# Ids that there are, so that requests reach beyond "there is no such thing".
KNOWN = {
    "path.case": "war",
    "path.scenario": "shells",
    "path.argument": "short-of-shells",
    "path.link": "treaty--troops",
    "path.source": "nis",
    "path.report": "seen",
    "path.fit": 1,
}


# Requests are generated before there is an application that could make a token.
STAND_IN = "Bearer of-the-test"


class Served:
    """The application of the current test, and its admin's token."""

    app: Flask
    token: str

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        """Answer as that application does."""
        if environ.get("HTTP_AUTHORIZATION") == STAND_IN:
            environ["HTTP_AUTHORIZATION"] = f"Bearer {self.token}"
        return self.app(environ, start_response)


def light(schema: Any) -> Any:
    """Return a schema without the length that its longest texts may have.

    Schemathesis makes one expression of a text's pattern and length; that of 100,000
    characters takes seconds and half a gigabyte for each operation. So long a text is
    never generated, in either mode.
    """
    if isinstance(schema, list):
        return [light(part) for part in schema]
    if isinstance(schema, dict):
        return {
            name: light(part)
            for name, part in schema.items()
            if (name, part) != ("maxLength", MAX_TEXT_LENGTH)
        }
    return schema


served = Served()
schema = schemathesis.openapi.from_dict(
    light(DOCUMENT),
    config=SchemathesisConfig.from_dict(
        {"parameters": KNOWN, "seed": 20240331, "base-url": "http://localhost"}
    ),
)
schema.app = served


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Return settings that let generated requests come as fast as they can."""
    return dataclasses.replace(settings, rate_limit=10**9, write_limit=10**9)


@pytest.fixture
def asked(
    app: Flask,
    fit: int,
    tokens: dict[str, str],
    scheduler: Any,
    store: Store,
    clock: Any,
) -> Iterator[None]:
    """Let requests reach an application with a case, a report and a fit."""
    scheduler.news = [News(fit, "war", 1, "done", number=1)]
    with store.writing() as session:
        change = Change(kind="report", key="seen", body=make_report())
        lead = Author("lead", None)
        casebooks.append(session, "war", [change], author=lead, now=clock())
    served.app, served.token = app, tokens["admin"]
    yield
    del served.app


@schema.auth()
class Token:
    """The token that generated requests come with."""

    def get(self, case: Any, context: Any) -> str:
        """Return it."""
        return STAND_IN

    def set(self, case: Any, data: str, context: Any) -> None:
        """Send it along."""
        case.headers["Authorization"] = data


MOST_EXAMPLES = how.default.max_examples // 5  # made by chance, of each operation
ONE_OF = 10  # of the cases at the borders, of which there are some 7,000
at_borders = count()

# What the document allows is taken, unless a request has a body: a JSON schema knows no
# rules between items, such as that a source must be there. Or one of these:
MAY_BE_REFUSED = {
    "cursor": "only what came with a page of the list is one",
    "every": "a history has so many days at most, whatever its steps",
    "from_revision": "is either a day, a revision or a fit, and there must be such",
    "from_fit": "likewise",
    "to_revision": "likewise",
    "to_fit": "likewise",
    "revision": "the case must have had it",
    "scenario": "there must be such",
    "plot": "some are of one scenario, which must be named, all others of all",
    "If-Match": "the case may have changed since",
    "Idempotency-Key": "one that was used for another request is refused",
}


def left_out(case: Any) -> list[Any]:
    """Name the checks that do not hold of a request, which yet may break a rule."""
    sent = {*(case.query or {}), *(case.headers or {}), *(case.path_parameters or {})}
    may_break_one = case.operation.body or not sent.isdisjoint(MAY_BE_REFUSED)
    return [positive_data_acceptance] if may_break_one else []


@schema.parametrize()
@how(
    max_examples=MOST_EXAMPLES,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_operation_keeps_to_the_document(case, asked):
    """By its examples, at the borders of what is allowed, and by chance."""
    if case.meta.phase.name == TestPhase.COVERAGE and next(at_borders) % ONE_OF:
        return
    case.call_and_validate(excluded_checks=left_out(case))


def test_what_one_operation_answers_is_taken_by_the_next(asked):
    class Walk(schema.as_state_machine()):
        """Requests that take ids from the answers before."""

        def validate_response(self, response, case, **transport):
            """Check it as above."""
            case.validate_response(
                response, excluded_checks=left_out(case), transport_kwargs=transport
            )

    run_state_machine_as_test(
        Walk,
        settings=how(
            max_examples=5,
            stateful_step_count=12,
            deadline=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_document_is_openapi_3_1():
    OpenAPIV31SpecValidator(DOCUMENT).validate()
