// The what-if page, while its levers are moved: asks the server for the page as it would
// be and takes the answer from it, so that what is seen is what the shared link shows. The
// address follows. An answer that a later question has overtaken is dropped. Without this
// module the form's button does the same.

const PAUSE_MS = 250;
// What a field of search finds, and how many.
const FOUND = {
  find: ["switches-reports", "switches-told"],
  scenario: ["priors", "priors-told"],
};
const form = document.getElementById("what-if");
let timer = 0;
let last = null;

function query() {
  const given = new URLSearchParams();
  for (const [name, value] of new FormData(form)) {
    const field = form.elements.namedItem(name);
    if (!value || field?.dataset?.own === value) continue; // as it is written
    given.append(name, value);
  }
  return given;
}

async function ask(finding) {
  last?.abort();
  const mine = (last = new AbortController());
  try {
    const answer = await fetch(`${form.action.split("?")[0]}?${query()}`, { signal: mine.signal });
    if (!answer.ok || mine !== last) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (mine === last) take(fresh, finding);
  } catch {
    // Overtaken, or the service is away: what stands there stays.
  }
}

function take(fresh, finding) {
  for (const id of ["answer", "answer-line", ...(FOUND[finding] ?? [])])
    document.getElementById(id).replaceWith(document.importNode(fresh.getElementById(id), true));
  if (finding === "scenario") joinSliders();
  offerCopy();
  for (const summary of fresh.querySelectorAll(".ends summary")) {
    const mine = document.querySelector(`#${CSS.escape(summary.parentElement.id)} summary`);
    if (mine) mine.textContent = summary.textContent;
    for (const field of summary.parentElement.querySelectorAll("input"))
      document.getElementById(field.id).placeholder = field.placeholder;
  }
  for (const item of fresh.querySelectorAll("[data-prior]")) {
    const told = item.querySelector(".fault");
    const median = document.getElementById(`median-${item.dataset.prior}`);
    if (!median) continue; // not among those that are offered here
    document.getElementById(told.id).textContent = told.textContent;
    median.setAttribute("aria-invalid", told.textContent !== "");
  }
  history.replaceState(null, "", document.getElementById("answer").dataset.link);
}

function later(finding) {
  clearTimeout(timer);
  timer = setTimeout(() => ask(finding), PAUSE_MS);
}

// Sliders: the number beside each is what counts.

function joinSliders() {
  for (const slider of form.querySelectorAll("[data-slider]")) {
    const number = document.getElementById(slider.dataset.slider);
    slider.hidden = false;
    slider.addEventListener("input", () => {
      number.value = slider.value;
      later();
    });
    number.addEventListener("input", () => (slider.value = number.value));
  }
}

form.addEventListener("input", (event) => {
  const name = event.target.name ?? "";
  if (name) later(name);
});
form.addEventListener("submit", (event) => {
  event.preventDefault();
  ask(document.activeElement.name);
});

function offerCopy() {
  const button = document.querySelector("[data-copy]");
  if (!button) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    const link = document.getElementById("share");
    link.select();
    try {
      await navigator.clipboard.writeText(link.value);
      button.textContent = "Copied";
    } catch {
      button.textContent = "It is selected: copy it";
    }
  });
}

for (const button of form.querySelectorAll("[data-without-js]")) button.hidden = true;
joinSliders();
offerCopy();
document.addEventListener("deciban:renewed", () => ask()); // a refit has landed
