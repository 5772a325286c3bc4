// The form of an item, while it is being filled in: the prior is drawn as it is typed, of
// the ways to write one the chosen is shown, and rows are added and removed. Without this
// module the form's own buttons do the same.

const PAUSE_MS = 250;
const form = document.getElementById("item-form");
document.getElementById("faults")?.focus();
for (const button of form?.querySelectorAll("[data-without-js]") ?? []) button.closest("p").hidden = true;

// The prior

const prior = form?.querySelector("[data-prior]");
const drawn = document.getElementById("drawn-prior");
let timer = 0;
let last = null;

function showForm() {
  const chosen = prior.querySelector("[name$='.form']:checked").value;
  for (const part of prior.querySelectorAll("[data-form]")) part.hidden = part.dataset.form !== chosen;
}

async function draw() {
  last?.abort();
  const mine = (last = new AbortController());
  try {
    const answer = await fetch(drawn.dataset.at, { method: "POST", body: new FormData(form), signal: mine.signal });
    const told = answer.ok ? await answer.json() : null;
    if (!told || mine !== last) return;
    drawn.innerHTML = told.html;
    prior.querySelector("[data-announce]").textContent = told.sentence;
  } catch {
    // Overtaken, or the service is away: what stands there stays.
  }
}

prior?.addEventListener("input", (event) => {
  if (event.target.name.endsWith(".form")) showForm();
  if (event.target.name.endsWith(".because")) return;
  clearTimeout(timer);
  timer = setTimeout(draw, PAUSE_MS);
});
if (prior) showForm();

// Rows

for (const list of form?.querySelectorAll("[data-rows-of]") ?? []) {
  const rows = list.querySelector("[data-rows]");
  const name = list.dataset.rowsOf;
  const numberOf = (row) => Number(row.querySelector("[name]").name.slice(name.length + 1).split(".")[0]);
  const isEmpty = (row) => ![...row.querySelectorAll("[name]")].some((one) => one.value);
  [...rows.children].forEach((row, i) => (i > 0 && isEmpty(row) ? row.remove() : (row.querySelector("[data-remove]").hidden = false)));
  list.querySelector("[data-add]").addEventListener("click", (event) => {
    event.preventDefault();
    const number = Math.max(-1, ...[...rows.children].map(numberOf)) + 1;
    const row = document.importNode(list.querySelector("template").content, true).querySelector("[data-row]");
    for (const one of row.querySelectorAll("[id],[for],[name],[aria-describedby]"))
      for (const key of ["id", "for", "name", "aria-describedby"])
        if (one.hasAttribute(key)) one.setAttribute(key, one.getAttribute(key).replace("NUMBER", number));
    row.querySelector("legend").textContent = number + 1;
    row.querySelector("[data-remove]").hidden = false;
    rows.append(row);
    row.querySelector("select, input").focus();
  });
  rows.addEventListener("click", (event) => {
    if (!event.target.closest("[data-remove]")) return;
    event.target.closest("[data-row]").remove();
    list.querySelector("[data-add]").focus();
  });
}
