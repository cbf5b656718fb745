// A portal of the studio's own origin: it hears the element's events anywhere above it.
window.heard = { cohort: [], progress: [], results: [] };
for (const event of Object.keys(window.heard)) {
  document.addEventListener(`m3h-${event}`, ({ detail }) => window.heard[event].push(detail));
}
