"""A new case from its files: pasted or uploaded, checked, and only then begun.

Whatever is wrong is told at its line, with all the files still in the form, those that
were uploaded too, so that they can be mended there.
"""

import re
from collections.abc import Sequence
from typing import NamedTuple

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from deciban.model.casebook.casebook import Casebook
from deciban.model.casebook.cautions import review
from deciban.model.casebook.files import GivenFile, decoded, template_files
from deciban.model.errors import CaseError, Problem
from deciban.service.application.new_case import begin_case, read_new_case
from deciban.service.store.casebooks import Author
from deciban.service.web.access import demand, requires
from deciban.service.web.pages.blueprint import bp, page
from deciban.service.web.shared import services

__all__ = ["NewCaseForm", "ToldProblem"]

_MOST_TOLD = 200
_EXCERPT = 120


class Pane(NamedTuple):
    """A file in the form: its name there, what it is called, and its text."""

    field: str
    name: str
    text: str


class ToldProblem(NamedTuple):
    """A problem, and where it stands in the form.

    Attributes
    ----------
    sentence : str
    field : str
        Id of the text that it is in; empty where it is in none of them.
    line : int
        From 1; 0 where it is of the whole.
    excerpt : str
        What stands in that line.
    """

    sentence: str
    field: str = ""
    line: int = 0
    excerpt: str = ""


class NewCaseForm(NamedTuple):
    """What was pasted and uploaded: the priors file, and evidence files.

    A file that was uploaded takes the place of what was pasted there.
    """

    priors: GivenFile
    evidence: list[GivenFile]

    @classmethod
    def empty(cls) -> "NewCaseForm":
        """Make a form in which nothing is typed yet."""
        return cls(GivenFile("priors.yaml", b""), [])

    @classmethod
    def sent(cls) -> "NewCaseForm":
        """Take what a browser sends."""
        uploaded = _uploaded("priors-file")
        priors = uploaded[0] if uploaded else _pasted("priors")
        fields = (name for name in request.form if re.fullmatch(r"evidence-\d+", name))
        pasted = [_pasted(field) for field in fields if request.form[field]]
        return cls(priors, [*pasted, *_uploaded("evidence-files")])

    @property
    def panes(self) -> list[Pane]:
        """Show each file as a text, with one that is empty where there is no evidence.

        One that is no text is left out: what is wrong with it is told.
        """
        files = [self.priors, *(self.evidence or [GivenFile("evidence.yaml", b"")])]
        fields = ["priors", *(f"evidence-{i}" for i in range(len(files) - 1))]
        return [
            Pane(field, file.name, _text(file))
            for field, file in zip(fields, files, strict=True)
        ]

    def tell(self, problems: Sequence[Problem]) -> list[ToldProblem]:
        """Find the line of each problem."""
        return [self._told(problem) for problem in problems]

    def _told(self, problem: Problem) -> ToldProblem:
        for pane in self.panes:
            line = re.match(rf"{re.escape(pane.name)}:(\d+)", problem.where)
            if line is not None:
                n, lines = int(line[1]), pane.text.splitlines()
                excerpt = lines[n - 1].strip()[:_EXCERPT] if n <= len(lines) else ""
                return ToldProblem(str(problem), pane.field, n, excerpt)
        return ToldProblem(str(problem))


@bp.get("/new-case")
@requires("admin")
def new_case() -> ResponseReturnValue:
    """Show the form that begins a case."""
    return _form_page(NewCaseForm.empty())


@bp.post("/new-case")
@requires("admin")
def add_case() -> ResponseReturnValue:
    """Check the files of a case, or begin it."""
    action = request.form.get("action")
    if action == "example":
        priors, evidence = template_files("my-case")
        return _form_page(NewCaseForm(priors, [evidence]))
    form = NewCaseForm.sent()
    try:
        casebook = read_new_case(services(), form.priors, form.evidence)
        if action != "begin":
            return _form_page(form, casebook=casebook)
        asker = demand("admin")
        begin_case(services(), casebook, author=Author(asker.name, asker.token))
    except CaseError as error:
        return _form_page(form, problems=error.problems), 422
    return redirect(url_for("pages.casebook", case=casebook.case), 303)


def _form_page(
    form: NewCaseForm,
    *,
    casebook: Casebook | None = None,
    problems: Sequence[Problem] = (),
) -> str:
    today = services().clock().date()
    return page(
        "new_case.html",
        form=form,
        read=casebook,
        cautions=review(casebook, today) if casebook else [],
        problems=form.tell(problems[:_MOST_TOLD]),
        n_problems=len(problems),
    )


def _pasted(field: str) -> GivenFile:
    """Take a text; where its name tells no format, its beginning does."""
    text = request.form.get(field, "").replace("\r\n", "\n")
    name = request.form.get(f"{field}-name", "")
    if not name.lower().endswith((".yaml", ".yml", ".csv", ".jsonl")):
        name = f"{field}.{_suffix(text)}"
    return GivenFile(name, text.encode())


def _suffix(text: str) -> str:
    lines = (line for line in text.splitlines() if line.strip())
    first = next((line for line in lines if not line.startswith("#")), "")
    if first.startswith("{"):
        return "jsonl"
    # The first line of a table names its columns, or says what is between them.
    is_table = re.match(r"\W*(record|id)\W*[,;\t]|sep=", first, re.IGNORECASE)
    return "csv" if is_table else "yaml"


def _uploaded(field: str) -> list[GivenFile]:
    files: list[FileStorage] = request.files.getlist(field)
    return [GivenFile(one.filename, one.read()) for one in files if one.filename]


def _text(file: GivenFile) -> str:
    try:
        return decoded(file.content)
    except UnicodeDecodeError:
        return ""
