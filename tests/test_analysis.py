"""What ``import deciban`` gives: a case is read, fitted, asked and drawn."""

import datetime
import subprocess
import sys

import pytest

import deciban
from deciban.model.casebook.changes import changed
from deciban.model.casebook.without import changes_without
from deciban.model.errors import CaseError


@pytest.fixture(scope="module")
def fit(sampled, shipped) -> deciban.Fit:
    return deciban.Fit(sampled, shipped, datetime.date(2024, 3, 31))


def loaded_by(script: str, suspects: list[str]) -> list[str]:
    """Return those of ``suspects`` that a fresh interpreter loads with a script."""
    listed = f"import sys\n{script}\nprint(*(set({suspects!r}) & set(sys.modules)))"
    ran = subprocess.run(
        [sys.executable, "-c", listed], capture_output=True, text=True, check=True
    )
    return ran.stdout.split()


def test_importing_deciban_loads_no_library():
    assert loaded_by("import deciban", ["numpy", "pandas", "pydantic", "scipy"]) == []


def test_reading_a_case_loads_no_sampler_and_no_plot():
    slow = ["arviz_stats", "matplotlib", "nutpie", "pandas", "pymc", "xarray"]

    assert loaded_by("import deciban; deciban.load('dprk-russia')", slow) == []


def test_there_are_seven_names_and_each_leads_somewhere():
    assert len(deciban.__all__) == 7
    assert set(deciban.__all__) <= set(dir(deciban))
    assert all(getattr(deciban, name).__doc__ for name in deciban.__all__)


def test_a_name_that_there_is_not_is_no_attribute():
    with pytest.raises(AttributeError, match="no attribute 'forecast'"):
        deciban.forecast  # noqa: B018


def test_own_files_are_read_as_a_shipped_case_is(shipped, tmp_path):
    from deciban.model.casebook.files import write_evidence, write_priors

    priors, evidence = tmp_path / "p.yaml", tmp_path / "e.csv"
    write_priors(shipped.priors, priors)
    write_evidence(shipped.evidence, evidence)

    assert deciban.load(str(priors), evidence) == shipped


def test_a_priors_file_alone_is_refused(tmp_path):
    with pytest.raises(CaseError, match="evidence: must be at least one file"):
        deciban.load(tmp_path / "mine.yaml")


def test_nothing_changed_moves_nothing(fit):
    asked = deciban.what_if(fit)

    assert asked.pareto_k is None
    assert (asked.forecasts["change"].abs() < 1e-12).all()


def test_what_an_origin_said_left_out_reads_as_the_casebook_without_it(fit):
    origin = ["us-intelligence"]
    without = changed(fit.casebook, changes_without(fit.casebook, origins=origin))

    by_id = deciban.what_if(fit, without_origins=origin)
    by_casebook = deciban.what_if(fit, without)

    assert by_id.casebook == without != fit.casebook
    assert by_id.forecasts.equals(by_casebook.forecasts)


def test_a_report_is_put_in_as_files_write_it(fit):
    body = {
        "id": "treaty-talks",
        "claim": "A treaty is being drafted",
        "source": "kcna",
        "credibility": 3,
        "published": "2024-03-31",
        "bears_on": [
            {"scenario": "treaty", "direction": "supports", "strength": "strong"}
        ],
    }

    moved = deciban.what_if(
        fit, [{"kind": "report", "key": "treaty-talks", "body": body}]
    )

    assert moved.is_reliable
    assert moved.forecasts["change"]["treaty"] > 0


def test_the_day_of_a_what_if_is_that_of_the_fit_unless_given(fit):
    """On an earlier day fewer reports of shells were known."""
    earlier = deciban.what_if(fit, as_of="2022-08-01").forecasts

    assert earlier["change"]["munitions"] < -0.01


@pytest.mark.parametrize("name", ["reports", "sources", "origins"])
def test_an_id_to_leave_out_that_is_unknown_is_refused(fit, name):
    with pytest.raises(ValueError, match=f"without_{name} must be ids .*, got 'nobod"):
        deciban.what_if(fit, **{f"without_{name}": ["nobody"]})


@pytest.mark.parametrize("ask", [deciban.fit, deciban.build_model])
def test_a_day_that_is_none_is_refused(shipped, ask):
    with pytest.raises(ValueError, match=r"as_of must be a day .*, got '2024-06-31'"):
        ask(shipped, as_of="2024-06-31")


def test_a_fit_that_fails_its_checks_warns(shipped):
    with pytest.warns(UserWarning, match="do not rely on these numbers"):
        deciban.fit(shipped, datetime.date(2024, 3, 31), draws=20, tune=100, chains=2)


def test_a_plot_is_shown_and_saved_as_the_same_drawing(fit, tmp_path):
    drawn = deciban.plot(fit, "sources")
    drawn.save(tmp_path / "sources.svg")

    assert drawn._repr_svg_().lstrip().startswith(("<?xml", "<svg"))
    assert (tmp_path / "sources.svg").read_text("utf-8") == drawn.svg


def test_a_plot_of_no_kind_or_format_is_refused(fit, tmp_path):
    with pytest.raises(ValueError, match=r"kind must be one of forest, .* got 'pie'"):
        deciban.plot(fit, "pie")
    with pytest.raises(ValueError, match=r"must have a name that ends in \.svg"):
        deciban.plot(fit).save(tmp_path / "forest.gif")


def test_the_model_of_pymc_has_a_probability_for_each_scenario(shipped):
    model = deciban.build_model(shipped, as_of="2024-03-31")

    assert [variable.name for variable in model.free_RVs] == ["z"]
    assert len(model.coords["scenario"]) == len(shipped.priors.scenarios)
