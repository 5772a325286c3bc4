"""The Admiralty code: a letter for the source, a digit for the claim.

The two are read off one scale of reliability, not multiplied: analysts put 87 % of
more than 1,400 field reports on the diagonal A1, B2, C3, ... [1]_. ``F`` and ``6`` mean
that there is no basis for a judgement, never that the judgement is bad. What each
grade is worth as a number is a belief, and lives in ``priors.scales``.

References
----------
.. [1] J. D. Baker, J. M. McKendry and D. J. Mace. *Certitude judgments in an
   operational environment*. US Army Behavioral Science Research Laboratory (1968).
.. [2] US Army. *FM 2-22.3, Human Intelligence Collector Operations*, Appendix B
   (2006); the NATO wording is that of AJP-2.1.
"""

from typing import NamedTuple

from deciban.evidence.items import Credibility, Reliability

__all__ = ["CREDIBILITY", "RELIABILITY", "Grade"]


class Grade(NamedTuple):
    """The wording of one grade: its short label and its definition."""

    label: str
    definition: str


RELIABILITY: dict[Reliability, Grade] = {
    "A": Grade(
        "Completely reliable",
        "No doubt of authenticity, trustworthiness, or competency; "
        "has a history of complete reliability",
    ),
    "B": Grade(
        "Usually reliable",
        "Minor doubt about authenticity, trustworthiness, or competency; "
        "has a history of valid information most of the time",
    ),
    "C": Grade(
        "Fairly reliable",
        "Doubt of authenticity, trustworthiness, or competency "
        "but has provided valid information in the past",
    ),
    "D": Grade(
        "Not usually reliable",
        "Significant doubt about authenticity, trustworthiness, or competency "
        "but has provided valid information in the past",
    ),
    "E": Grade(
        "Unreliable",
        "Lacking in authenticity, trustworthiness, and competency; "
        "history of invalid information",
    ),
    "F": Grade(
        "Reliability cannot be judged",
        "No basis exists for evaluating the reliability of the source",
    ),
}

CREDIBILITY: dict[Credibility, Grade] = {
    1: Grade(
        "Confirmed",
        "Confirmed by other independent sources; logical in itself; "
        "consistent with other information on the subject",
    ),
    2: Grade(
        "Probably true",
        "Not confirmed; logical in itself; "
        "consistent with other information on the subject",
    ),
    3: Grade(
        "Possibly true",
        "Not confirmed; reasonably logical in itself; "
        "agrees with some other information on the subject",
    ),
    4: Grade(
        "Doubtful",
        "Not confirmed; possible but not logical; no other information on the subject",
    ),
    5: Grade(
        "Improbable",
        "Not confirmed; not logical in itself; "
        "contradicted by other information on the subject",
    ),
    6: Grade(
        "Truth cannot be judged",
        "No basis exists for evaluating the validity of the information",
    ),
}
