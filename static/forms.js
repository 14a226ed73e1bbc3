// The campaign's form is swapped when a row is added or removed: what was typed meanwhile is put back into it.
(() => {
  "use strict";
  const ID = "campaign-form";
  const isOurs = (event) => event.detail.target?.id === ID;
  const isRow = /^(windows|keys)-\d+-/;
  const nameOf = (field) => (field.matches("[type=checkbox], [type=radio]") ? `${field.name}=${field.value}` : field.name);
  const valueOf = (field) => (field.matches("[type=checkbox], [type=radio]") ? field.checked : field.value);
  const read = () => new Map([...document.getElementById(ID).elements]
    .filter((field) => field.name && !field.matches("button, [type=hidden]"))
    .map((field) => [nameOf(field), valueOf(field)]));

  let sent = null, typed = null;                  // as the server has it; what differs when its answer comes
  document.addEventListener("htmx:beforeRequest", (event) => { if (isOurs(event)) sent = read(); });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!isOurs(event) || !sent) return;
    // Once a row is gone the numbers of the rows after it mean others.
    const moved = /^remove_/.test(event.detail.requestConfig?.elt?.name ?? "");
    typed = [...read()].filter(([name, value]) => sent.get(name) !== value && !(moved && isRow.test(name)));
    sent = null;
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!typed?.length) return;
    const wanted = new Map(typed);
    typed = null;
    let last = null;
    for (const field of document.getElementById(ID).elements) {
      if (!field.name || !wanted.has(nameOf(field))) continue;
      if (field.matches("[type=checkbox], [type=radio]")) field.checked = wanted.get(nameOf(field));
      else field.value = wanted.get(nameOf(field));
      last = field;
    }
    last?.dispatchEvent(new Event("change", { bubbles: true }));
  });
})();

// A file dropped anywhere on a page with a file field goes into that field: the browser would leave the page to show it.
(() => {
  "use strict";
  const fields = () => [...document.querySelectorAll("input[type=file]:not(:disabled)")].filter((each) => each.offsetParent);
  const find = (event) => {
    const all = event.dataTransfer?.types.includes("Files") ? fields() : [];
    // Of several fields, the one in the form that it was dropped on; elsewhere it is not clear which is meant.
    return all.length > 1 ? all.find((each) => each.form?.contains(event.target)) : all[0];
  };
  const mark = (field) => fields().forEach((each) => each.classList.toggle("over", each === field));
  document.addEventListener("dragover", (event) => {
    if (!event.dataTransfer?.types.includes("Files") || !fields().length) return;
    event.preventDefault();
    const field = find(event);
    event.dataTransfer.dropEffect = field ? "copy" : "none";
    mark(field);
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) mark(null); });
  document.addEventListener("drop", (event) => {
    if (!event.dataTransfer?.types.includes("Files") || !fields().length) return;
    event.preventDefault();
    const field = find(event);
    mark(null);
    if (!field) return;
    const files = event.dataTransfer.files;
    // None is taken rather than one that chance picks.
    if (files.length > 1 && !field.multiple) {
      const detail = `One file is taken at a time, and you dropped ${files.length}. Drop one of them.`;
      document.dispatchEvent(new CustomEvent("switchboard:refuse", { detail }));
      return;
    }
    field.files = files;
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  });
})();
