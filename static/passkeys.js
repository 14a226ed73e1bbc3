// Passkeys: the browser makes or uses one, and the form carries what it says to the server.
(() => {
  "use strict";
  // A passkey belongs to a name: browsers make none for an address in numbers.
  if (!window.PublicKeyCredential || /^[\d.]+$|:/.test(location.hostname)) return;
  const toBytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const toText = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");

  const readable = (options) => {
    options.challenge = toBytes(options.challenge);
    if (options.user) options.user.id = toBytes(options.user.id);
    for (const list of [options.allowCredentials, options.excludeCredentials]) {
      for (const each of list || []) each.id = toBytes(each.id);
    }
    return options;
  };
  const sendable = (credential) => {
    const response = { clientDataJSON: toText(credential.response.clientDataJSON) };
    for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
      if (credential.response[name]) response[name] = toText(credential.response[name]);
    }
    return JSON.stringify({
      id: credential.id, rawId: toText(credential.rawId), type: credential.type, response,
      clientExtensionResults: {},
    });
  };

  async function ask(form) {
    const answer = await fetch(form.dataset.options, {
      method: "POST",
      headers: { "X-CSRFToken": form.elements.csrf_token.value },
      redirect: "error",
    });
    if (!answer.ok) throw new Error("The server refused. Reload the page and try again.");
    const publicKey = readable(await answer.json());
    const credential = form.dataset.passkey === "create"
      ? await navigator.credentials.create({ publicKey })
      : await navigator.credentials.get({ publicKey });
    form.elements.credential.value = sendable(credential);
    form.submit();
  }

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const note = form.querySelector("[role=alert]");
      note.hidden = true;
      ask(form).catch((error) => {
        note.hidden = false;
        note.querySelector("span").textContent = error.name === "NotAllowedError"
          ? "Nothing was confirmed on your device. Try again."
          : error.message;
      });
    });
  }
  for (const note of document.querySelectorAll("[data-without-passkeys]")) note.hidden = true;
})();
