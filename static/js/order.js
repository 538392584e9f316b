// Order: drag, arrow keys and the More menu all end in move().
// No state lives here but the drag and the moves that wait for their turn.
'use strict';

let isDragging = false, isCancelled = false, wayBack = null, waiting = 0, isStale = false, lastMove = Promise.resolve();

const listOf = row => row.closest('.packages');
const addressOf = id => `${byId('catalogue').dataset.address}${id}/move`;

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
  for (const list of document.querySelectorAll('.packages[data-sortable]')) {
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
    for (const row of target?.querySelectorAll('.packages > .package-form') ?? []) {
      if (isClosed(row) || fragment.getElementById(row.id)) continue;
      const list = row.parentNode, at = [...list.children].indexOf(row);
      const table = fragment.querySelector('table') ?? fragment.firstElementChild;
      const fresh = fragment.getElementById(list.id) ?? table.appendChild(list.cloneNode());
      fresh.insertBefore(row.cloneNode(), fresh.children[at] ?? null);
    }
  }
});

addEventListener('keydown', event => {
  const handle = event.target.closest?.('.handle');
  const step = {ArrowUp: 'up', ArrowDown: 'down'}[event.key];
  if (!handle || !step || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  const row = handle.closest('tr');
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

const nameOf = row => row.querySelector('[data-name]').textContent;
const placeOf = row => (({place, total}) => [Number(place), Number(total)])(row.querySelector('.handle').dataset);

function sortable(list) {
  if (!('sortable' in list.dataset)) Sortable.get(list)?.destroy();
  if (!('sortable' in list.dataset) || Sortable.get(list)) return;
  new Sortable(list, {
    handle: '.handle', draggable: 'tr.package', forceFallback: true, fallbackOnBody: true, fallbackTolerance: 4,
    delay: 150, delayOnTouchOnly: true, ghostClass: 'is-ghost', fallbackClass: 'is-dragged',
    animation: matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 150,
    scroll: true, bubbleScroll: true, scrollSensitivity: 60, scrollSpeed: 18,
    onStart({item}) {
      isDragging = true;
      wayBack = {parent: item.parentNode, next: item.nextSibling};
      const ghost = Sortable.ghost;
      if (!ghost) return;
      ghost.inert = true;
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

addEventListener('htmx:after:process', () => document.querySelectorAll('.packages').forEach(sortable));

// ---- The moves of the More menu

addEventListener('submit', event => {
  const id = event.target.dataset.moveForm;
  if (!id || !byId('row-menu')) return;
  event.preventDefault();
  const {submitter} = event;
  if (submitter?.getAttribute('aria-disabled') === 'true') return;
  const values = submitter?.name === 'step' ? {step: submitter.value} : {position: event.target.elements.position.value};
  byId('row-menu').hidePopover();
  byId(`more-${id}`).focus();
  move(id, values);
});
