// Reloads the page of a course file when the file has changed. Without JavaScript the page is reloaded by hand.
const { watch, digest } = document.getElementById("follow").dataset;
const EVERY = 1000; // ms

async function look() {
  if (!document.hidden) {
    try {
      const response = await fetch(watch, { cache: "no-cache" }); // the browser asks with the ETag it knows
      if (response.ok && (await response.text()) !== digest) {
        location.reload();
        return;
      }
    } catch {
      // The server is restarting: ask again.
    }
  }
  setTimeout(look, EVERY);
}

setTimeout(look, EVERY);
