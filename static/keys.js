// Keys, and ticking many rows. Every page works without this file.
(() => {
  "use strict";
  const PREFIX_MS = 1_500;                        // between `g` and the letter
  const $ = (selector, root = document) => root.querySelector(selector);
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const visible = (element) => element.checkVisibility();

  // ---- rows of a table that lead somewhere: j and k go through them, Enter opens, x ticks
  // A row without a link is reached by its check box.
  const linkOf = (row) => $("th[scope=row] a, td a", row) ?? $("input[type=checkbox][name=id]", row);
  const rows = () => all("main .table > tbody > tr").filter((row) => linkOf(row) && visible(row));
  function step(by) {
    const list = rows(), here = list.findIndex((row) => row.contains(document.activeElement));
    const next = list[here < 0 ? (by > 0 ? 0 : list.length - 1) : here + by];
    if (!next) return;
    linkOf(next).focus();
    next.scrollIntoView({ block: "nearest" });
  }
  function tick() {
    const box = $("input[type=checkbox][name=id]", document.activeElement?.closest("tr") ?? document.createElement("tr"));
    if (box) box.click();
  }

  // ---- all rows of a page, and how many are ticked
  function count(form) {
    const boxes = all("input[name=id]", form), ticked = boxes.filter((box) => box.checked).length;
    const whole = $("[data-select-all]", form), words = $("[data-selected]", form);
    const every = $("input[name=all]", form);
    if (whole) {
      whole.checked = ticked > 0 && ticked === boxes.length;
      whole.indeterminate = ticked > 0 && ticked < boxes.length;
    }
    if (words) words.textContent = every?.checked ? " (all)" : ticked ? ` (${ticked})` : "";
  }
  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (!form || !$("[data-selected], [data-select-all]", form)) return;
    if (event.target.matches("[data-select-all]")) {
      for (const box of all("input[name=id]", form)) box.checked = event.target.checked;
    }
    count(form);
  });
  function prepare() {
    for (const box of all("[data-select-all]")) { box.hidden = false; count(box.form); }
    for (const button of all("[data-print]")) button.hidden = false;
  }
  document.addEventListener("click", (event) => { if (event.target.closest("[data-print]")) print(); });
  document.addEventListener("htmx:afterSettle", prepare);

  // ---- keys
  // Of the bar's search only the button is left where there is no room for its field.
  const everywhere = () => all(".find input, .find button").find(visible) || $("main .search input");
  let prefix = 0;                                 // when `g` was pressed
  const actions = {
    "/": () => everywhere()?.focus(),
    f: () => ($("main .search input, main input[type=search]") || everywhere())?.focus(),
    j: () => step(1),
    k: () => step(-1),
    x: tick,
    p: () => { const button = $('[data-key="p"], [popovertarget^="pause"]'); button?.focus(); button?.click(); },
    "?": () => $("#keys")?.togglePopover(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      const menu = $(".menu[open]");
      if (menu) { menu.open = false; $("summary", menu).focus(); }
    }
    // A field that belongs to a form from outside it: Enter presses its own button, not the form's first one.
    const own = event.key === "Enter" && event.target.dataset?.enter;
    if (own) { event.preventDefault(); $(`#${own}`).click(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    // A row's own buttons: `data-rowkey` is the key that presses one.
    const rowButton = $(`[data-rowkey="${CSS.escape(event.key)}"]`, event.target.closest("tr") ?? document.createElement("tr"));
    const inBox = event.target.matches("input[type=checkbox], input[type=radio]")
      && (rowButton || "jkx".includes(event.key));
    if (!inBox && event.target.closest("input, select, textarea, [contenteditable]")) return;
    if (event.target.closest(":popover-open") && event.key !== "?") return;
    const after = Date.now() - prefix < PREFIX_MS;
    prefix = event.key === "g" ? Date.now() : 0;
    const place = after && /^[a-z]$/.test(event.key) ? $(`.nav [data-go="${event.key}"]`) : null;
    if (place) { event.preventDefault(); location.assign(place.href); return; }
    const action = actions[event.key] ?? (rowButton && (() => rowButton.click()));
    if (!action) return;
    event.preventDefault();
    action();
  });

  // ---- Tab goes round in an open dialog, for the page behind it is dimmed
  const TABBABLE = "a[href], button, input, select, textarea, summary, [tabindex]";
  const stops = (dialog) => all(TABBABLE, dialog)
    .filter((each) => !each.disabled && each.tabIndex >= 0 && each.type !== "hidden" && visible(each))
    // Of a group of radio buttons Tab stops at the one that is chosen.
    .filter((each, _, list) => each.type !== "radio" || each.checked
      || !list.some((other) => other.type === "radio" && other.name === each.name && other.checked));
  const openDialog = () => all("dialog[popover]:popover-open").at(-1);
  document.addEventListener("toggle", (event) => {
    const dialog = event.target;
    if (event.newState !== "open" || !dialog.matches("dialog[popover]")) return;
    dialog.setAttribute("aria-modal", "true");
    if (!dialog.contains(document.activeElement)) stops(dialog)[0]?.focus();
  }, true);
  document.addEventListener("keydown", (event) => {
    const dialog = event.key === "Tab" && openDialog();
    if (!dialog) return;
    const list = stops(dialog), here = list.indexOf(document.activeElement);
    const [first, last] = event.shiftKey ? [list.at(-1), list[0]] : [list[0], list.at(-1)];
    if (first && (here < 0 || document.activeElement === last)) { event.preventDefault(); first.focus(); }
  });

  prepare();
})();
