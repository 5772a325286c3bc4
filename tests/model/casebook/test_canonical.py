"""The canonical text of a casebook, from which its digest is taken."""

import datetime
import hashlib
import json
from random import Random

import pytest

from deciban.model.casebook.changes import Change, changed
from tests.model.builders import DAY, random_casebook

NEW = "indicators"
SETTINGS = {"draws": 10, "chains": 2}


def digest_of(casebook, day=DAY, settings=SETTINGS):
    """Take the digest as its definition says: of one JSON text of all there is."""
    files = casebook.ordered().model_dump(mode="json", by_alias=True)
    # Digests of before there were indicators stay.
    files["priors"] = {k: v for k, v in files["priors"].items() if k != NEW or v}
    for report in files["evidence"]["reports"]:
        if report["indicator"] is None:
            del report["indicator"]
    for scenario in files["priors"]["scenarios"]:
        del scenario["tags"]  # which move nothing
    content = {
        "casebook": files,
        "as_of": day.isoformat(),
        "settings": settings,
    }
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.mark.parametrize("seed", range(20))
def test_the_digest_is_that_of_one_text(seed):
    casebook = random_casebook(Random(seed))

    assert casebook.digest(DAY, SETTINGS) == digest_of(casebook)


@pytest.mark.parametrize("seed", range(10))
def test_texts_are_shared_only_by_items_that_are_the_same(seed):
    """A casebook that follows another, and one cut back, have digests of their own."""
    casebook = random_casebook(Random(seed))
    casebook.digest(DAY, SETTINGS)
    source = casebook.evidence.sources[0]
    renamed = source.model_copy(update={"name": "Another"})

    after = changed(casebook, [Change(kind="source", key=source.id, body=renamed)])
    cut = casebook.as_of(DAY - datetime.timedelta(days=30))
    copied = casebook.model_copy(update={"evidence": after.evidence})

    for one in (after, cut, copied, casebook):
        assert one.digest(DAY, SETTINGS) == digest_of(one)
