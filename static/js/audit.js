// The audit log in the administration, followed: the same address is read again, and what it shows takes its place.

const EVERY = 5000;
const PARTS = ["#audit-as-of", "#changelist-form"];

async function again() {
  const reply = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!reply.ok || reply.redirected) return;
  const page = new DOMParser().parseFromString(await reply.text(), "text/html");
  for (const part of PARTS) {
    const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
    if (old && fresh && !old.contains(document.activeElement)) old.replaceChildren(...fresh.childNodes);
  }
}

setInterval(() => {
  if (!document.hidden) again().catch(() => undefined); // away: the page says as of when it is
}, EVERY);
