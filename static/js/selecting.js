// Ticking packages of the list: ranges, all that are shown, and all that there are.
'use strict';

const boxes = () => [...document.querySelectorAll('[name=package][form=bulk]')];
const shownBoxes = () => boxes().filter(box => box.checkVisibility());
const scope = () => byId('scope');
let lastBox = null;

// One country is offered whole once something in it is ticked; a search or filter as it is shown.
function offered() {
  const button = byId('select-all');
  if (button.dataset.selectAll) return button.dataset;
  const sections = new Set(boxes().filter(box => box.checked).map(sectionOf));
  return sections.size === 1 ? [...sections][0].dataset : null;
}

const sectionOf = box => box.closest('tbody').previousElementSibling;

function showSelection() {
  const bar = document.querySelector('.bulk-bar');
  if (!bar) return;
  const ticked = boxes().filter(box => box.checked), all = ticked.length === shownBoxes().length, offer = offered();
  const count = scope().disabled ? ticked.length : scope().dataset.count;
  byId('selected').textContent = text('chosen', {count: Number(count).toLocaleString(document.documentElement.lang)});
  for (const box of document.querySelectorAll('[data-select-shown]')) {
    box.checked = all && ticked.length > 0;
    box.indeterminate = ticked.length > 0 && !all;
  }
  const button = byId('select-all');
  button.hidden = !offer || Number(offer.count) <= count;
  button.textContent = offer?.selectAll ?? '';
}

function select(some, isChecked) {
  scope().disabled = true;
  for (const box of some) box.checked = isChecked;
  showSelection();
}

addEventListener('click', event => {
  const box = event.target.closest?.('[name=package][form=bulk]');
  if (box) {
    const all = shownBoxes(), from = all.indexOf(lastBox), to = all.indexOf(box);
    const range = event.shiftKey && from >= 0 ? all.slice(Math.min(from, to), Math.max(from, to) + 1) : [box];
    select(range, box.checked);
    lastBox = box;
  } else if (event.target.matches?.('[data-select-shown]')) {
    select(shownBoxes(), event.target.checked);
  } else if (event.target.id === 'select-all') {
    const {scope: code, count} = offered();
    select(boxes().filter(each => code === 'all' || sectionOf(each).dataset.scope === code), true);
    Object.assign(scope(), {value: code, disabled: boxes().filter(each => each.checked).length >= Number(count)});
    scope().dataset.count = count;
    showSelection();
    document.querySelector('.bulk-bar [name=action]').focus();
  } else if (event.target.closest?.('[data-clear]')) {
    event.preventDefault();
    select(boxes(), false);
    document.documentElement.classList.remove('is-selecting');
    byId('page-title').focus();
  } else if (event.target.closest?.('[data-selecting]')) {
    document.documentElement.classList.add('is-selecting');
    event.target.closest('.menu').hidePopover();
    event.target.closest('tbody').nextElementSibling.querySelector('[name=package]')?.focus();
  }
});

// After a swap the same packages stay ticked. After Back the browser restores the ticks itself.
let ticked = new Set();
addEventListener('htmx:before:swap', () => { ticked = new Set(boxes().filter(box => box.checked).map(box => box.value)); });
addEventListener('htmx:after:swap', () => {
  if (!document.querySelector('.bulk-bar')) return;
  for (const box of boxes()) box.checked = ticked.has(box.value);
  showSelection();
});
addEventListener('pageshow', showSelection);
