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

  // ---- what is polled is the same for all readers: its forms get the reader's own token when they are sent
  document.addEventListener("submit", (event) => {
    const field = event.target.elements.namedItem("csrf_token");
    if (field && !field.value) field.value = $("meta[name=csrf-token]").content;
  }, true);

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
    if (event.detail.successful) { troubles.delete(element.id); answered(element, event.detail.xhr); return; }
    const before = troubles.get(element.id);
    const wait = Math.min(LONGEST_WAIT, (before ? before.wait : 2_000) * 2);
    troubles.set(element.id, { wait, until: Date.now() + wait, since: before ? before.since : Date.now() });
    stale();
  });

  // ---- a page on which something was typed is not left for the sign-in
  let typed = false;
  document.addEventListener("input", (event) => { if (event.target.closest("form[method=post]")) typed = true; });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.detail.xhr.status !== 401 || !typed || event.detail.elt.closest?.("#sign-in-again")) return;
    event.preventDefault();
    signedOut();
  });

  // ---- but the sign-in comes over it: then the form is sent that was to be, unless somebody else has signed in
  let isOut = false, isLater = false, unsent = null;
  function signInAgain() {
    const address = $("meta[name=sign-in]")?.content;
    if (!address || $("#sign-in-again")) return;
    document.body.append(Object.assign(document.createElement("div"), { id: "sign-in-again" }));
    htmx.ajax("GET", address, { target: "#sign-in-again", swap: "outerHTML" }).catch(() => {});  // its events say it
  }
  // No dialog came: its empty place goes, so that the next Save asks for it again, and nothing is sent unasked.
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful || !event.detail.target?.matches("div#sign-in-again")) return;
    event.detail.target.remove();
    unsent = null;
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!isOut || form.method !== "post" || form.closest("#sign-in-again")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    unsent = [form, event.submitter];
    signInAgain();
  }, true);
  document.addEventListener("htmx:afterSwap", () => {
    const dialog = $("#sign-in-again");
    if (!dialog) return;
    if (dialog.dataset.token === undefined) {
      if (dialog.showModal && !dialog.open) dialog.showModal();
      return;
    }
    $("meta[name=csrf-token]").content = dialog.dataset.token;
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = dialog.dataset.token;
    dialog.remove();
    $("#toasts")?.replaceChildren();
    isOut = isLater = false;
    const [form, submitter] = unsent ?? [];
    unsent = null;
    const here = $("meta[name=sign-in]").dataset, { user, email } = dialog.dataset;
    if (here.user !== user) {
      toast("", `You are now signed in as ${email}; this page was opened by ${here.email}. `
        + `Nothing was sent: what you save now is saved as ${email}.`);
      Object.assign(here, { user, email });
      $("#user-name").textContent = email.split("@")[0];
      submitter?.focus();
    } else if (form?.isConnected) form.requestSubmit(submitter);
    else toast("", "You are signed in again. Save what you typed.");
  });
  document.addEventListener("close", (event) => {
    if (event.target.id !== "sign-in-again") return;
    event.target.remove();
    unsent = null;
    isLater = true;
  }, true);
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-later]")) event.target.closest("dialog").close();
  });

  // ---- the reader's clock: what the server wrote of "now" and of "for so long" goes on here
  const clock = document.documentElement.dataset.clock || "UTC";
  const clockName = document.documentElement.dataset.clockName || clock;
  const time = (at, seconds) => new Intl.DateTimeFormat("en-GB", {
    hour: "2-digit", minute: "2-digit", second: seconds ? "2-digit" : undefined, timeZone: clock,
  }).format(at);
  const lasted = (seconds) => {
    const two = (number) => String(number).padStart(2, "0");
    const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
    return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
  };
  let ahead = 0;                                  // of the server's clock, ms
  function count() {
    if (troubles.size || lampTrouble) return;     // nothing is known of those calls any more
    for (const each of document.querySelectorAll("[data-since]")) {
      const seconds = (Date.now() - ahead - Date.parse(each.dataset.since)) / 1000;
      const shown = Math.min(seconds * (Number(each.dataset.speed) || 1), Number(each.dataset.most) || Infinity);
      each.textContent = lasted(Math.max(0, Math.floor(shown)));
    }
  }
  setInterval(count, 1000);

  // What many look at was rendered a moment ago: the server says how long. A poll shows nothing that is older than what
  // is there: a whole page, and what a button is answered with, are as new as their request.
  const opened = performance.getEntriesByType("navigation")[0]?.requestStart ?? 0;
  const shown = new Map();                        // by the id of an element: when its news were read (performance.now)
  const late = new WeakSet();                     // answers that were too old
  const ageOf = (xhr) => 1000 * Number(xhr.getResponseHeader("X-Fragment-Age") ?? 0);
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target, shouldSwap, requestConfig } = event.detail, at = performance.now() - ageOf(xhr);
    if (!shouldSwap || !target.id) return;
    const isPoll = polls(asker(event)) && !requestConfig.triggeringEvent;
    if (!isPoll || at >= (shown.get(target.id) ?? opened)) { shown.set(target.id, at); return; }
    late.add(xhr);
    event.detail.shouldSwap = false;
  });

  // An answer without news comes from the browser's cache, with the time at which it was news.
  function answered(element, xhr) {
    if (late.has(xhr)) { count(); stale(); return; }
    const at = Date.now() - ahead - ageOf(xhr);
    for (const age of document.getElementById(element.id)?.querySelectorAll("[data-age]") ?? []) {
      age.dateTime = new Date(at).toISOString();
      age.textContent = time(at, true);
    }
    count();
    stale();
  }

  // ---- the tab: its title and icon are those of the state that is shown
  const icon = $("#favicon"), ownTitle = document.title;
  function tab() {
    const state = $("[data-title]"), bad = troubles.size > 0 || lampTrouble !== null;
    if (!state && !bad && document.title === ownTitle) return;
    const title = state ? `${state.dataset.title} · Switchboard` : ownTitle;
    document.title = bad ? `? ${title}` : title;
    const tone = bad ? "bad" : state ? state.dataset.tone : "";
    const wanted = icon.dataset[tone] || icon.dataset.plain;
    if (icon.getAttribute("href") !== wanted) icon.setAttribute("href", wanted);
  }
  icon.dataset.plain = icon.getAttribute("href");

  // ---- the bar's lamp is asked about on every page, so every page knows when nobody answers
  const LAMP_EVERY = 10_000;
  let lampTrouble = null, asking = false;         // {since} or null
  let leaving = false;                            // what is cut off then says nothing of the server
  addEventListener("pagehide", () => { leaving = true; });
  addEventListener("pageshow", () => { leaving = false; });
  async function lamp() {
    const address = $("meta[name=lamp]")?.content;
    if (!address || document.hidden || asking) return;
    asking = true;
    try {
      const answer = await fetch(address, { signal: AbortSignal.timeout(15_000) });
      if (!answer.ok) throw new Error(String(answer.status));
      if (answer.redirected) { signedOut(); return; }
      // Signed in in another tab: this page's forms need the token of that session.
      if (isOut && !$("#sign-in-again[data-token]")) { $("#sign-in-again")?.remove(); signInAgain(); }
      const said = Date.parse(answer.headers.get("Date") || "");
      if (said) ahead = Math.abs(Date.now() - said) < 2_000 ? 0 : Date.now() - said;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      for (const id of ["engine-lamp", "engine-note"]) {
        const [now, next] = [document.getElementById(id), page.getElementById(id)];
        if (now && next && now.outerHTML !== next.outerHTML) now.replaceWith(document.importNode(next, true));
      }
      lampTrouble = null;
    } catch { if (!leaving) lampTrouble ??= { since: Date.now() }; } finally { asking = false; stale(); }
  }
  function signedOut() {
    isOut = true;
    if (typed && !isLater) { signInAgain(); return; }
    if (!$("#toasts .toast")) toast("", "You have been signed out. Sign in again in another tab: what you typed here stays.");
  }
  setInterval(lamp, LAMP_EVERY);
  document.addEventListener("visibilitychange", lamp);

  // ---- what is shown when there is no answer: since when, and a way to ask at once
  function stale() {
    const since = Math.min(...[...troubles.values(), lampTrouble].filter(Boolean).map((each) => each.since));
    const note = $("#no-answer"), isStale = Number.isFinite(since);
    document.documentElement.classList.toggle("no-answer", isStale);
    if (note && note.hidden === isStale) note.hidden = !isStale;
    if (isStale && note) {
      const words = `Switchboard hasn’t answered since ${time(since)} ${clockName}.`;
      const line = $("[data-words]", note);
      if (line.textContent !== words) line.textContent = words;
    }
    tab();
  }
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-retry]")) return;
    for (const trouble of troubles.values()) Object.assign(trouble, { wait: 2_000, until: 0 });
    lamp();
    for (const id of [...troubles.keys()]) {
      const element = document.getElementById(id);
      if (!element) { troubles.delete(id); continue; }
      htmx.ajax("GET", element.getAttribute("hx-get"), { source: element, target: element, swap: "outerHTML" });
    }
  });

  // ---- the calls follow what happens until somebody reads in them: then their order stands still
  function isReading(table) {
    const chosen = getSelection();
    return table.contains(document.activeElement)
      || (!chosen.isCollapsed && table.contains(chosen.anchorNode))
      || table.getBoundingClientRect().top < 0;
  }
  document.addEventListener("htmx:configRequest", (event) => {
    const table = event.detail.elt;
    if (table.id !== "calls-table" || !table.dataset.top || !isReading(table)) return;
    const asked = new URL(event.detail.path, location.href).searchParams;
    if (asked.has("top") || asked.has("sort")) return;
    event.detail.parameters.top = table.dataset.top;
    if (table.dataset.at) event.detail.parameters.at = table.dataset.at;
  });

  // ---- a link that htmx follows into a dialog: the dialog opens at once, its question comes when it is there
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-opens]");
    if (link) document.getElementById(link.dataset.opens).showPopover();
  });

  // ---- the reader's clock: the server is told the browser's zone, and the page comes again if it was on another
  function tellZone() {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    const before = document.cookie.split("; ").find((each) => each.startsWith("zone="));
    const cookie = `zone=${zone}`;
    if (!zone || before === cookie) return;
    document.cookie = `${cookie}; path=/; max-age=31536000; samesite=lax${location.protocol === "https:" ? "; secure" : ""}`;
    const shown = document.documentElement.dataset.zone;
    if (shown && shown !== zone && document.cookie.split("; ").includes(cookie)) location.reload();
  }
  tellZone();

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

  // ---- toasts: what the server refused, in its own words, or that it did not answer. While a dialog is open, the
  // page's own tray is dimmed and out of reach, so they appear in the dialog
  const openDialog = () => [...document.querySelectorAll("dialog:popover-open, dialog:modal")].at(-1);
  function findTray() {
    const dialog = openDialog();
    if (!dialog) return $("#toasts");
    let tray = $(".toasts", dialog);
    if (!tray) {
      tray = Object.assign(document.createElement("div"), { className: "toasts" });
      dialog.append(tray);
    }
    return tray;
  }
  function showToasts(boxes) {
    const tray = findTray();
    if (!tray || !boxes.length) return;
    tray.replaceChildren(...boxes);
    dismissable(tray);
    if (tray.id !== "toasts") tray.scrollIntoView({ block: "nearest" });
  }
  // A toast that nobody has dismissed moves to the page when its dialog closes, and is not there when the dialog opens again.
  function closeTray(event) {
    const tray = event.target.matches("dialog") && $(".toasts", event.target);
    if (!tray || event.newState === "open") return;
    tray.remove();
    if (tray.firstChild) showToasts([...tray.children]);
  }
  document.addEventListener("toggle", closeTray, true);
  document.addEventListener("close", closeTray, true);
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "toasts" && openDialog()) showToasts([...event.detail.target.children]);
  });
  function toast(html, fallback) {
    const given = new DOMParser().parseFromString(html || "", "text/html").querySelector(".toast");
    const box = given ? document.importNode(given, true) : document.createElement("div");
    if (!given) {
      box.className = "toast";
      box.setAttribute("role", "alert");
      box.append(Object.assign(document.createElement("p"), { textContent: fallback }));
      const close = Object.assign(document.createElement("button"), { className: "link", type: "button" });
      close.setAttribute("aria-label", "Dismiss");
      close.setAttribute("data-dismiss", "");
      close.append(drawIcon("close"));
      box.prepend(drawIcon("failed", "tone-bad"));
      box.append(close);
    }
    showToasts([box]);
  }
  function drawIcon(name, tone = "") {
    const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    for (const [key, value] of Object.entries({ class: `i ${tone}`, width: 16, height: 16, "aria-hidden": "true" })) {
      icon.setAttribute(key, value);
    }
    const use = document.createElementNS(icon.namespaceURI, "use");
    use.setAttribute("href", `#i-${name}`);
    icon.append(use);
    return icon;
  }
  const dismissable = (root) => root.querySelectorAll("[data-dismiss]").forEach((button) => { button.hidden = false; });
  document.addEventListener("switchboard:refuse", (event) => toast("", event.detail));
  document.addEventListener("htmx:responseError", (event) => {
    if (polls(asker(event))) return;              // the banner says it
    toast(event.detail.xhr.responseText, `The server could not do this (${event.detail.xhr.status}).`);
  });
  document.addEventListener("htmx:sendError", (event) => {
    if (!polls(asker(event))) toast("", "The server did not answer. Check the connection and try again.");
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest(".toast").remove();
    for (const menu of document.querySelectorAll(".menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });

  // ---- details that stay as the reader left them, open or closed, still get the new numbers
  document.addEventListener("htmx:beforeSwap", (event) => {
    const kept = document.querySelectorAll("details.data[hx-preserve]");
    if (!kept.length || !event.detail.shouldSwap) return;
    const fresh = new DOMParser().parseFromString(event.detail.serverResponse, "text/html");
    for (const old of kept) {
      const next = fresh.getElementById(old.id);
      if (!next) continue;
      for (const part of ["summary", ".scroll"]) $(part, old).replaceChildren(...$(part, next).childNodes);
    }
  });

  // ---- after a swap: the focus on what is to be corrected, and a word for those who listen
  // Of a form with one field there is no list of what is wrong: the field itself has it.
  const focusRefusal = () => ($("#error-summary") ?? $("main [aria-invalid=true]"))?.focus();
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
    if (event.detail.xhr?.status === 422) focusRefusal();
    dismissable(document);
    announce();
    count();
    tab();
  });

  // ---- this file is deferred: the document is read
  dismissable(document);
  announce();
  focusRefusal();
})();
