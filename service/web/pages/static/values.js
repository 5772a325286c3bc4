// Values on drawings: whatever a mark says (data-said) is shown beside the pointer, or
// beside the mark that has the focus. The Tab key comes to one mark of a drawing, arrow
// keys go to the others. Without this they are in the table below a plot.

const tip = document.createElement("div");
tip.className = "tip";
tip.setAttribute("aria-hidden", "true"); // the mark itself is labelled with the same
tip.hidden = true;
document.body.append(tip);

function show(mark, x, y) {
  tip.textContent = mark.dataset.said.replace(/(\d) %/g, "$1\u00a0%");
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(Math.max(4, x + 12), document.documentElement.clientWidth - width - 4);
  const above = y - height - 12;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > 4 ? above : y + 16}px`;
}

function beside(mark) {
  const box = mark.getBoundingClientRect();
  show(mark, box.left + box.width / 2, box.top);
}

function hide() {
  tip.hidden = true;
}

const markOf = (event) => event.target.closest?.("[data-said]");
const withFocus = () => document.querySelector("[data-said]:focus-visible");

document.addEventListener("pointermove", (event) => {
  const mark = markOf(event);
  if (mark) show(mark, event.clientX, event.clientY);
  else if (!withFocus()) hide();
});
document.addEventListener("pointerleave", hide);
document.addEventListener("focusin", () => {
  const mark = withFocus();
  if (mark) beside(mark);
  else hide();
});
document.addEventListener("focusout", hide);
function scrolled() {
  const mark = withFocus();
  if (mark && !tip.hidden) beside(mark);
  else hide();
}
document.addEventListener("scroll", scrolled, { passive: true, capture: true });

// From mark to mark

const ways = {
  ArrowRight: (i) => i + 1,
  ArrowDown: (i) => i + 1,
  ArrowLeft: (i) => i - 1,
  ArrowUp: (i) => i - 1,
  Home: () => 0,
  End: () => Infinity,
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") return hide(); // WCAG 1.4.13: what hovers can be dismissed
  const mark = event.target.closest?.(".d-mark");
  if (!mark || !Object.hasOwn(ways, event.key)) return;
  if (event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return;
  event.preventDefault(); // the page stays where it is, unless the mark is out of sight
  const marks = [...mark.ownerSVGElement.querySelectorAll(".d-mark")];
  const wanted = ways[event.key](marks.indexOf(mark));
  const next = marks[Math.min(Math.max(0, wanted), marks.length - 1)];
  mark.setAttribute("tabindex", "-1");
  next.setAttribute("tabindex", "0");
  next.focus();
});
