// The page that waits for a payment: the focus stays, and a question without an answer is asked
// again. It listens before htmx starts, so it is loaded first.
'use strict';

const RETRY_MS = 20000;
let hadFocus = false;

addEventListener('htmx:before:swap', () => { hadFocus = document.activeElement !== document.body; });

addEventListener('htmx:after:swap', () => {
  const title = document.getElementById('page-title');
  document.title = [title.textContent, ...document.title.split(' · ').slice(1)].join(' · ');
  if (hadFocus && document.activeElement === document.body) title.focus({preventScroll: true});
});

const askLater = event => {
  const source = event.detail.ctx?.sourceElement;
  setTimeout(() => { if (source?.isConnected) htmx.trigger(source, 'retry'); }, RETRY_MS);
};
addEventListener('htmx:error', askLater);
addEventListener('htmx:response:error', askLater);
