// The page of one fit: follows it while it runs, by server-sent events, and takes what is
// new of the page once it is done, and once the worker has drawn its plots. Without this
// module the page is as far as it was when it was loaded.

const AGAIN_MS = 3000;
const MOST_TRIES = 40;
const fit = () => document.getElementById("fit");
let tries = 0;

async function renew() {
  const answer = await fetch(location.href);
  if (!answer.ok) throw new Error(`the service answered ${answer.status}`);
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  const now = fresh.getElementById("fit");
  if (now && now.innerHTML !== fit().innerHTML) {
    const open = fit().querySelector("details")?.open;
    fit().replaceWith(document.importNode(now, true));
    if (open) fit().querySelector("details").open = true;
  }
  if (fit().dataset.state === "done" && fit().querySelector("[data-pending]")) wait();
}

// Plots come one by one, some seconds after the fit.
function wait() {
  if (tries++ < MOST_TRIES) setTimeout(() => renew().catch(wait), AGAIN_MS);
}

function tell(news) {
  const stage = fit().querySelector("[data-stage]");
  if (!stage) return;
  const text = news.state === "queued" ? "waiting for a worker" : (news.stage ?? "starting");
  const said = `${text[0].toUpperCase()}${text.slice(1)}.`;
  if (stage.textContent !== said) stage.textContent = said;
  const done = news.chains.reduce((sum, chain) => sum + chain.done, 0);
  const total = news.chains.reduce((sum, chain) => sum + chain.total, 0);
  const bar = fit().querySelector("progress");
  if (total) {
    bar.max = total;
    bar.value = done;
  } else bar.removeAttribute("value");
  fit().querySelector("[data-count]").textContent = total
    ? `${done.toLocaleString("en")} of ${total.toLocaleString("en")} draws`
    : "";
  const rows = news.chains.map((chain, i) => {
    const row = document.createElement("tr");
    const head = document.createElement("th");
    head.scope = "row";
    head.textContent = i + 1;
    row.append(head);
    for (const number of [chain.done, chain.total, chain.divergences]) {
      const cell = document.createElement("td");
      cell.className = "number";
      cell.textContent = number.toLocaleString("en");
      row.append(cell);
    }
    return row;
  });
  fit().querySelector("[data-chains]")?.replaceChildren(...rows);
}

if (["queued", "running"].includes(fit().dataset.state)) {
  fit().querySelector("[data-count]").textContent = "";
  const events = new EventSource(fit().dataset.events);
  events.addEventListener("progress", (event) => tell(JSON.parse(event.data)));
  events.addEventListener("end", () => {
    events.close();
    renew().catch(wait);
  });
  addEventListener("pagehide", () => events.close());
} else wait();
