// What the pages of the browser SDKs share. The test serves the page and this; the gateway's address stands behind the #.
export const gateway = decodeURIComponent(location.hash.slice(1));

export async function run(send) {
  try {
    for (let phase = 1; phase <= 4; phase++) {
      await fetch(`/phase/${phase}`);
      await send(`p${phase}`);
      // The next phase changes the server: it begins once this phase's events have arrived.
      await fetch(`/arrived/${phase}`);
    }
    await fetch('/done');
  } catch (error) {
    await fetch('/failed', { method: 'POST', body: String(error?.stack ?? error) });
  }
}

addEventListener('unhandledrejection', (event) => fetch('/failed', { method: 'POST', body: String(event.reason?.stack ?? event.reason) }));
addEventListener('error', (event) => fetch('/failed', { method: 'POST', body: String(event.message) }));
