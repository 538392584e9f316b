// A sheet of fields: walked by keys like a spreadsheet, filled by pasting a column.
'use strict';

const cells = () => [...document.querySelectorAll('.sheet .cell')];
const columnOf = cell => cells().filter(each => each.dataset.column === cell.dataset.column);

function walk(cell, step) {
  const column = columnOf(cell), next = column[column.indexOf(cell) + step];
  next?.focus();
  next?.select();
}

function beside(cell, step) {
  const all = cells(), next = all[all.indexOf(cell) + step];
  next?.focus();
  next?.select();
}

function type(cell, typed) {
  cell.value = typed;
  cell.dispatchEvent(new Event('input', {bubbles: true}));
}

addEventListener('focusin', event => { if (event.target.matches('.sheet .cell')) event.target.select(); });

addEventListener('keydown', event => {
  const cell = event.target.closest?.('.sheet .cell');
  if (!cell || event.isComposing) return;
  const {selectionStart: from, selectionEnd: to, value} = cell, isWhole = from === 0 && to === value.length;
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) cell.form.requestSubmit();
  else if (event.key === 'Enter') walk(cell, event.shiftKey ? -1 : 1);
  else if (event.key === 'ArrowDown') walk(cell, 1);
  else if (event.key === 'ArrowUp') walk(cell, -1);
  else if (event.key === 'ArrowRight' && (isWhole || from === value.length)) beside(cell, 1);
  else if (event.key === 'ArrowLeft' && (isWhole || to === 0)) beside(cell, -1);
  else if (event.key === 'Escape') type(cell, cell.dataset.opened);
  else return;
  event.preventDefault();
});

// A column from a spreadsheet fills downwards, two columns also the one beside it.
addEventListener('paste', event => {
  const cell = event.target.closest?.('.sheet .cell'), pasted = event.clipboardData?.getData('text') ?? '';
  if (!cell || !/[\n\t]/.test(pasted)) return;
  event.preventDefault();
  const lines = pasted.replace(/\r\n?/g, '\n').replace(/\n$/, '').split('\n'), column = columnOf(cell), first = column.indexOf(cell);
  lines.forEach((line, down) => {
    const start = column[first + down];
    if (!start) return;
    const row = [...start.closest('tr').querySelectorAll('.cell')].slice(cell.dataset.column === 'price' ? 1 : 0);
    line.split('\t').forEach((typed, right) => { if (row[right]) type(row[right], typed.trim()); });
  });
  const left = Math.max(0, lines.length - (column.length - first));
  if (left) announce('status', text('leftover', {count: left}));
});

// A row is asked about by itself; htmx would send the whole form along.
addEventListener('htmx:config:request', event => {
  const {sourceElement: cell, request} = event.detail.ctx;
  if (!cell.matches('.sheet .echo-cell')) return;
  for (const name of [...request.body.keys()]) request.body.delete(name);
  for (const field of cell.closest('tr').querySelectorAll('[name]')) request.body.append(field.name, field.value);
});

// ---- What differs from what was opened

function countChanged() {
  const count = cells().filter(cell => cell.classList.toggle('is-changed', cell.value !== cell.dataset.opened)).length, words = byId('changed-cells');
  if (words) words.textContent = count === 0 ? '' : count === 1 ? words.dataset.one : words.dataset.several.replace('{count}', count);
}

addEventListener('input', event => { if (event.target.matches('.sheet .cell')) countChanged(); });
addEventListener('pageshow', countChanged);
