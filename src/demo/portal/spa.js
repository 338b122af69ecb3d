// What a single-page portal does: calls its interface in the background, and keeps a socket open.
const say = (id, text) => { document.getElementById(id).textContent = text; };

fetch('/api/whoami', { headers: { accept: 'application/json' } })
  .then(async (answer) => {
    if (!answer.ok) { say('whoami', `refusé (${answer.status})`); return; }
    const body = await answer.json();
    say('whoami', body.verified ? `vérifié : ${body.assertion.sub}` : `non vérifié : ${body.reason}`);
  })
  .catch(() => say('whoami', 'sans réponse'));

const socket = new WebSocket(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/ws`);
socket.addEventListener('open', () => socket.send('bonjour'));
socket.addEventListener('message', (event) => { say('socket', `écho : ${event.data}`); socket.close(); });
socket.addEventListener('error', () => say('socket', 'refusé'));

document.getElementById('register').addEventListener('click', () => {
  navigator.serviceWorker.register('/sw.js')
    .then(() => say('worker', 'installé'))
    .catch(() => say('worker', 'refusé'));
});
