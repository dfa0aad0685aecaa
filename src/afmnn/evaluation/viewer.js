// Pictures of one image, enlarged and one over the other: a blink shows what changed, and the zoom stays from one to the next.
"use strict";
(() => {
  const BLINK = 700; // milliseconds: slower than what harms eyes that are sensitive to flashes
  const viewer = document.getElementById("viewer");
  const find = (selector) => viewer.querySelector(selector);
  const stage = find(".stage"), sheet = find(".sheet"), names = find(".names"), blinkButton = find("[data-do=blink]");
  const fingers = new Map(); // where pointers are that touch the stage
  let figures = [], current = 0, timer = 0, size = [1, 1], view = { zoom: 1, x: 0, y: 0 };

  function show(index) {
    current = index;
    [...sheet.children].forEach((picture, i) => picture.classList.toggle("shown", i === index));
    [...names.children].forEach((button, i) => button.setAttribute("aria-pressed", String(i === index)));
    const parts = [".bar", ".ends", "figcaption"].map((each) => figures[index].querySelector(each).cloneNode(true));
    find(".legend").replaceChildren(...parts);
  }

  function blink(on) {
    clearInterval(timer);
    blinkButton.setAttribute("aria-pressed", String(on));
    if (!on) return;
    show(current === 0 ? 1 : 0); // the first two pictures are before and after
    timer = setInterval(() => show(current === 0 ? 1 : 0), BLINK);
  }

  function draw() {
    const most = sheet.firstChild.naturalWidth / size[0];
    // A pixel of the picture is at most 24 pixels of the screen wide.
    view.zoom = Math.min(Math.max(view.zoom, 1), Math.max(4, 24 * most));
    const beyond = [stage.clientWidth, stage.clientHeight].map((room, i) => Math.max(0, (size[i] * view.zoom - room) / 2));
    view.x = Math.min(Math.max(view.x, -beyond[0]), beyond[0]);
    view.y = Math.min(Math.max(view.y, -beyond[1]), beyond[1]);
    sheet.style.transform = `translate(-50%, -50%) translate(${view.x}px, ${view.y}px) scale(${view.zoom})`;
    sheet.style.imageRendering = view.zoom >= most ? "pixelated" : "auto";
    find("output").textContent = `${view.zoom.toPrecision(2)} ×`;
  }

  function fit() {
    if (!viewer.open) return;
    const frame = figures[0].querySelector(".frame"), aspect = frame.clientWidth / frame.clientHeight;
    const width = Math.min(stage.clientWidth, stage.clientHeight * aspect);
    size = [width, width / aspect];
    sheet.style.width = `${size[0]}px`;
    sheet.style.height = `${size[1]}px`;
    draw();
  }

  // What is at a point of the stage stays there.
  function zoom(factor, x = 0, y = 0) {
    const before = view.zoom;
    view.zoom *= factor;
    draw();
    view.x = x - ((x - view.x) * view.zoom) / before;
    view.y = y - ((y - view.y) * view.zoom) / before;
    draw();
  }

  function place(event) {
    const box = stage.getBoundingClientRect();
    return [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
  }

  function move(event) {
    if (!fingers.has(event.pointerId)) return;
    const before = [...fingers.values()];
    fingers.set(event.pointerId, place(event));
    const after = [...fingers.values()];
    const middle = (points, axis) => points.reduce((sum, point) => sum + point[axis], 0) / points.length;
    view.x += middle(after, 0) - middle(before, 0);
    view.y += middle(after, 1) - middle(before, 1);
    const apart = ([a, b]) => Math.hypot(a[0] - b[0], a[1] - b[1]) || 1;
    if (after.length === 2) zoom(apart(after) / apart(before), middle(after, 0), middle(after, 1));
    else draw();
  }

  function open(group, index, blinking) {
    figures = [...group.querySelectorAll("figure")];
    let above = group;
    while (above && above.tagName !== "H2") above = above.previousElementSibling;
    find("strong").textContent = above ? above.textContent : document.title;
    sheet.replaceChildren(...figures.map((figure) => figure.querySelector("img").cloneNode()));
    for (const picture of sheet.children) picture.removeAttribute("style");
    names.replaceChildren(...figures.map((figure, i) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = figure.querySelector("h3").textContent;
      button.addEventListener("click", () => { blink(false); show(i); });
      return button;
    }));
    view = { zoom: 1, x: 0, y: 0 };
    show(index);
    viewer.showModal();
    fit();
    blink(blinking);
  }

  const actions = {
    close: () => viewer.close(),
    blink: () => blink(blinkButton.getAttribute("aria-pressed") !== "true"),
    in: () => zoom(1.5),
    out: () => zoom(1 / 1.5),
    whole: () => zoom(0),
    next: (by) => { blink(false); show((current + by + figures.length) % figures.length); },
  };
  for (const button of viewer.querySelectorAll("[data-do]")) button.addEventListener("click", () => actions[button.dataset.do]());
  viewer.addEventListener("keydown", (event) => {
    const does = { b: "blink", "+": "in", "=": "in", "-": "out", 0: "whole" }[event.key];
    if (event.ctrlKey || event.metaKey || event.altKey) return; // these are the browser's
    if (does) actions[does]();
    else if (event.key === "ArrowRight" || event.key === "ArrowLeft") actions.next(event.key === "ArrowRight" ? 1 : -1);
  });
  viewer.addEventListener("close", () => { blink(false); fingers.clear(); });
  stage.addEventListener("wheel", (event) => {
    event.preventDefault();
    zoom(Math.exp(-event.deltaY / 400), ...place(event));
  }, { passive: false });
  stage.addEventListener("dblclick", (event) => zoom(2, ...place(event)));
  stage.addEventListener("pointerdown", (event) => {
    if (fingers.size === 2) return;
    stage.setPointerCapture(event.pointerId);
    fingers.set(event.pointerId, place(event));
    event.preventDefault();
  });
  stage.addEventListener("pointermove", move);
  for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, (event) => fingers.delete(event.pointerId));
  new ResizeObserver(fit).observe(stage);

  // Made here, so that nothing on the page offers what it cannot do where scripts do not run.
  for (const group of document.querySelectorAll(".pictures")) {
    const line = document.createElement("p"), button = document.createElement("button"), hint = document.createElement("span");
    line.className = "enlarge";
    hint.className = "note";
    button.type = "button";
    button.textContent = "Blink before / after";
    hint.textContent = "Click a picture to enlarge it; the wheel or two fingers zoom.";
    button.addEventListener("click", () => open(group, 0, true));
    line.append(button, hint);
    group.before(line);
    group.querySelectorAll(".frame").forEach((frame, i) => {
      frame.tabIndex = 0;
      frame.setAttribute("role", "button");
      frame.setAttribute("aria-label", `Enlarge: ${frame.firstElementChild.alt}`);
      frame.addEventListener("click", () => open(group, i, false));
      frame.addEventListener("keydown", (event) => { if (event.key === "Enter") open(group, i, false); });
    });
  }
})();
