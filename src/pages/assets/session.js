// guichet: tells a page how its session stands, by events on window. It shows nothing and does nothing by itself.
(() => {
  'use strict';
  const warning = Number(document.currentScript?.dataset.warning) || 120;
  const LOOK = 60, SOON = 2, LATE = 5;
  let timer, known, warned, signingIn;
  const tell = (name, detail) => dispatchEvent(new CustomEvent(`guichet:${name}`, { detail }));
  const later = (seconds) => { clearTimeout(timer); timer = setTimeout(state, seconds * 1000); };

  const judge = (now) => {
    const inside = now.state === 'signed-in';
    const left = inside ? Math.min(now.idle_seconds, now.absolute_seconds) : 0;
    if (inside !== known && (known !== undefined || !inside)) tell(inside ? 'signed-in' : 'signed-out', now);
    if (inside && left <= warning && !warned) tell('expiring', now);
    if (inside && left > warning && warned) tell('extended', now);
    warned = inside && left <= warning;
    known = inside;
    if (inside) signingIn = false;
    later(!inside ? (signingIn ? SOON : LOOK) : left > warning ? Math.min(LOOK, left - warning + 1) : Math.min(LATE, left + 1));
    return now;
  };

  const ask = async (path, method) => {
    try {
      const answer = await fetch(`/_guichet/${path}`, { method, cache: 'no-store', credentials: 'same-origin' });
      if (answer.status !== 200 && answer.status !== 401) throw new Error(`guichet: ${answer.status}`);
      return judge(await answer.json());
    } catch (fault) {
      later(LATE);
      throw fault;
    }
  };
  const state = () => ask('session', 'GET').catch(() => {});

  window.guichet = {
    state: () => ask('session', 'GET'),
    keepAlive: () => ask('keep-alive', 'POST'),
    // In a tab of its own, from a click: this page stays as it is, and hears "guichet:signed-in".
    signIn: () => {
      open('/_guichet/connexion?retour=/_guichet/session/ouverte', '_blank', 'noopener');
      signingIn = true;
      later(SOON);
    },
  };
  addEventListener('focus', state);
  state();
})();
