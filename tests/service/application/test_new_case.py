"""A new case: read from its files, and begun once."""

import pytest

from deciban.model.casebook.files import GivenFile
from deciban.model.errors import CaseError
from deciban.service.application.new_case import begin_case, read_new_case
from deciban.service.store import casebooks
from deciban.service.store.casebooks import Author
from tests.service.conftest import EVIDENCE, PRIORS

LEAD = Author("lead", None)
FILES = (
    GivenFile("priors.yaml", PRIORS.encode()),
    [GivenFile("evidence.yaml", EVIDENCE.encode())],
)


def test_a_case_is_begun_once_however_often_the_same_is_sent(shared, scheduler):
    for _ in range(2):
        begin_case(shared, read_new_case(shared, *FILES), author=LEAD)

    with shared.store.reading() as session:
        assert casebooks.head(session, "war").revision == 1
        assert len(casebooks.casebook(session, "war").evidence.reports) == 1


def test_evidence_may_come_later(shared):
    casebook = read_new_case(shared, FILES[0], [])

    assert (casebook.case, casebook.evidence.reports) == ("war", ())


def test_another_case_of_the_same_id_is_refused(shared):
    begin_case(shared, read_new_case(shared, FILES[0], []), author=LEAD)

    with pytest.raises(CaseError, match="must not be that of another case, got 'war'"):
        read_new_case(shared, *FILES)
