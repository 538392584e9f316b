// The review: ticks that are set in place, and numbers that follow them.
'use strict';

const changesOf = form => [...form.querySelectorAll('[name=change]')];

function countChanges(form, number) {
  const {one, several} = form.dataset;
  return number === 1 ? one : several.replace('{count}', number);
}

function countTicks(form) {
  const ticked = changesOf(form).filter(box => box.checked);
  form.querySelector('[data-ticked]').textContent = ticked.length;
  form.querySelector('#apply [data-count]').textContent = countChanges(form, ticked.length);
  for (const row of form.querySelectorAll('[data-other]')) {
    const theirs = ticked.filter(box => box.dataset.authors.split('|').includes(row.dataset.other)).length;
    row.hidden = !theirs;
    row.querySelector('[data-count]').textContent = countChanges(form, theirs);
  }
}

addEventListener('change', event => {
  const form = event.target.form;
  if (form?.matches('[data-review]') && event.target.name === 'change') countTicks(form);
});

addEventListener('click', event => {
  const {form, value} = event.target.closest?.('[data-review] [name=select]') ?? {};
  if (!form) return;
  event.preventDefault();
  for (const box of changesOf(form)) box.checked = value === 'all' || value === 'mine' && 'mine' in box.dataset;
  countTicks(form);
  remember(form);
});

// ---- Edit, Discard and Preview lead away and back: the note and what was left out wait in this tab

// Nothing that agrees to more is kept: what others made and what looks odd is asked for again.
const memoryOf = form => `review of release ${form.elements.token.value.split('-')[1]} by ${form.dataset.review}`;

function remember(form) {
  const leftOut = changesOf(form).filter(box => !box.checked).map(box => box.value);
  sessionStorage.setItem(memoryOf(form), JSON.stringify({note: form.elements.note.value, leftOut}));
}

function recall(form) {
  const {note, leftOut} = JSON.parse(sessionStorage.getItem(memoryOf(form))) ?? {note: '', leftOut: []};
  form.elements.note.value ||= note;
  for (const box of changesOf(form)) box.checked &&= !leftOut.includes(box.value);
  countTicks(form);
}

addEventListener('input', event => {
  if (event.target.form?.matches('[data-review]')) remember(event.target.form);
});

addEventListener('htmx:after:swap', () => document.querySelectorAll('[data-review]').forEach(remember));

document.querySelectorAll('[data-review]').forEach(recall);
