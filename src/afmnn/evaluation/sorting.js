// Sorts the table of pages by a column: by numbers where its cells have them (data-key), else by words. A second click reverses.
"use strict";
for (const table of document.querySelectorAll(".pages")) {
  const head = [...table.tHead.rows[0].cells], body = table.tBodies[0];
  const compare = (a, b) => {
    const keys = [a, b].map((cell) => ("key" in cell.dataset ? Number(cell.dataset.key) : null));
    if (keys.includes(null)) return keys[0] === keys[1] ? a.textContent.localeCompare(b.textContent) : keys[0] === null ? 1 : -1;
    return keys[0] - keys[1];
  };
  head.forEach((cell, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...cell.childNodes);
    cell.append(button);
    button.addEventListener("click", () => {
      const sign = cell.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const each of head) each.removeAttribute("aria-sort");
      cell.setAttribute("aria-sort", sign === 1 ? "ascending" : "descending");
      body.append(...[...body.rows].sort((a, b) => sign * compare(a.cells[column], b.cells[column])));
    });
  });
}
