// What HTML cannot do by itself: drag and drop, the shared Move menu, keys, focus, warnings.
// No state lives here but the drag and the moves that wait for their turn.
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
const isQuiet = event => event.detail.ctx?.sourceElement?.matches?.('#pending, #catalogue, #alert, .echo, .editors');
const busyTimers = new WeakMap();

addEventListener('htmx:before:request', event => {
  if (isQuiet(event)) return;
  // A button in it keeps its focus until there is an answer.
  if (!event.detail.ctx.sourceElement.closest('#status')) byId('status').replaceChildren();
  const region = event.detail.ctx.sourceElement.closest('form, li.package, .page-head, main') ?? document.body;
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
    const target = byId(named.dataset.focus) ?? byId('page-title');
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

// ---- Forms

const isChanged = field => field.type !== 'hidden' && (field.options
  ? field.selectedIndex !== Math.max(0, [...field.options].findIndex(option => option.defaultSelected))
  : field.value !== field.defaultValue);

function isUnsaved(form) {
  return 'unsaved' in form.dataset || [...form.elements].some(field => field.name && isChanged(field));
}

let isLeavingBySubmit = false;
addEventListener('submit', event => { isLeavingBySubmit = !event.defaultPrevented && event.target.matches('[data-guard]'); });
addEventListener('beforeunload', event => {
  if (!isLeavingBySubmit && [...document.querySelectorAll('form[data-guard]')].some(isUnsaved)) event.preventDefault();
});

addEventListener('change', event => {
  const field = event.target, form = field.form;
  if (!form?.elements.currency) return;
  if (field.name === 'currency') field.dataset.chosen = '';
  if (field.name !== 'country') return;
  const usual = field.selectedOptions[0].dataset.currency;
  if (usual && !('chosen' in form.elements.currency.dataset)) form.elements.currency.value = usual;
  // A place that nobody typed counts in the country it was opened in.
  const {position, opened_position: opened} = form.elements, isBack = field.selectedOptions[0].defaultSelected;
  opened.dataset.place ??= opened.value;
  if (['', opened.dataset.place].includes(position.value)) position.value = isBack ? opened.dataset.place : '';
  opened.value = isBack ? opened.dataset.place : '';
});

const isBeingSaved = form => form.matches('.htmx-request');

// The answer takes the form's place, and what was changed after Save would go with it: it holds still.
function hold(event, isHeld) {
  const form = event.detail.ctx?.sourceElement;
  if (!form?.matches?.('[data-guard]')) return;
  form.toggleAttribute('data-held', isHeld);
  for (const field of form.querySelectorAll('[type=text], textarea')) field.readOnly = isHeld;
}

// What cannot be read-only is held by this; disabled or inert it would lose the focus.
for (const type of ['keydown', 'mousedown', 'click']) {
  addEventListener(type, event => {
    const field = event.target.closest?.('[data-held] :is(select, [type=radio], label)');
    if (field && event.key !== 'Tab') event.preventDefault();
  }, true);
}

addEventListener('htmx:before:request', event => hold(event, true));
addEventListener('htmx:finally:request', event => hold(event, false));

// Add and Duplicate open their form in one place; what is typed there and not saved yet keeps it.
addEventListener('htmx:config:request', event => {
  const opener = event.detail.ctx.sourceElement, form = byId('add-slot')?.querySelector('form');
  if (!opener.matches('[hx-target="#add-slot"]')) return;
  if (!form || !isUnsaved(form) && !isBeingSaved(form)) {
    byId('add-slot').dataset.opener = opener.id;
    return;
  }
  event.preventDefault();
  form.elements.name.focus();
  announce('alert', text('unsaved'));
});

addEventListener('click', event => {
  const closer = event.target.closest?.('[data-close=add]');
  // Whatever was sent is answered in the form.
  if (closer && !isBeingSaved(closer.form)) {
    event.preventDefault();
    closer.closest('.package-form').remove();
    byId('alert').replaceChildren();
    tellErrorsInTitle();
    (byId(byId('add-slot').dataset.opener) ?? byId('add')).focus();
  }
  const problem = event.target.closest?.('.problems a[href^="#"]');
  if (problem) {
    event.preventDefault();
    byId(problem.hash.slice(1))?.focus();
  }
});

// Escape closes a form as Cancel does, but never takes along what was typed.
addEventListener('keydown', event => {
  const cancel = event.target.closest?.('.package-form')?.querySelector('[data-cancel]');
  if (!cancel || event.key !== 'Escape' || event.isComposing) return;
  if (isUnsaved(cancel.closest('form'))) announce('alert', text('escape')); else cancel.click();
});

// ---- A link to hand on

addEventListener('focusin', event => { if (event.target.matches?.('[data-select]')) event.target.select(); });

addEventListener('click', async event => {
  const link = byId(event.target.closest?.('[data-copy]')?.dataset.copy);
  if (!link) return;
  link.select();
  const isCopied = await navigator.clipboard?.writeText(link.value).then(() => true, () => false);
  announce('status', text(isCopied ? 'copied' : 'selected'));
});

// ---- Others see who has a form open; one that is closed says so at once

function sayClosed(editors) {
  navigator.sendBeacon(`${editors.getAttribute('hx-post')}/end`, new URLSearchParams({csrf_token: csrfToken()}));
}

addEventListener('htmx:before:cleanup', event => { if (event.target.matches?.('.editors')) sayClosed(event.target); });
addEventListener('pagehide', () => document.querySelectorAll('.editors').forEach(sayClosed));

// ---- Order: drag, arrow keys and the Move menu all end in move()

let isDragging = false, isCancelled = false, wayBack = null, waiting = 0, isStale = false, lastMove = Promise.resolve();

const listOf = row => row.closest('ol.packages');
const addressOf = id => byId(`move-${id}`).formAction;

// One request at a time and none dropped, however fast the rows are moved.
function move(id, values) {
  const country = listOf(byId(`package-${id}`)).dataset.country;
  const address = addressOf(id);
  waiting++;
  lastMove = lastMove.then(async () => {
    // Not from the list: a request takes along what is typed in the open forms of its source.
    const status = await send('POST', address, {source: byId('row-actions'), target: byId(`packages-${country}`), values: {...values, country}});
    waiting--;
    // It may have come to another page; a row that is in sight stays where it is.
    if (document.activeElement.id === `handle-${id}`) document.activeElement.scrollIntoView({block: 'nearest'});
    if (status < 200 || status >= 400) isStale = true;
    // An answer below 500 has said why by itself.
    if (status < 200 || status >= 500) {
      announce('alert', text('unmoved'), () => { byId('alert').replaceChildren(); move(id, values); });
    }
    if (isStale && !waiting && !isDragging) await reload();
  });
}

// The answer's status, 0 when there was none.
async function send(method, address, options) {
  let status = 0;
  const watch = event => { if (event.detail.ctx.values === options.values) status = event.detail.ctx.response?.status ?? 0; };
  addEventListener('htmx:finally:request', watch);
  await htmx.ajax(method, address, {...options, swap: 'outerMorph'});
  removeEventListener('htmx:finally:request', watch);
  return status;
}

// Puts every row back where the server has it; when that cannot be asked, where the row itself still says it is.
async function reload() {
  isStale = await send('GET', location.href, {source: byId('catalogue'), target: '#catalogue', select: '#catalogue', values: {}}) !== 200;
  if (!isStale) return;
  const focused = document.activeElement;
  for (const list of document.querySelectorAll('ol[data-sortable]')) {
    const hasPlace = row => row.querySelector('.handle');
    const rows = [...list.children].filter(hasPlace).sort((a, b) => placeOf(a)[0] - placeOf(b)[0]);
    list.append(...[...list.children].map(row => hasPlace(row) ? rows.shift() : row));
  }
  focused.focus({preventScroll: true});
}

// Never redraw a list under a drag or while later moves wait; messages and the banner still come.
addEventListener('htmx:before:swap', event => {
  if (!isDragging && waiting < 2) return;
  const tasks = event.detail.tasks;
  for (let i = tasks.length; i--;) {
    if (tasks[i].target?.closest?.('#catalogue') && !tasks[i].target.matches('.editing')) {
      tasks.splice(i, 1);
      if (isDragging) isStale = true;
    }
  }
});

// A row in edit mode stays, also where the fresh list has no such row any more.
addEventListener('htmx:before:swap', event => {
  const {tasks} = event.detail, isClosed = row => tasks.some(task => task.target === row);
  for (const {target, fragment} of tasks) {
    for (const row of target?.querySelectorAll('ol.packages > .package-form') ?? []) {
      if (isClosed(row) || fragment.getElementById(row.id)) continue;
      const list = row.parentNode, at = [...list.children].indexOf(row);
      const fresh = fragment.getElementById(list.id) ?? fragment.firstElementChild.appendChild(list.cloneNode());
      fresh.insertBefore(row.cloneNode(), fresh.children[at] ?? null);
    }
  }
});

addEventListener('keydown', event => {
  const handle = event.target.closest?.('.handle');
  const step = {ArrowUp: 'up', ArrowDown: 'down'}[event.key];
  if (!handle || !step || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const row = handle.closest('li');
  const [place, total] = placeOf(row);
  if (step === 'up' ? place > 1 : place < total) move(row.dataset.id, {step});
  else announce('status', text(step === 'up' ? 'first' : 'last', {name: nameOf(row), place, total}));
});

// Escape lets go of the dragged row; onUpdate then puts it back.
addEventListener('keydown', event => {
  if (event.key !== 'Escape' || !isDragging) return;
  isCancelled = true;
  document.dispatchEvent(new PointerEvent('pointerup', {bubbles: true}));
});

const nameOf = row => row.querySelector('h3').textContent;
const placeOf = row => (({place, total}) => [Number(place), Number(total)])(row.querySelector('.handle').dataset);

function sortable(list) {
  if (Sortable.get(list)) return;
  new Sortable(list, {
    handle: '.handle', draggable: 'li.package', forceFallback: true, fallbackOnBody: true, fallbackTolerance: 4,
    delay: 150, delayOnTouchOnly: true, ghostClass: 'is-ghost', fallbackClass: 'is-dragged',
    animation: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 150,
    scroll: true, bubbleScroll: true, scrollSensitivity: 60, scrollSpeed: 18,
    onStart({item}) {
      isDragging = true;
      wayBack = {parent: item.parentNode, next: item.nextSibling};
      const ghost = Sortable.ghost;
      if (!ghost) return;
      ghost.inert = true;
      // On the body it is outside of the container that its layout depends on.
      ghost.style.gridTemplate = getComputedStyle(item).gridTemplate;
      ghost.removeAttribute('id');
      ghost.querySelectorAll('[id]').forEach(node => node.removeAttribute('id'));
    },
    onUpdate({item}) {
      if (isCancelled) {
        wayBack.parent.insertBefore(item, wayBack.next);
        announce('status', text('stays', {name: nameOf(item)}));
        return;
      }
      const next = item.nextElementSibling;
      move(item.dataset.id, next ? {before: next.dataset.id} : {after: item.previousElementSibling.dataset.id});
    },
    onEnd({item}) {
      isDragging = isCancelled = false;
      item.querySelector('.handle')?.focus({preventScroll: true});
      if (isStale && !waiting) reload();
    },
  });
}

addEventListener('htmx:after:process', () => document.querySelectorAll('ol[data-sortable]').forEach(sortable));

// ---- The Move menu, one for all rows

let menuOpener = null;

addEventListener('click', event => {
  const opener = event.target.closest?.('[data-move]');
  if (opener) {
    event.preventDefault();
    openMenu(opener);
  }
});

function openMenu(opener) {
  const menu = byId('move-menu'), row = opener.closest('li'), [place, total] = placeOf(row);
  menuOpener = opener;
  menu.dataset.id = row.dataset.id;
  byId('move-title').textContent = text('moving', {name: nameOf(row), place, total});
  byId('move-position').value = '';
  for (const button of menu.querySelectorAll('[name=step]')) {
    const isEnd = ['up', 'top'].includes(button.value) ? place === 1 : place === total;
    button.setAttribute('aria-disabled', isEnd);
  }
  menu.showPopover();
  const at = opener.getBoundingClientRect(), size = menu.getBoundingClientRect();
  menu.style.left = `${Math.max(8, Math.min(at.right - size.width, innerWidth - size.width - 8))}px`;
  menu.style.top = `${at.bottom + size.height + 12 > innerHeight ? Math.max(8, at.top - size.height - 4) : at.bottom + 4}px`;
  (menu.querySelector('[name=step]:not([aria-disabled=true])') ?? byId('move-position')).focus();
}

addEventListener('submit', event => {
  if (!event.target.matches('[data-move-form]')) return;
  event.preventDefault();
  const {submitter} = event, menu = byId('move-menu');
  if (submitter?.getAttribute('aria-disabled') === 'true') return;
  const values = submitter?.name === 'step' ? {step: submitter.value} : {position: byId('move-position').value};
  const opener = menuOpener;
  menu.hidePopover();
  opener.focus();
  move(menu.dataset.id, values);
});

addEventListener('toggle', event => {
  if (event.target.id === 'move-menu' && event.newState === 'closed' && document.activeElement === document.body) menuOpener?.focus();
}, true);
