// The form of a report, while it is being filled in: completes what is known of a source,
// shows similar claims and what the report would do, and adds and removes bearings. The
// answers are pieces of the page from the server; an answer that a later question has
// overtaken is dropped. Without this module the form's own buttons do the same. What is
// typed is drafted in the tab until a post was kept (posted.js), should the session end.

const PAUSE_MS = 250;
const form = document.getElementById("report-form");
const field = (name) => form.elements.namedItem(name);

// Asking the server

function asker(send, take) {
  let timer = 0;
  let last = null;
  return () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      last?.abort();
      const mine = (last = new AbortController());
      try {
        const answer = await send(mine.signal);
        const told = answer.ok ? await answer.json() : null;
        if (told && mine === last) take(told);
      } catch {
        // Overtaken, or the service is away: what stands there stays.
      }
    }, PAUSE_MS);
  };
}

const moves = document.getElementById("moves");
const announce = document.querySelector("[data-announce]");
const askMoves = asker(
  (signal) =>
    fetch(form.dataset.moves, {
      method: "POST",
      body: new FormData(form),
      headers: { "X-CSRF-Token": field("csrf_token").value },
      signal,
    }),
  ({ html, sentence }) => {
    const open = moves.querySelector("details")?.open;
    moves.innerHTML = html;
    const details = moves.querySelector("details");
    if (details && open) details.open = true;
    announce.textContent = sentence;
  },
);

const similar = document.getElementById("similar");
const askSimilar = asker(
  (signal) => {
    const query = new URLSearchParams({
      claim: field("claim").value.slice(0, 1500),
      source: field("source").value,
    });
    if (form.dataset.but) query.set("but", form.dataset.but);
    return fetch(`${form.dataset.similar}?${query}`, { signal });
  },
  ({ html, proposed }) => {
    similar.innerHTML = html;
    offerRepeats();
    if (field("id")) field("id").placeholder = proposed;
  },
);

function offerRepeats() {
  for (const button of similar.querySelectorAll("[data-repeats]")) button.hidden = false;
}

similar.addEventListener("click", (event) => {
  const button = event.target.closest("[data-repeats]");
  if (!button) return;
  field("repeats").value = button.dataset.repeats;
  field("repeats").focus();
  showBearings();
  askMoves();
});

// Sources: what is known of the one that is typed

const sources = new Map();
for (const option of document.getElementById("sources").options) {
  const known = { id: option.value, name: option.textContent };
  sources.set(option.value.toLowerCase(), known);
  sources.set(option.textContent.replace(/ \([A-F]\)$/, "").toLowerCase(), known);
}

function tellSource(who) {
  const typed = field(who).value.trim().toLowerCase();
  const known = sources.get(typed);
  const told = form.querySelector(`[data-known="${who}"]`);
  const grading = form.querySelector(`[data-new="${who}"]`);
  told.textContent = known ? known.name : typed ? "Not in the case yet." : "";
  grading.hidden = Boolean(known) || !typed;
  if (!known && typed && document.activeElement !== field(who)) grading.open = true;
}

// Bearings

const rows = form.querySelector("[data-rows]");
const template = form.querySelector("template");

function showMeasure(row) {
  const target = row.querySelector('[name$="-target"]').value;
  const ofRivals = target.startsWith("rivals:");
  const measure = row.querySelector('[name$="-how"]');
  const how = ofRivals ? "" : measure.value;
  measure.closest("div").hidden = ofRivals;
  for (const part of row.querySelectorAll("[data-for]")) part.hidden = part.dataset.for !== how;
  for (const part of row.querySelectorAll("[data-of]")) part.hidden = part.dataset.of !== target;
  row.querySelector('[name$="-direction"]').closest("div").hidden = ofRivals || how === "likelihoods";
}

function prepare(row) {
  row.querySelector("[data-remove]").hidden = false;
  showMeasure(row);
}

function addRow() {
  const used = [...rows.querySelectorAll('[name$="-target"]')].map((one) =>
    Number(one.name.split("-")[1]),
  );
  const number = Math.max(-1, ...used) + 1;
  const row = document.importNode(template.content, true).querySelector("[data-row]");
  row.querySelector("legend").textContent = `Bearing ${number + 1}`;
  for (const one of row.querySelectorAll("[id],[for],[name]"))
    for (const name of ["id", "for", "name"])
      if (one.hasAttribute(name))
        one.setAttribute(name, one.getAttribute(name).replace("NUMBER", number));
  rows.append(row);
  prepare(row);
  return row;
}

function isEmpty(row) {
  return ["target", "how", "because"].every((name) => !row.querySelector(`[name$="-${name}"]`).value);
}

// A repeat has no bearings of its own.
function showBearings() {
  const bears = document.getElementById("bears");
  bears.disabled = field("repeats").value.trim() !== "";
}

form.querySelector("[data-add]").addEventListener("click", (event) => {
  event.preventDefault();
  addRow().querySelector("select").focus();
});

rows.addEventListener("click", (event) => {
  if (!event.target.closest("[data-remove]")) return;
  const row = event.target.closest("[data-row]");
  const next = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (next ?? addRow()).querySelector("select").focus();
  askMoves();
});

// The draft

const DRAFT = `draft ${location.pathname}`;
const offer = document.getElementById("draft");

function typed() {
  const fields = [...new FormData(form)];
  return fields.filter(([name, value]) => value && !["csrf_token", "revision"].includes(name));
}

function offerDraft() {
  const draft = sessionStorage.getItem(DRAFT);
  offer.hidden = !draft || draft === JSON.stringify(typed());
}

function restore(draft) {
  const numbers = draft.map(([name]) => Number(name.match(/^bears-(\d+)-/)?.[1] ?? -1));
  while (rows.children.length <= Math.max(...numbers)) addRow();
  for (const [name, value] of draft) {
    const one = field(name);
    if (one instanceof HTMLInputElement && one.type === "checkbox") one.checked = true;
    else if (one) one.value = value; // that of a group of buttons chooses one
  }
  showAll();
}

offer.addEventListener("click", (event) => {
  const { draft } = event.target.dataset;
  if (draft === "restore") restore(JSON.parse(sessionStorage.getItem(DRAFT)));
  else if (draft === "drop") sessionStorage.removeItem(DRAFT);
  else return;
  offer.hidden = true;
  field("claim").focus();
});

form.addEventListener("submit", () => sessionStorage.setItem("sent", DRAFT));

// What is typed

form.addEventListener("input", (event) => {
  sessionStorage.setItem(DRAFT, JSON.stringify(typed()));

  const name = event.target.name ?? "";
  if (name === "claim" || name === "source") askSimilar();
  if (name === "source" || name === "origin") tellSource(name);
  if (name === "repeats") showBearings();
  const row = event.target.closest("[data-row]");
  if (row) showMeasure(row);
  if (!["claim", "reference", "url", "because", "id", "why"].includes(name)) askMoves();
});

// What opens moves what is below it, so that a click would miss what it is meant for:
// while a button of the mouse is down it waits.
let pressed = false;
let later = null;
addEventListener("pointerdown", () => (pressed = true), true);
for (const up of ["pointerup", "pointercancel"])
  addEventListener(
    up,
    () => {
      pressed = false;
      setTimeout(() => {
        later?.();
        later = null;
      });
    },
    true,
  );
form.addEventListener("focusout", ({ target }) => {
  if (target.name !== "source" && target.name !== "origin") return;
  const tell = () => tellSource(target.name);
  if (pressed) later = tell;
  else setTimeout(tell); // once it is known where the focus goes
});

for (const button of form.querySelectorAll("[data-without-js]")) button.closest("p").hidden = true;
const given = [...rows.querySelectorAll("[data-row]")];
given.forEach((row, i) => (i > 0 && isEmpty(row) ? row.remove() : prepare(row)));

function showAll() {
  for (const row of rows.children) showMeasure(row);
  tellSource("source");
  tellSource("origin");
  showBearings();
  askMoves();
  if (field("claim").value && !similar.querySelector("li")) askSimilar();
}

// Who comes back after a post finds an empty form, not the half that the browser kept.
addEventListener("pageshow", ({ persisted }) => {
  const [{ type }] = performance.getEntriesByType("navigation");
  if ((persisted || type === "back_forward") && !sessionStorage.getItem(DRAFT)) {
    form.reset();
    showAll();
  }
});

showAll();
offerRepeats();
offerDraft();
document.getElementById("faults")?.focus();
