// A form is not sent again before its answer is there: a second press would find the code used up,
// and the buyer would be asked for another one.
'use strict';

const PATIENCE_MS = 15000;
const BUSY_MS = 400;
let sentAt = -PATIENCE_MS;

const isWaiting = () => performance.now() - sentAt < PATIENCE_MS;
const calmDown = () => document.querySelectorAll('[aria-busy]').forEach(button => button.removeAttribute('aria-busy'));

addEventListener('submit', event => {
  if (isWaiting()) { event.preventDefault(); return; }
  sentAt = performance.now();
  setTimeout(() => { if (isWaiting()) event.submitter?.setAttribute('aria-busy', 'true'); }, BUSY_MS);
  setTimeout(calmDown, PATIENCE_MS);
});

// Back from the provider's page by the browser's own button, the page is asked for anew: as an answer
// to a form it would be an error of the browser.
history.replaceState(null, '', location.href);
addEventListener('pageshow', () => { sentAt = -PATIENCE_MS; calmDown(); });
