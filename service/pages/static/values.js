// Values on drawings: whatever a mark says (data-said) is shown beside the pointer, or
// beside the mark that has the focus. Without this they are in the table below a plot.

const tip = document.createElement("div");
tip.className = "tip";
tip.setAttribute("aria-hidden", "true"); // the mark itself is labelled with the same
tip.hidden = true;
document.body.append(tip);

function show(mark, x, y) {
  tip.textContent = mark.dataset.said;
  tip.hidden = false;
  const { width, height } = tip.getBoundingClientRect();
  const left = Math.min(Math.max(4, x + 12), document.documentElement.clientWidth - width - 4);
  const above = y - height - 12;
  tip.style.left = `${left}px`;
  tip.style.top = `${above > 4 ? above : y + 16}px`;
}

function hide() {
  tip.hidden = true;
}

const markOf = (event) => event.target.closest?.("[data-said]");

document.addEventListener("pointermove", (event) => {
  const mark = markOf(event);
  if (mark) show(mark, event.clientX, event.clientY);
  else if (!document.activeElement?.matches("[data-said]:focus-visible")) hide();
});
document.addEventListener("pointerleave", hide);
document.addEventListener("focusin", (event) => {
  const mark = markOf(event);
  if (!mark || !mark.matches(":focus-visible")) return hide();
  const box = mark.getBoundingClientRect();
  show(mark, box.left + box.width / 2, box.top);
});
document.addEventListener("focusout", hide);
document.addEventListener("scroll", hide, { passive: true, capture: true });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") hide(); // WCAG 1.4.13: what hovers can be dismissed
});
