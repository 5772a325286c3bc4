"""What must hold of every page: for all widths, colours, readers and claims."""

import csv
import html
import json
import re

import pytest

from deciban.model.casebook.changes import Change, changes_between
from deciban.service.store import fits
from tests.service.web.pages.conftest import CASE

pytestmark = pytest.mark.slow

WIDE, NARROW = 1400, 380
LONG = "w" * 200
SCRIPT = "<script>document.title = 'taken over'</script><img src=x onerror=alert(1)>"


def paths_of(site) -> list[str]:
    """Addresses of all pages of a case, with the first of each kind of item."""
    casebook = site.casebook()
    with site.shared.store.reading() as session:
        fit = fits.latest(session, CASE)
    source = casebook.evidence.sources[0].id
    report = casebook.evidence.reports[0].id
    known = {
        "case": CASE,
        "scenario": casebook.priors.scenarios[0].id,
        "source": source,
        "report": report,
        "fit_id": fit.id,
        "number": 1,
        "kind": "argument",
        "key": casebook.priors.arguments[0].id,
    }
    skipped = {"pages.static", "pages.feed", "pages.now", "pages.plot"}
    paths = []
    with site.app.test_request_context():
        adapter = site.app.create_url_adapter(None) or site.app.url_map.bind("")
        for rule in site.app.url_map.iter_rules():
            if not rule.endpoint.startswith("pages.") or rule.endpoint in skipped:
                continue
            if "GET" in rule.methods and rule.arguments <= known.keys():
                values = {name: known[name] for name in rule.arguments}
                paths.append(adapter.build(rule.endpoint, values))
    return sorted(paths)


_ARE_PAGES: dict[str, bool] = {}  # of addresses that were asked before


def pages_of(site) -> list[str]:
    """Those of the addresses that answer with a page."""
    client, paths = site.client("forecaster"), paths_of(site)
    for path in set(paths) - _ARE_PAGES.keys():
        answer = client.get(path)
        is_page = answer.status_code == 200 and answer.mimetype == "text/html"
        _ARE_PAGES[path] = is_page
    return [path for path in paths if _ARE_PAGES[path]]


def overflow(page) -> int:
    """How many pixels a page is wider than its window."""
    return page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )


def test_no_page_has_a_fault_that_keeps_people_out(site, visit, serious_faults):
    """In light and dark, wide and narrow, by axe-core's whole list."""
    found = {}
    page = visit()
    for path in pages_of(site):
        assert page.goto(site.address + path).ok
        for width, scheme in ((WIDE, "light"), (NARROW, "dark")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            if faults := serious_faults(page):
                found[f"{path} {width} {scheme}"] = faults

    assert found == {}


def one_scenario(site) -> None:
    """Leave one scenario of the case, with what bears on it."""
    casebook = site.casebook()
    priors, evidence = casebook.priors, casebook.evidence

    def left(items, targets):
        cut = [
            (item, tuple(b for b in item.bears_on if b.target[1] in targets))
            for item in items
        ]
        return tuple(item.model_copy(update={"bears_on": on}) for item, on in cut if on)

    kept = {"munitions"}
    arguments = left(priors.arguments, kept)
    reports = left(evidence.reports, kept | {argument.id for argument in arguments})
    told = {report.id for report in reports}
    reports += tuple(r for r in evidence.reports if r.repeats in told)
    sources = tuple(s.model_copy(update={"interest": ()}) for s in evidence.sources)
    scenarios = tuple(s for s in priors.scenarios if s.id in kept)
    fewer = {
        "scenarios": scenarios,
        "arguments": arguments,
        "links": (),
        "indicators": (),
    }
    after = casebook.model_copy(
        update={
            "priors": priors.model_copy(update=fewer),
            "evidence": evidence.model_copy(
                update={"reports": reports, "sources": sources}
            ),
        }
    )
    site.post(*changes_between(casebook, after))


def sixty_scenarios(site) -> None:
    """Add scenarios, with questions as long as people write them."""
    body = {
        "criteria": "A ferry runs",
        "opens": "2024-01-01",
        "closes": "2026-01-01",
        "prior": {"median": 0.4, "low": 0.2, "high": 0.6},
    }
    asked = "Does a ferry run from harbour {} to the islands on every day of a month?"
    site.post(
        *(
            Change(
                kind="scenario",
                key=f"ferry-{i}",
                body=body | {"id": f"ferry-{i}", "question": asked.format(i)},
            )
            for i in range(51)
        )
    )


@pytest.mark.parametrize(
    ("make", "n"), [(one_scenario, 1), (sixty_scenarios, 60)], ids=["1", "60"]
)
def test_pages_of_one_scenario_and_of_sixty_keep_nobody_out_and_fit(
    site, visit, serious_faults, make, n
):
    make(site)
    assert len(site.casebook().priors.scenarios) == n
    site.refit()
    here = ("", "/matrix", "/brief", "/what-if", "/ledger", "/sources", "/fits/2")
    page = visit()
    found = {}
    for path in (*here, "/scenarios/munitions"):
        page.goto(site.case + path)
        for width, scheme in ((WIDE, "dark"), (NARROW, "light")):
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)
            if faults := serious_faults(page) + [overflow(page)] * (overflow(page) > 0):
                found[f"{path} {width} {scheme}"] = faults

    assert found == {}


def test_what_is_written_into_a_case_is_text_that_makes_no_page_wider_than_its_window(
    site, visit
):
    """Names, reasons and claims, of long words and of scripts."""
    sources = [
        {"id": name, "name": text, "reliability": "B", "because": text}
        for name, text in (("long", LONG), ("wire", SCRIPT))
    ]
    told = {"credibility": 2, "published": "2024-03-31"}
    against = {"scenario": "troops", "direction": "opposes"}
    reports = [
        {
            "id": "long",
            "claim": LONG * 3,
            "source": "long",
            "origin": "long",
            "bears_on": [against | {"decibans": 9}],
        },
        {
            "id": "script",
            "claim": SCRIPT,
            "source": "wire",
            "url": "javascript:alert(1)",
            "because": SCRIPT,
            "bears_on": [against | {"decibans": 20}],
        },
    ]
    argument = {
        "id": "scripted",
        "statement": SCRIPT,
        "bears_on": [against | {"decibans": 9}],
    }
    site.post(
        Change(kind="case", key=CASE, body={"case": CASE, "title": LONG}),
        *(Change(kind="source", key=body["id"], body=body) for body in sources),
        Change(kind="argument", key="scripted", body=argument),
        *(Change(kind="report", key=body["id"], body=told | body) for body in reports),
    )
    site.refit()
    paths = pages_of(site)
    for name, source in (("long", "long"), ("script", "wire")):
        own = (f"sources/{source}", f"casebook/source/{source}", f"reports/{name}")
        paths += [f"/cases/{CASE}/{path}" for path in own]
    paths.append(f"/cases/{CASE}/casebook/argument/scripted")

    page = visit()
    dialogs = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    taken, wide = [], {}
    for path in paths:
        assert page.goto(site.address + path).ok
        if page.title() == "taken over" or page.locator("a[href^=javascript]").count():
            taken.append(path)
        assert page.locator("main img").count() == 0
        page.evaluate(
            "for (const d of document.querySelectorAll('.numbers')) d.open = true"
        )
        for width in (NARROW, WIDE):
            page.set_viewport_size({"width": width, "height": 900})
            if overflow(page) > 0:
                wide[f"{path} {width}"] = overflow(page)

    assert (dialogs, taken, wide) == ([], [], {})


def test_words_are_neither_cut_nor_broken_nor_out_of_their_column(site, visit):
    page = visit("/sources", width=NARROW)
    caption = page.locator("table.sources caption").bounding_box()
    assert caption["x"] + caption["width"] <= NARROW

    page.set_viewport_size({"width": WIDE, "height": 900})
    page.goto(f"{site.case}/what-if")
    page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
    broken = page.evaluate(
        """() => [...document.querySelectorAll("thead th")].flatMap((heading) => {
          const text = heading.firstChild;
          return [...(text?.data ?? "").matchAll(/\\w+/g)].filter((word) => {
            const range = new Range();
            range.setStart(text, word.index);
            range.setEnd(text, word.index + word[0].length);
            return range.getClientRects().length > 1;
          }).map(([word]) => word);
        })"""
    )
    assert broken == []

    page.goto(f"{site.case}/scenarios/troops")
    rest = page.locator(".no-parts").last
    rest.locator(".db").evaluate("size => size.className = 'db soft'")  # 0.0 dB
    size, title = (rest.locator(of).bounding_box() for of in (".db", ".step-title"))
    assert size["x"] + size["width"] <= title["x"]
    assert abs(size["y"] - title["y"]) < 5


def test_a_name_of_ten_thousand_characters_is_refused_and_does_no_harm(site):
    name = "n" * 10_000
    body = {"id": "long", "name": name, "reliability": "B"}
    with pytest.raises(Exception, match="at most 200"):
        site.post(Change(kind="source", key="long", body=body))

    client = site.client()
    searched = client.get(f"/cases/{CASE}/sources", query_string={"q": name})
    assert searched.status_code == 200
    assert client.get(f"/cases/{CASE}/sources/{name}").status_code == 404


def test_nothing_is_written_into_a_page_that_its_policy_forbids(site):
    client = site.client("forecaster")
    for path in pages_of(site):
        answer = client.get(path)
        text = answer.text
        assert answer.status_code == 200
        assert " style=" not in text, path
        assert "<style" not in text, path
        assert text.count("<script") == text.count('<script type="module" src="'), path
        assert not re.search(r">[^<>]*\d %[^<>]*<", text), path  # it breaks lines


def test_plots_are_files_with_their_look_in_them(site):
    from xml.etree import ElementTree

    client = site.client()
    names = ["forecasts", "forest", "sources", "source-kcna", "matrix-arguments"]
    names += [f"{kind}-troops" for kind in ("density", "history", "steps")]
    for name in names:
        drawn = client.get(f"/cases/{CASE}/plots/{name}.svg")
        assert drawn.mimetype == "image/svg+xml", name
        assert ElementTree.fromstring(drawn.text).tag.endswith("svg")
        assert 'class="d-curve"' not in drawn.text, name  # no stylesheet is beside it
    picture = client.get(f"/cases/{CASE}/plots/forecasts.png")
    assert picture.data.startswith(b"\x89PNG\r\n")
    assert client.get(f"/cases/{CASE}/plots/nothing.svg").status_code == 404


def test_the_numbers_of_a_plot_are_files_that_say_what_they_are_of_and_when(site):
    client = site.client()
    fit = site.shared.forecasts.current(CASE).fit
    forest = client.get(f"/cases/{CASE}/plots/forest.json").json
    rows = csv.DictReader(
        client.get(f"/cases/{CASE}/plots/forest.csv").text.split("\n")
    )
    asked = [s.question for s in site.casebook().priors.scenarios]

    assert forest["title"].startswith("Forecasts and their intervals")
    assert forest["as_of"] == "2024-03-31"
    assert f"fit {fit.id}" in forest["source"]
    assert [row[0] for row in forest["rows"]] == asked
    for row, told in zip(rows, forest["rows"], strict=True):
        assert list(row.values())[: len(told)] == told
        assert row["as of"] == "2024-03-31"
        assert (row["title"], row["source"]) == (forest["title"], forest["source"])
    drawn = client.get(f"/cases/{CASE}/plots/forest.svg").text
    assert f"As of 31 Mar 2024. {html.escape(forest['source'])}"[:60] in drawn


def test_a_claim_in_a_table_of_a_plot_is_no_formula(site):
    body = {
        "id": "run",
        "claim": "=1+1",
        "source": "kcna",
        "credibility": 2,
        "published": "2024-03-30",
        "bears_on": [{"scenario": "troops", "direction": "supports", "decibans": 15}],
    }
    site.post(Change(kind="report", key="run", body=body))
    site.refit()

    steps = site.client().get(f"/cases/{CASE}/plots/steps-troops.csv").text

    assert "\n'=1+1," in steps


def test_a_table_is_kept_as_a_file_that_says_what_it_is_of_and_when(site, visit):
    page = visit("/scenarios/munitions")
    title = "How far each argument is established"
    files = {}
    for suffix in ("csv", "json"):
        named = f"Keep the table as {suffix.upper()}: {title}"
        with page.expect_download() as kept:
            page.get_by_role("button", name=named).press("Enter")
        assert kept.value.suggested_filename.endswith(f".{suffix}")
        files[suffix] = kept.value.path().read_text()
    rows = list(csv.DictReader(files["csv"].splitlines()))
    told = json.loads(files["json"])

    fit = site.shared.forecasts.current(CASE).fit
    assert told["title"] == title and told["as_of"] == "2024-03-31"
    assert told["source"].endswith(f"revision {fit.revision}, fit {fit.id}")
    shown = page.locator("#arguments + .scroll tbody tr").count()
    assert len(rows) == len(told["rows"]) == shown
    for row, cells in zip(rows, told["rows"], strict=True):
        assert (row["title"], row["as of"]) == (title, "2024-03-31")
        assert row["Argument"] == cells[0]
        assert row["Here, dB"].lstrip("'") == cells[-1]


def test_one_page_says_how_to_read_the_charts(site):
    text = site.text("/how-to-read")

    for title in ("Forecasts and densities", "Decibans", "k, and", "Words", "Grades"):
        assert title in text
    assert "ten times as large" in text and "53 %" in text.replace("\xa0", " ")
    assert "roughly even chance" in text and "Usually reliable" in text


def test_every_plot_on_a_page_has_a_sentence_its_numbers_and_its_files(site):
    paths = ("/scenarios/troops", "/sources/kcna", "/matrix", "/brief")
    for path in paths:
        plots = re.split(r'<figure class="plot\b[^>]*>', site.text(path))[1:]
        assert plots
        for plot in plots:
            plot = plot.split("</figure>")[0]
            assert "<figcaption>" in plot
            assert "<table>" in plot
            assert 'svg">SVG</a>' in plot
            assert 'png">PNG</a>' in plot
            assert 'csv">CSV</a>' in plot
            assert 'json">JSON</a>' in plot
            assert f'href="/cases/{CASE}/how-to-read"' in plot


def test_a_file_of_a_plot_has_the_words_of_the_scale_that_its_page_has(site):
    text = site.text("/brief?scale=kent")

    (file,) = re.findall(r'href="([^"]+forest\.svg[^"]*)"', text)

    assert "chances about even" in site.client().get(file).text


def test_on_a_telephone_the_header_is_one_line_whose_menu_opens_by_keys(site, visit):
    page = visit(width=NARROW)
    assert page.locator("header").bounding_box()["height"] < 64
    ledger = page.get_by_role("link", name="Ledger", exact=True)
    assert not ledger.is_visible()

    page.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    assert ledger.is_visible()
    page.keyboard.press("Escape")
    assert not ledger.is_visible()

    page.set_viewport_size({"width": WIDE, "height": 900})
    assert ledger.is_visible()
    assert page.get_by_role("button", name="Sign out").is_visible()


def test_where_nothing_is_the_pages_of_the_case_are_still_at_hand(site):
    for path in ("/scenarios/nothing", "/nothing"):
        answer = site.client().get(f"/cases/{CASE}{path}")
        assert answer.status_code == 404
        assert f'href="/cases/{CASE}/ledger"' in answer.text

    assert "<nav" not in site.client(None).get(f"/cases/{CASE}/nothing").text
    assert "<nav" not in site.client().get("/cases/nothing/nothing").text


def test_a_viewer_who_would_write_is_told_what_a_viewer_can_do(site):
    answer = site.client().get(f"/cases/{CASE}/new-report")

    assert answer.status_code == 403
    assert "A viewer reads every page, asks what if" in answer.text
    assert f'href="/cases/{CASE}/what-if"' in answer.text
