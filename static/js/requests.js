// What every request of htmx needs: its token, its errors, the focus after its answer.
// It listens before htmx starts, so it is loaded first.
'use strict';

const byId = id => document.getElementById(id);
// Sentences come with the page, in its language; {parts} of them are filled in here.
const text = (name, parts = {}) => byId('dock').dataset[name].replace(/\{(\w+)\}/g, (_part, key) => parts[key]);
const csrfToken = () => byId('csrf-token').content;
document.documentElement.classList.add('js');

function announce(region, sentence, retry) {
  const p = document.createElement('p');
  p.textContent = sentence;
  if (retry) {
    const button = Object.assign(document.createElement('button'), {textContent: text('retry'), onclick: retry});
    p.append(' ', button);
  }
  byId(region).replaceChildren(p);
}

// ---- Every request

addEventListener('htmx:config:request', event => {
  const request = event.detail.ctx.request;
  if (request.method === 'GET') return;
  request.headers['X-CSRFToken'] = csrfToken();
  // The page's token is the fresh one after signing in again; the form's would win on the server.
  request.body.delete('csrf_token');
  if (event.detail.ctx.sourceElement.matches('.editors')) request.body.set('hidden', document.hidden);
});

// Requests that nobody pressed a button for.
const isQuiet = event => event.detail.ctx?.sourceElement?.matches?.('#pending, #catalogue, #mails, #alert, .echo, #sheet-totals, .editors');
const busyTimers = new WeakMap();

addEventListener('htmx:before:request', event => {
  if (isQuiet(event)) return;
  // A button in it keeps its focus until there is an answer.
  if (!event.detail.ctx.sourceElement.closest('#status')) byId('status').replaceChildren();
  const source = event.detail.ctx.sourceElement;
  // The button of the review is in the strip.
  const region = source.matches('[data-review]') ? byId('pending') : source.closest('form, tr.package, .page-head, main') ?? document.body;
  busyTimers.set(event.detail.ctx, setTimeout(() => region.setAttribute('aria-busy', 'true'), 400));
});

addEventListener('htmx:finally:request', event => {
  if (isQuiet(event)) return;
  clearTimeout(busyTimers.get(event.detail.ctx));
  document.querySelectorAll('[aria-busy]').forEach(region => region.removeAttribute('aria-busy'));
});

addEventListener('htmx:error', event => {
  if (!event.detail.ctx?.request || isQuiet(event)) return;
  announce('alert', text('unreachable'));
});

// Our server's errors bring their message; a proxy's page is no message.
addEventListener('htmx:response:error', event => {
  const {response, text: body} = event.detail.ctx;
  if (isQuiet(event) || [409, 422].includes(response.status) || body.includes('<hx-partial')) return;
  announce('alert', text('unanswered', {status: response.status}));
});

// They fail in silence. Only that one is signed out is said, and once.
addEventListener('htmx:before:swap', event => {
  const {status} = event.detail.ctx.response;
  if (isQuiet(event) && status >= 400 && (status !== 401 || document.querySelector('[data-signed-out]'))) event.preventDefault();
});

addEventListener('htmx:before:swap', event => {
  const {status} = event.detail.ctx.response;
  if (!isQuiet(event) && (status < 400 || [409, 422].includes(status))) byId('alert').replaceChildren();
});

// ---- Focus: the answer names the element, and what is gone hands over to the heading

addEventListener('htmx:after:swap', () => {
  const named = document.querySelector('[data-focus]');
  if (named) {
    const wanted = byId(named.dataset.focus), name = wanted?.closest('tr')?.querySelector('a[data-name]');
    // On phones a row has no Edit but its name.
    const target = [wanted, name, byId('page-title')].find(stop => stop?.checkVisibility());
    target.focus({preventScroll: target.id === 'page-title'});
    named.removeAttribute('data-focus');
  } else if (hadFocus && (!document.activeElement || document.activeElement === document.body)) {
    byId('page-title')?.focus({preventScroll: true});
  }
});

function tellErrorsInTitle() {
  const error = text('error'), title = document.title.startsWith(error) ? document.title.slice(error.length) : document.title;
  document.title = document.querySelector('.problems') ? error + title : title;
}

addEventListener('htmx:after:swap', tellErrorsInTitle);

let hadFocus = false;
addEventListener('htmx:before:swap', () => { hadFocus = document.activeElement !== document.body; });

// A later morph would focus the same field again.
addEventListener('focusin', event => event.target.removeAttribute?.('autofocus'));

// ---- Signed out meanwhile: the form stays, and Save works again after signing in elsewhere

addEventListener('focus', () => {
  if (document.querySelector('[data-signed-out]')) htmx.ajax('GET', '/login/again', {source: byId('alert'), target: '#alert', swap: 'none'});
});

// ---- The number beside Credit Packages in the menu follows that of the strip

addEventListener('htmx:after:swap', () => {
  const count = byId('pending')?.dataset.count, shown = byId('pending-count');
  if (count === undefined || !shown) return;
  shown.hidden = count === '0';
  shown.lastChild.data = count;
});
