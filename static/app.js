// What htmx does not do by itself. Every page works without this file.
(() => {
  "use strict";
  const LONGEST_WAIT = 60_000, QUIET = 15_000;    // ms
  const $ = (selector, root = document) => root.querySelector(selector);

  // ---- every htmx request to this server carries the CSRF token, and no request to another one does
  document.addEventListener("htmx:configRequest", (event) => {
    if (new URL(event.detail.path, location.href).origin !== location.origin) return;
    event.detail.headers["X-CSRFToken"] = $("meta[name=csrf-token]").content;
  });

  // ---- polling: not while the tab is hidden; after errors ever more rarely, up to once a minute
  const troubles = new Map();                     // id of the polling element -> {wait, until, since}
  // The element that asked: where it was swapped away, htmx sends the event to what is left of its place.
  const asker = (event) => event.detail.requestConfig.elt;
  const polls = (element) => (element.getAttribute("hx-trigger") || "").includes("every ");
  document.addEventListener("htmx:beforeRequest", (event) => {
    const element = asker(event);
    if (!polls(element) || event.detail.requestConfig.triggeringEvent) return;
    const trouble = troubles.get(element.id);
    if (document.hidden || (trouble && Date.now() < trouble.until)) event.preventDefault();
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    const element = asker(event);
    if (!polls(element)) return;
    if (event.detail.successful) { troubles.delete(element.id); stale(); return; }
    const before = troubles.get(element.id);
    const wait = Math.min(LONGEST_WAIT, (before ? before.wait : 2_000) * 2);
    troubles.set(element.id, { wait, until: Date.now() + wait, since: before ? before.since : Date.now() });
    stale();
  });

  // <p class="why tone-wait" data-stale-for="ID of the polling element" hidden> tells how old what you see is
  function stale() {
    for (const note of document.querySelectorAll("[data-stale-for]")) {
      const trouble = troubles.get(note.dataset.staleFor);
      note.hidden = !trouble;
      if (!trouble) continue;
      const old = Math.round((Date.now() - trouble.since) / 1000);
      const next = Math.max(0, Math.round((trouble.until - Date.now()) / 1000));
      note.textContent = `Stale: not updated for ${old} s, trying again in ${next} s`;
    }
  }
  setInterval(() => { if (troubles.size) stale(); }, 1000);

  // ---- a link that htmx follows into a dialog: the dialog opens at once, its question comes when it is there
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-opens]");
    if (link) document.getElementById(link.dataset.opens).showPopover();
  });

  // ---- a campaign without a time zone: the browser's is proposed, where it is a place
  function proposeZone() {
    const field = $("[data-propose-zone]");
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "";
    if (!field || field.value || !zone.includes("/") || zone.startsWith("Etc/")) return;
    field.value = zone;
    field.removeAttribute("data-propose-zone");
    field.dispatchEvent(new Event("change", { bubbles: true }));
  }
  document.addEventListener("DOMContentLoaded", proposeZone);

  // ---- a field with a list of choices: what is typed replaces its text, for the list shows what matches the text
  document.addEventListener("focusin", (event) => {
    if (event.target.matches("input[list]")) event.target.select();
  });

  // ---- toasts: what the server refused, in its own words, or that it did not answer
  function toast(html, fallback) {
    const tray = $("#toasts");
    if (!tray) return;
    const given = new DOMParser().parseFromString(html || "", "text/html").querySelector(".toast");
    const box = given ? document.importNode(given, true) : document.createElement("div");
    if (!given) {
      box.className = "toast";
      box.setAttribute("role", "alert");
      box.append(Object.assign(document.createElement("p"), { textContent: fallback }));
    }
    tray.replaceChildren(box);
    dismissable(tray);
  }
  const dismissable = (root) => root.querySelectorAll("[data-dismiss]").forEach((button) => { button.hidden = false; });
  document.addEventListener("htmx:responseError", (event) => {
    if (polls(asker(event))) return;              // the stale note tells it
    toast(event.detail.xhr.responseText, `The server could not do this (${event.detail.xhr.status}).`);
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (!polls(asker(event))) toast("", "The server did not answer. Check the connection and try again.");
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest(".toast").remove();
    for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // ---- after a swap: the focus on what is to be corrected, and a word for those who listen
  let said = null, saidAt = 0, waiting = null;
  function announce() {
    const line = $("#announce"), news = $("[data-announce]")?.dataset.announce;
    if (!line || news === undefined || news === said || waiting) return;
    const wait = saidAt + QUIET - Date.now();
    if (said !== null && wait > 0) {
      waiting = setTimeout(() => { waiting = null; announce(); }, wait);
      return;
    }
    if (said !== null) { line.textContent = news; saidAt = Date.now(); }  // what the page began with is read as the page
    said = news;
  }
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.xhr?.status === 422) $("#error-summary")?.focus();
    dismissable(document);
    announce();
  });

  // ---- this file is deferred: the document is read
  dismissable(document);
  announce();
  if ($("#error-summary")) $("#error-summary").focus();
})();
