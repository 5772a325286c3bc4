// Tables as files: under each stands a way to keep it as CSV or JSON, with a title that
// says what it shows, what its numbers come from, and their day. Plots have files of the
// server's; tables that are forms have none.

const SIGNED = /^[-+]?\d[\d.,]*$/;
const main = document.getElementById("main");

// What a cell says. Cells that span are said in each row and column that they span.
function rowsOf(table) {
  const rows = [...table.rows].map(() => []);
  [...table.rows].forEach((row, y) => {
    let x = 0;
    for (const cell of row.cells) {
      while (rows[y][x] !== undefined) x += 1;
      const told = cell.textContent.replace(/\s+/g, " ").trim();
      for (let down = 0; down < cell.rowSpan && y + down < rows.length; down += 1)
        for (let right = 0; right < cell.colSpan; right += 1) rows[y + down][x + right] = told;
    }
  });
  return rows;
}

function titleOf(table) {
  const headings = [...document.querySelectorAll("h1, h2")].filter(
    (one) => one.compareDocumentPosition(table) & Node.DOCUMENT_POSITION_FOLLOWING,
  );
  const own = table.caption ?? headings.at(-1);
  return own?.textContent.replace(/\s+/g, " ").trim() || document.title;
}

// As the server writes cells: no spreadsheet runs them, and a number with its sign is one.
function cell(text) {
  const safe = /^'*[=+\-@]/.test(text) && !SIGNED.test(text) ? `'${text}` : text;
  return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

function written(table, suffix) {
  const [columns, ...rows] = rowsOf(table);
  const title = titleOf(table);
  const source = main.dataset.source ?? `Deciban: ${document.title}`;
  const as_of = main.dataset.day ?? new Date().toISOString().slice(0, 10);
  if (suffix === "json") return JSON.stringify({ title, as_of, source, columns, rows }, null, 2);
  const told = rows.map((row) => [...row, as_of, title, source]);
  const lines = [[...columns, "as of", "title", "source"], ...told];
  return lines.map((line) => `${line.map(cell).join(",")}\n`).join("");
}

function keep(table, suffix) {
  const link = document.createElement("a");
  const type = suffix === "json" ? "application/json" : "text/csv";
  link.href = URL.createObjectURL(new Blob([written(table, suffix)], { type }));
  const name = titleOf(table).toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? ["table"];
  link.download = `${name.join("-").slice(0, 60)}.${suffix}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

function offer() {
  for (const table of main.querySelectorAll("table:not(.under table, [data-kept])")) {
    if (table.querySelector("input, select, textarea")) continue;
    table.dataset.kept = "";
    const line = document.createElement("p");
    line.className = "keep table-files";
    line.append("Keep the table as ");
    for (const suffix of ["csv", "json"]) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "quiet", textContent: suffix.toUpperCase() });
      button.setAttribute("aria-label", `Keep the table as ${suffix.toUpperCase()}: ${titleOf(table)}`);
      button.addEventListener("click", () => keep(table, suffix));
      line.append(button, suffix === "csv" ? " or " : "");
    }
    (table.closest(".scroll") ?? table).after(line);
  }
}

offer();
document.addEventListener("deciban:renewed", offer);
