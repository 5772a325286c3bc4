// A problem's link leads to its line: the text scrolls to it, and it is selected.

const faults = document.getElementById("faults");
faults?.focus();
faults?.addEventListener("click", (event) => {
  const link = event.target.closest("[data-line]");
  if (!link) return;
  event.preventDefault();
  const text = document.getElementById(link.hash.slice(1));
  const lines = text.value.split("\n");
  const n = Math.max(0, Number(link.dataset.line) - 1);
  const start = lines.slice(0, n).reduce((sum, line) => sum + line.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[n] ?? "").length);
  // Lines do not wrap here, so that each is as high as any other.
  const height = (text.scrollHeight - 2 * parseFloat(getComputedStyle(text).paddingTop)) / lines.length;
  text.scrollTop = (n - 3) * height;
});
