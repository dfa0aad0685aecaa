// Measures every frame of a page of frames, then does in each what a reader can do; writes what it found in place of them, as JSON.
"use strict";
(() => {
  const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
  const name = (node) => `${node.tagName}.${node.className.baseVal ?? node.className} ${node.textContent.slice(0, 40)}`;

  // What is too wide for the page, cut by what it stands in, or drawn beyond its picture.
  function wrong(page, inside) {
    const width = page.documentElement.clientWidth, found = [];
    if (page.documentElement.scrollWidth > width) found.push(`page ${page.documentElement.scrollWidth}`);
    for (const node of inside.querySelectorAll("*")) {
      const box = node.getBoundingClientRect();
      if (!box.width || node.closest(".stage")) continue;
      const svg = node.closest("svg");
      if (svg) {
        const around = svg.getBoundingClientRect();
        const out = box.left < around.left - 1 || box.right > around.right + 1 || box.bottom > around.bottom + 1;
        if (node.tagName === "text" && out) found.push(`text ${name(node)}`);
      } else {
        if (box.right > width + 1 || box.left < -1) found.push(`beyond ${name(node)}`);
        const inline = getComputedStyle(node).display === "inline";
        if (!inline && node.scrollWidth > node.clientWidth + 1) found.push(`cut ${name(node)}`);
      }
    }
    return found;
  }

  async function view(page) {
    const viewer = page.getElementById("viewer"), stage = viewer.querySelector(".stage");
    const does = (what) => viewer.querySelector(`[data-do=${what}]`).click();
    const shown = () => [...viewer.querySelectorAll(".sheet img.shown")].map((picture) => picture.alt);
    const box = () => viewer.querySelector(".sheet").getBoundingClientRect();
    const found = { groups: page.querySelectorAll(".enlarge").length, closed: viewer.getBoundingClientRect().width };
    page.querySelector(".enlarge button").click();
    found.blink = [];
    for (let i = 0; i < 6; i++) {
      found.blink.push(...shown());
      await wait(700);
    }
    does("blink");
    const still = shown();
    await wait(1500);
    found.still = still[0] === shown()[0];
    found.wrong = wrong(page, viewer);
    const room = stage.getBoundingClientRect(), before = box();
    found.inside = before.width <= room.width + 1 && before.height <= room.height + 1 && before.width > 100;
    for (let i = 0; i < 2; i++) does("in");
    found.larger = box().width / before.width;
    viewer.querySelectorAll(".names button")[4].click();
    found.chosen = shown();
    found.kept = box().width / before.width; // another picture, the same zoom
    const point = [room.left + 0.25 * room.width, room.top + 0.4 * room.height];
    const place = () => [(point[0] - box().left) / box().width, (point[1] - box().top) / box().height];
    const [x, y] = place();
    stage.dispatchEvent(new page.defaultView.WheelEvent("wheel", { clientX: point[0], clientY: point[1], deltaY: -200, cancelable: true }));
    found.moved = Math.hypot(place()[0] - x, place()[1] - y); // of the picture, what is below the pointer
    found.wheel = box().width / before.width;
    does("whole");
    found.whole = box().width / before.width;
    does("close");
    found.open = viewer.open;
    return found;
  }

  function sort(page) {
    const files = () => [...page.querySelectorAll(".pages tbody tr")].map((row) => row.cells[0].textContent);
    const found = { first: files() };
    for (const [key, column] of [["by_number", 2], ["reversed", 2], ["by_word", 0], ["by_verdict", -1]]) {
      [...page.querySelectorAll(".pages thead button")].at(column).click();
      found[key] = files();
    }
    return found;
  }

  addEventListener("load", async () => {
    const found = [];
    for (const frame of document.querySelectorAll("iframe")) {
      const page = frame.contentDocument, pictures = [...page.images];
      const there = (picture) => picture.complete && picture.naturalWidth > 0 && picture.getBoundingClientRect().width > 40;
      const drawn = (svg) => svg.getBoundingClientRect().height > 40;
      found.push({
        width: parseInt(frame.style.width),
        kind: frame.dataset.kind,
        wrong: wrong(page, page.body),
        paper: getComputedStyle(page.body).backgroundColor,
        cells: page.querySelectorAll("td").length,
        pictures: pictures.filter(there).length,
        drawings: [...page.querySelectorAll("svg")].filter(drawn).length,
        view: page.getElementById("viewer") && await view(page),
        sort: page.querySelector(".pages") && sort(page),
      });
    }
    const result = document.createElement("pre");
    result.id = "found";
    result.textContent = JSON.stringify(found);
    document.body.replaceChildren(result);
  });
})();
