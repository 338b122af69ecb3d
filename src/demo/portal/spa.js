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

// How the session stands, as guichet's script tells it; without the gateway there is no such script.
addEventListener('guichet:expiring', () => say('session', 'se ferme bientôt'));
addEventListener('guichet:extended', () => say('session', 'prolongée'));
addEventListener('guichet:signed-out', (event) => say('session', `fermée : ${event.detail.reason || 'personne'}`));
addEventListener('guichet:signed-in', () => say('session', 'rouverte'));
document.getElementById('stay').addEventListener('click', () => window.guichet?.keepAlive());
document.getElementById('again').addEventListener('click', () => window.guichet?.signIn());
