"""Who may what: each operation with a token of each role, and without one."""

import pytest

from deciban.service.web.api.resources import OPERATIONS

# Written by hand: what nobody thought of must not slip in as allowed.
NEEDED = {
    "viewer": """
        list_cases get_case get_casebook list_changes list_due
        get_learned get_scores get_post_mortem get_record get_why get_influence
        get_next get_replay
        list_rivals get_rivals list_indicators get_indicator
        list_scenarios get_scenario get_outcome list_arguments get_argument
        list_links get_link list_sources get_source list_reports get_report
        get_forecasts get_forecast_series ask_what_if
        list_fits get_fit follow_fit get_posterior
        list_plots get_plot_svg get_plot_png get_plot_csv get_plot_numbers
    """.split(),
    "forecaster": """
        add_scenario change_scenario take_out_scenario
        resolve_scenario unresolve_scenario
        add_argument change_argument take_out_argument
        add_link change_link take_out_link
        add_source change_source take_out_source
        add_report add_reports change_report retract_report
        add_rivals change_rivals take_out_rivals
        add_indicator change_indicator take_out_indicator
        ask_fit cancel_fit review_case
    """.split(),
    "admin": ["add_case", "change_case", "apply_learned"],
}
DECLARED = {one.id: one for group in OPERATIONS for one in group.declared}
RANK = ["viewer", "forecaster", "admin"]
PATH = {
    "<case>": "war",
    "<scenario>": "shells",
    "<argument>": "short-of-shells",
    "<link>": "treaty--troops",
    "<source>": "nis",
    "<report>": "seen",
    "<rivals>": "one",
    "<indicator>": "parade",
    "<plot>": "forest",
    "<int(max=2147483647):fit>": "999",
}


def test_every_operation_is_in_the_table():
    table = [name for names in NEEDED.values() for name in names]

    assert sorted(table) == sorted(DECLARED)


@pytest.mark.parametrize("needed", NEEDED)
def test_only_those_of_the_role_or_above_may(ask, war, needed):
    for name in NEEDED[needed]:
        operation = DECLARED[name]
        path = operation.rule
        for variable, value in PATH.items():
            path = path.replace(variable, value)
        for role in RANK:
            # A body that is none: whoever may is told so, and nothing is changed.
            body = [] if operation.body is not None else None
            answer = ask(operation.method, f"/api/v1{path}", body, role=role)

            may = RANK.index(role) >= RANK.index(needed)
            assert (answer.status_code == 403) is not may, (name, role, answer.text)


def test_without_a_token_there_is_nothing(app, war):
    client = app.test_client()
    for name, operation in DECLARED.items():
        path = operation.rule
        for variable, value in PATH.items():
            path = path.replace(variable, value)
        answer = client.open(f"/api/v1{path}", method=operation.method)

        assert answer.status_code == 401, name
        assert answer.mimetype == "application/problem+json"
        assert "WWW-Authenticate" in answer.headers
