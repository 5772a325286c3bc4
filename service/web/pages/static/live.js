// Keeps a page true while it is looked at. It follows the feed of its case: the banner
// shows how far a refit is, and when the mark of what is forecast changes, the parts of
// the page that carry `data-live` are taken from a fresh copy of it, densities moving
// from their old shape to the new. Where no stream is free, it asks every few seconds.

const POLL_MS = 5000;
const AGAIN_MS = 1000;
const PATIENCE_MS = 60000;
const MOVE_MS = 600;
const standing = () => document.querySelector("[data-live='standing']");
const still = matchMedia("(prefers-reduced-motion: reduce)");

let stream = null;
let poll = null;
let loading = false;
let wanted = null; // the mark that was told of last
const opened = new Map(); // by id, whether what opens was open when it was last seen
let last = null; // how far the refit was that was told of last

// Progress

function progress(told) {
  const under = told.state === "queued" || told.state === "running";
  last = under ? told : null;
  let banner = standing()?.querySelector("[data-banner]");
  if (!under || !standing()) return;
  if (!banner) {
    banner = document.createElement("div");
    banner.className = "banner";
    banner.dataset.banner = "";
    banner.innerHTML =
      '<div role="status"><b></b> <span data-stage></span></div>' +
      '<progress aria-label="How far the fit is"></progress><span class="soft" data-count></span>';
    banner.querySelector("b").textContent = `Fitting revision ${told.revision}.`;
    standing().prepend(banner);
  }
  banner.querySelector("[data-by-hand]")?.remove();
  say(banner.querySelector("[data-stage]"), stage(told));
  const bar = banner.querySelector("progress");
  if (told.total) {
    bar.max = told.total;
    bar.value = told.done;
  } else bar.removeAttribute("value");
  let count = banner.querySelector("[data-count]");
  if (!count) {
    count = document.createElement("span");
    count.className = "soft";
    count.dataset.count = "";
    banner.append(count);
  }
  count.textContent = told.total
    ? `${told.done.toLocaleString("en")} of ${told.total.toLocaleString("en")} draws`
    : "";
}

// A status is read aloud whenever it changes, so it changes only with what it says.
function say(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function stage(told) {
  if (told.state === "queued") return "Waiting for a worker.";
  const name = told.stage ?? "starting";
  return `${name[0].toUpperCase()}${name.slice(1)}.`;
}

// The new page

// Each mark is told once. So what is told while a copy is on its way is asked for after
// it, and a copy that does not come is asked for again.
async function load(mark) {
  wanted = mark;
  if (loading) return;
  loading = true;
  try {
    for (let pause = AGAIN_MS; wanted !== standing()?.dataset.mark; ) {
      const asked = wanted;
      const fresh = await copy();
      if (fresh) take(fresh);
      if (fresh && asked === wanted) break; // it may be newer than what was told
      if (fresh) continue;
      await new Promise((go) => setTimeout(go, pause));
      if (document.hidden) break; // whoever looks again is told again
      pause = Math.min(2 * pause, POLL_MS);
    }
  } finally {
    loading = false;
  }
}

async function copy() {
  try {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(location.href, { headers: { "X-Live": "1" }, signal });
    if (!answer.ok) return null;
    return new DOMParser().parseFromString(await answer.text(), "text/html");
  } catch {
    return null; // the service is away
  }
}

function take(fresh) {
  for (const part of document.querySelectorAll("[data-live]")) renew(part, fresh);
  // The copy knows what the store does, which is told of it once a second.
  if (last && standing()?.querySelector("[data-banner]")) progress(last);
  document.dispatchEvent(new CustomEvent("deciban:renewed"));
}

function renew(part, fresh) {
  const name = part.dataset.live;
  const other = fresh.querySelector(`[data-live="${name}"]`);
  if (!other || other.innerHTML === part.innerHTML) {
    if (other) Object.assign(part.dataset, other.dataset);
    return;
  }
  const before = shapes(part);
  for (const details of part.querySelectorAll("details[id]")) opened.set(details.id, details.open);
  const focused = part.contains(document.activeElement) ? address(document.activeElement) : null;
  Object.assign(part.dataset, other.dataset);
  part.replaceChildren(...document.importNode(other, true).childNodes);
  for (const details of part.querySelectorAll("details[id]"))
    details.open = opened.get(details.id) ?? details.open;
  if (focused) part.querySelector(focused)?.focus({ preventScroll: true });
  if (!still.matches) move(part, before);
}

function address(element) {
  if (element.id) return `#${CSS.escape(element.id)}`;
  if (element.matches("details[id] > summary"))
    return `#${CSS.escape(element.parentElement.id)} > summary`;
  const href = element.getAttribute("href");
  return href ? `a[href="${CSS.escape(href)}"]` : null;
}

// Movement: a density is the area under a line, so its shape is a height at each place.

const key = (element) => element.closest("[id]")?.id;

function shapes(part) {
  const known = new Map();
  for (const holder of part.querySelectorAll("[data-morph]"))
    known.set(key(holder), [...holder.querySelectorAll("path.d-curve")].map(line));
  return known;
}

function line(path) {
  const numbers = path.getAttribute("d").match(/-?\d+(\.\d+)?/g).map(Number);
  const base = numbers[1];
  const points = [];
  for (let i = 2; i + 1 < numbers.length - 1; i += 2) points.push([numbers[i], numbers[i + 1]]);
  return { base, points };
}

function height({ base, points }, x) {
  if (!points.length || x < points[0][0] || x > points.at(-1)[0]) return base;
  let low = 0;
  let high = points.length - 1;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (points[middle][0] <= x) low = middle;
    else high = middle;
  }
  const [x0, y0] = points[low];
  const [x1, y1] = points[high];
  return x1 === x0 ? y1 : y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
}

function move(part, before) {
  const moving = [];
  for (const holder of part.querySelectorAll("[data-morph]")) {
    const old = before.get(key(holder)) ?? [];
    [...holder.querySelectorAll("path.d-curve")].forEach((path, i) => {
      if (!old[i]) return;
      const now = line(path);
      const places = [...old[i].points, ...now.points].map(([x]) => x).sort((a, b) => a - b);
      moving.push({
        path,
        last: path.getAttribute("d"),
        base: now.base,
        heights: places.map((x) => [x, height(old[i], x), height(now, x)]),
      });
    });
  }
  if (!moving.length) return;
  const start = performance.now();
  const frame = (now) => {
    const t = Math.min(1, (now - start) / MOVE_MS);
    const eased = t < 0.5 ? 4 * t ** 3 : 1 - (2 - 2 * t) ** 3 / 2;
    for (const { path, last, base, heights } of moving) {
      const top = heights.map(([x, y0, y1]) => `${x} ${(y0 + (y1 - y0) * eased).toFixed(2)}`);
      const ends = [heights[0][0], heights.at(-1)[0]];
      path.setAttribute("d", t < 1 ? `M${ends[0]} ${base}L${top.join("L")}L${ends[1]} ${base}Z` : last);
    }
    if (t < 1) requestAnimationFrame(frame);
  };
  requestAnimationFrame(frame);
}

// The feed

function follow() {
  stop();
  const from = standing()?.dataset.feed;
  if (!from || document.hidden) return;
  stream = new EventSource(from);
  stream.addEventListener("progress", (event) => progress(JSON.parse(event.data)));
  stream.addEventListener("now", (event) => load(JSON.parse(event.data).mark));
  stream.addEventListener("busy", ask);
  stream.addEventListener("error", () => {
    // A refusal closes the stream for good; a lost connection is taken up by itself.
    if (stream.readyState === EventSource.CLOSED) ask();
  });
}

async function ask() {
  stop();
  if (document.hidden) return;
  try {
    const answer = await fetch(standing().dataset.now);
    if (answer.ok) {
      const told = await answer.json();
      if (told.progress) progress(told.progress);
      await load(told.mark);
    }
  } catch {
    // Asked again below.
  }
  poll = setTimeout(ask, POLL_MS);
}

function stop() {
  stream?.close();
  stream = null;
  clearTimeout(poll);
}

// A browser opens six connections to a place at most: a page that nobody sees takes none.
document.addEventListener("visibilitychange", () => (document.hidden ? stop() : follow()));
addEventListener("pagehide", stop);
addEventListener("pageshow", (event) => event.persisted && follow());
follow();
