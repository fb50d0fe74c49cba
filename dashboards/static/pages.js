// Draws the charts from the values beside them, and makes tables sortable. Everything reads without it.
"use strict";

function draw() {
  for (const place of document.querySelectorAll("[data-plot]")) {
    const said = JSON.parse(document.getElementById(place.dataset.plot).textContent);
    if (place.clientWidth < 480) {
      said.layout.margin = { ...said.layout.margin, l: 44, r: 8 };
      said.layout.font = { ...said.layout.font, size: 11.5 };
      if (said.layout.xaxis.dtick) said.layout.xaxis.dtick = "M4";
      for (const note of said.layout.annotations ?? []) note.text = note.text.replace(/(<b>\d+<\/b>).*/, "$1");
    }
    Plotly.newPlot(place, said.data, said.layout, { displayModeBar: false, responsive: true }).then(() => {
      place.dataset.drawn = "yes";
      // The picture is described by its label and its table; its letters would only be read out one by one.
      for (const svg of place.querySelectorAll("svg")) svg.setAttribute("aria-hidden", "true");
    });
  }
}

function value(row, column) {
  const cell = row.cells[column];
  return "value" in cell.dataset ? cell.dataset.value : cell.textContent.trim();
}

function sort(table, column, kind, down) {
  const body = table.tBodies[0];
  const rows = [...body.rows];
  rows.sort((one, other) => {
    const [a, b] = [value(one, column), value(other, column)];
    if (a === "" || b === "") return (a === "") - (b === "");
    const order = kind === "number" ? Number(a) - Number(b) : a.localeCompare(b);
    return down ? -order : order;
  });
  body.append(...rows);
}

function makeSortable(table, said) {
  const heads = [...table.tHead.rows[table.tHead.rows.length - 1].cells];
  heads.forEach((head, column) => {
    if (!head.dataset.sort) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    // Chromium repeats the words of a table's head on every sheet of paper, but not its buttons.
    const printed = document.createElement("span");
    printed.className = "printed";
    printed.setAttribute("aria-hidden", "true");
    printed.textContent = head.textContent;
    button.append(...head.childNodes);
    head.append(button, printed);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) if (other.hasAttribute("aria-sort")) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      sort(table, column, head.dataset.sort, down);
      said.textContent = `Sorted by ${button.textContent}, ${down ? "descending" : "ascending"}.`;
    });
  });
}

// A browser tells of printing while the page is still as wide as the screen: the width of A4 is set here.
const PAPER_WIDTH = 640;

function forPaper() {
  for (const place of document.querySelectorAll("[data-drawn]")) Plotly.relayout(place, { width: PAPER_WIDTH });
}

function forScreen() {
  for (const place of document.querySelectorAll("[data-drawn]")) Plotly.relayout(place, { width: null, autosize: true });
}

if (window.Plotly) {
  draw();
  window.addEventListener("beforeprint", forPaper);
  window.addEventListener("afterprint", forScreen);
}
const said = document.createElement("p");
said.className = "visually-hidden";
said.setAttribute("aria-live", "polite");
document.body.append(said);
for (const table of document.querySelectorAll("table[data-sortable]")) makeSortable(table, said);

// Tells what each rule of a plan gets while it is edited; the server adds up.
function addsUp(form) {
  let waiting;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const body = new FormData(form);
      body.set("act", "add up");
      const answer = await fetch(form.action, { method: "POST", body, headers: { Accept: "application/json" } });
      const page = await answer.json();
      form.querySelectorAll("[data-sums]").forEach((sum) => { sum.hidden = !page.total; });
      form.querySelector("[data-total]").textContent = page.total;
      form.querySelector("[data-all-charts]").textContent = page.charts;
      form.querySelector("[data-whole]").textContent = page.whole || "–";
      form.querySelector("[data-adding]").textContent = page.problem;
      const rows = [...form.querySelectorAll("[data-gets]")].map((cell) => cell.closest("tr"));
      const filled = rows.filter((row) => row.querySelector("[name^=watch-]").value);
      for (const row of rows) {
        const said = page.rows[filled.indexOf(row)];
        row.querySelector("[data-charts]").textContent = said?.charts || "";
        row.querySelector("[data-gets]").textContent = said?.gets ?? "";
        const [detect, direction] = said?.usual ?? ["", ""];
        row.querySelector("[name^=detect-]").placeholder = detect;
        row.querySelector("[name^=direction-] option").textContent = direction ? `as usual (${direction})` : "as usual";
      }
    }, 300);
  });
}
for (const form of document.querySelectorAll("form[data-adds-up]")) addsUp(form);

// Shows the fields that the chosen step asks for; without this all stand there.
function chooses(select) {
  const fields = select.form.querySelectorAll("[data-for]");
  const show = () => {
    for (const field of fields) field.hidden = !field.dataset.for.split(" ").includes(select.value.replace(" ", "-"));
  };
  select.addEventListener("change", show);
  show();
}
for (const select of document.querySelectorAll("select[data-chooses]")) chooses(select);
