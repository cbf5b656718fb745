// A portal of another origin than the studio's, under a strict policy: ?studio= is the studio's address.
import { connect } from "./m3h-frame.js";

const studio = new URLSearchParams(location.search).get("studio");
const frame = document.querySelector("iframe");
const state = document.querySelector("#state");

window.heard = { cohort: [], progress: [], results: [] };
window.m3h = connect(frame, new URL(studio).origin);
for (const event of Object.keys(window.heard)) {
  window.m3h.addEventListener(event, ({ detail }) => {
    window.heard[event].push(detail);
    state.textContent = `${event} was heard`;
  });
}
frame.src = `${studio}?device=cpu&panels=results,tim&theme=dark&readonly&m3h-accent=rgb(250,150,220)&m3h-radius=url(x)&portal=${encodeURIComponent(location.origin)}`;
