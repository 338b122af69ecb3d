// What script adds; every page works without it. Sentences come from the page, never from here.
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const words = document.body.dataset;
  const live = document.getElementById("annonces");
  const say = (text) => { if (live) { live.textContent = ""; setTimeout(() => { live.textContent = text; }, 50); } };
  const remember = (key, value) => { try { sessionStorage.setItem(key, value); } catch { /* storage may be refused */ } };
  const recall = (key) => { try { const value = sessionStorage.getItem(key); sessionStorage.removeItem(key); return value; } catch { return null; } };
  document.documentElement.classList.add("js");

  // Passwords: show or hide, and the CAPS-LOCK hint.
  for (const input of all('input[type="password"]')) {
    const wrap = document.createElement("div");
    wrap.className = "password";
    const focused = document.activeElement === input;
    input.before(wrap);
    const reveal = document.createElement("button");
    reveal.type = "button";
    reveal.className = "reveal";
    reveal.textContent = words.show;
    reveal.setAttribute("aria-controls", input.id);
    const label = document.querySelector(`label[for="${input.id}"]`);
    const name = label ? label.textContent.replace("*", "").trim() : "";
    const hide = (hidden) => {
      input.type = hidden ? "password" : "text";
      reveal.textContent = hidden ? words.show : words.hide;
      reveal.setAttribute("aria-label", `${reveal.textContent} (${name})`);
    };
    hide(true);
    reveal.addEventListener("click", () => hide(input.type === "text"));
    input.form?.addEventListener("submit", () => hide(true));
    wrap.append(input, reveal);
    if (focused) input.focus();
    const caps = document.createElement("p");
    caps.className = "caps";
    caps.setAttribute("role", "status");
    wrap.after(caps);
    const look = (event) => {
      const on = Boolean(event.getModifierState?.("CapsLock"));
      if (Boolean(caps.textContent) !== on) caps.textContent = on ? words.caps : "";
    };
    input.addEventListener("keydown", look);
    input.addEventListener("keyup", look);
    input.addEventListener("blur", () => { caps.textContent = ""; });
  }

  // Criteria of a new password.
  const list = document.querySelector("[data-criteria]");
  const fresh = document.getElementById("new_password");
  if (list && fresh) {
    const rules = {
      length: (text, least) => [...text].length >= least,
      upper: (text) => /\p{Lu}/u.test(text),
      lower: (text) => /\p{Ll}/u.test(text),
      digit: (text) => /[^\p{L}\s]/u.test(text),
    };
    let timer;
    fresh.addEventListener("input", () => {
      const items = all("li", list);
      let met = 0;
      for (const item of items) {
        const done = Boolean(rules[item.dataset.rule]?.(fresh.value.normalize("NFC"), Number(item.dataset.least)));
        item.classList.toggle("done", done);
        item.querySelector(".criterion-state").textContent = `– ${done ? list.dataset.done : list.dataset.toDo}`;
        if (done) met += 1;
      }
      clearTimeout(timer);
      const some = met > 1 ? `${met} critères sur ${items.length} sont remplis.` : `${met} critère sur ${items.length} est rempli.`;
      timer = setTimeout(() => say(some), 1000);
    });
  }

  // One-time code: a pasted message loses everything but its digits.
  const code = document.getElementById("code");
  code?.addEventListener("paste", (event) => {
    const digits = (event.clipboardData?.getData("text") ?? "").normalize("NFKC").replace(/\D/g, "");
    if (digits.length !== 6) return;
    event.preventDefault();
    code.value = digits;
  });

  // Time left, by the minute; said once, when a minute is left.
  for (const place of all("[data-code-seconds]")) {
    const end = Date.now() + Number(place.dataset.codeSeconds) * 1000;
    let warned = Number(place.dataset.codeSeconds) <= 60;
    const tick = () => {
      const left = Math.max(0, end - Date.now());
      place.textContent = place.dataset.left.replace("{n}", String(Math.ceil(left / 60000)));
      if (left <= 60000 && !warned) { warned = true; say(place.dataset.soon); }
      if (left > 0) setTimeout(tick, Math.min(left, (left % 60000) + 100));
    };
    tick();
  }

  // A sign-in that is confirmed elsewhere: the page looks by itself, and sends its form when there is something to see.
  for (const place of all("[data-ask-seconds]")) {
    const form = place.closest("form");
    const pause = Number(place.dataset.askSeconds) * 1000;
    const look = async () => {
      if (form.dataset.sent) return;
      const body = new URLSearchParams(new FormData(form));
      body.set("script", "oui");
      let news = false;
      try {
        const { status } = await fetch(form.action, { method: "POST", body, credentials: "same-origin" });
        news = status !== 204 && status < 500;
      } catch { /* the network is away: it is asked again */ }
      if (news && !form.dataset.sent) form.requestSubmit(form.querySelector(".button-primary"));
      else setTimeout(look, pause);
    };
    setTimeout(look, pause);
  }

  // Waiting: the pressed button says so, and a second press does nothing.
  const restores = [];
  for (const form of all('form[method="post"]:not(.idle)')) {
    form.addEventListener("submit", (event) => {
      if (form.dataset.sent) { event.preventDefault(); return; }
      form.dataset.sent = "yes";
      const pressed = event.submitter?.classList.contains("visually-hidden") ? form.querySelector(".button-primary") : event.submitter;
      // After this turn: a button changed now might not be sent with its form.
      setTimeout(() => {
        for (const button of all("button[type=submit]", form)) button.setAttribute("aria-disabled", "true");
        const said = pressed?.dataset.waiting ?? pressed?.dataset.waitingHidden;
        if (!said) return;
        if (pressed.dataset.waiting) {
          const before = pressed.textContent;
          restores.push(() => { pressed.textContent = before; });
          pressed.textContent = said;
        }
        say(said);
      }, 0);
    });
  }
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const restore of restores.splice(0)) restore();
    for (const form of all("form")) delete form.dataset.sent;
    for (const button of all('button[aria-disabled="true"]')) button.removeAttribute("aria-disabled");
  });

  // The typed identifier follows to "Mot de passe oublié ?" in this tab, never in an address.
  const identifier = document.getElementById("identifier");
  const KEY = "guichet-identifiant";
  for (const link of all(".forgotten-link, .box a")) {
    if (!link.pathname?.endsWith("/mot-de-passe-oublie")) continue;
    link.addEventListener("click", () => { if (identifier?.value) remember(KEY, identifier.value); });
  }
  if (identifier && location.pathname.endsWith("/mot-de-passe-oublie")) {
    const typed = recall(KEY);
    if (typed && !identifier.value) identifier.value = typed;
  }

  // Billing: the fields leave while the box is ticked.
  for (const fields of all("[data-hidden-by]")) {
    const box = document.getElementById(fields.dataset.hiddenBy);
    const follow = () => { fields.hidden = box.checked; };
    box?.addEventListener("change", follow);
    if (box) follow();
  }

  // Two minutes before the session's idle end.
  for (const warning of all("[data-idle-seconds]")) {
    const seconds = Number(warning.dataset.idleSeconds);
    let timer;
    const arm = () => {
      clearTimeout(timer);
      warning.hidden = true;
      timer = setTimeout(() => { warning.hidden = false; say(warning.dataset.idleText); }, Math.max(0, seconds - 120) * 1000);
    };
    arm();
    warning.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const answer = await fetch(warning.action, { method: "POST", body: new URLSearchParams(new FormData(warning)), credentials: "same-origin" });
        if (answer.ok) { arm(); document.getElementById("contenu").focus(); } else location.reload();
      } catch { /* the network is away: the warning stays */ }
    });
  }
})();
