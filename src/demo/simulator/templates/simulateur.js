// Counts down on the e-CPS page; without it the page still works, and tells the time left at each load.
const counter = document.getElementById("rebours");
if (counter) {
  const end = Date.now() + 1000 * Number(counter.dataset.seconds);
  const shown = counter.querySelector("strong");
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    shown.textContent = left === 1 ? "1 seconde" : `${left} secondes`;
    if (left === 0) {
      clearInterval(timer);
      location.reload();
    }
  };
  const timer = setInterval(tick, 1000);
}
