// A file that is chosen is read into its text at once, so that it is seen, can be mended
// there, and outlives a session that ends. What is no text is sent as it is: what is wrong
// with it is told.

const ENCODINGS = { "255,254": "utf-16le", "254,255": "utf-16be" };

async function textOf(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  const encoding = ENCODINGS[bytes.slice(0, 2).join()] ?? "utf-8";
  return new TextDecoder(encoding, { fatal: true }).decode(bytes);
}

// The text of a field that is still empty, or a new one after the last.
function emptyPane(field) {
  const panes = [...document.querySelectorAll(`textarea[name^="${field}"]`)];
  const empty = panes.find((text) => field === "priors" || !text.value.trim());
  if (empty) return empty.closest(".field");
  const last = panes.at(-1).closest(".field");
  const pane = last.cloneNode(true);
  for (const one of [pane, ...pane.querySelectorAll("*")])
    for (const name of ["id", "name", "for", "aria-describedby"])
      if (one.hasAttribute(name))
        one.setAttribute(name, one.getAttribute(name).replace(/\d+/, panes.length));
  last.after(pane);
  return pane;
}

for (const input of document.querySelectorAll("input[type=file]"))
  input.addEventListener("change", async () => {
    let texts;
    try {
      texts = await Promise.all([...input.files].map(textOf));
    } catch {
      return;
    }
    const field = input.name.split("-")[0];
    texts.forEach((text, i) => {
      const pane = emptyPane(field);
      pane.querySelector("textarea").value = text;
      pane.querySelector("input[type=hidden]").value = input.files[i].name;
      const label = pane.querySelector("label");
      label.textContent = `${label.textContent.split(":")[0]}: ${input.files[i].name}`;
    });
    input.value = "";
  });

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
