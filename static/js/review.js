// The review: what is ticked, and all that follows from it.
'use strict';

const changesOf = form => [...form.querySelectorAll('[name=change]')];
const authorsOf = box => box.closest('tbody').dataset.authors.split('|');
const shownIn = (form, selector) => [...form.querySelectorAll(selector)].filter(each => !each.closest('[hidden]'));

function tell(name, number) {
  const count = number.toLocaleString(document.documentElement.lang);
  for (const each of document.querySelectorAll(`[data-counts=${name}]`)) {
    each.textContent = number === 1 ? each.dataset.one : each.dataset.several.replace('{count}', count);
  }
}

// Boxes that stand for several others are half set when some of those are. To include is said for any.
function setFor(box, others) {
  const ticked = others.filter(other => other.checked).length;
  box.checked = ticked === others.length || 'author' in box.dataset && ticked > 0;
  box.indeterminate = ticked > 0 && ticked < others.length;
}

function followCountries(form) {
  for (const box of form.querySelectorAll('[data-country]')) {
    setFor(box, [...box.closest('table').querySelectorAll('[name=change]')]);
  }
}

// A warning asks while a change that it is about is ticked. What the tick on top is for is what it names.
function followWarnings(form, ticked) {
  const section = form.querySelector('.warnings'), shared = form.elements.checked;
  for (const warning of form.querySelectorAll('[data-about]')) {
    const isAsked = warning.dataset.about.split(' ').some(key => ticked.has(key));
    if (isAsked && warning.hidden && warning.dataset.key) shared.checked = false;
    warning.hidden = !isAsked;
  }
  const asked = [...section.querySelectorAll('li')].filter(warning => !warning.hidden);
  const keys = asked.map(warning => warning.dataset.key).filter(Boolean);
  section.hidden = !asked.length;
  shared.value = keys.join(' ');
  shared.closest('label').hidden = !keys.length;
  tell('warnings', asked.length);
  tell('shared', keys.length);
}

function followChecks(form) {
  const shared = form.elements.checked;
  const alone = shownIn(form, '[data-alone]').filter(box => !box.checked);
  const count = alone.length + (shared.checked ? 0 : shared.value.split(' ').filter(Boolean).length);
  const link = document.querySelector('.to-check');
  link.hidden = !count;
  link.hash = count > alone.length ? 'checked' : alone[0]?.id ?? '';
  tell('to-check', count);
}

function follow(form) {
  const ticked = new Set(changesOf(form).filter(box => box.checked).map(box => box.value));
  tell('ticked', ticked.size);
  followCountries(form);
  followWarnings(form, ticked);
  followChecks(form);
}

// Whoever ticks what colleagues made says so with it, and takes it back with the last.
function followColleagues(form) {
  for (const box of form.querySelectorAll('[data-author]')) {
    setFor(box, changesOf(form).filter(change => authorsOf(change).includes(box.dataset.author)));
  }
}

function tickFor(form, box) {
  const theirs = changesOf(form).filter(change =>
    'country' in box.dataset ? change.closest('table') === box.closest('table') : authorsOf(change).includes(box.dataset.author));
  for (const change of theirs) change.checked = box.checked;
}

addEventListener('change', event => {
  const box = event.target, form = box.form;
  if (!form?.matches('[data-review]')) return;
  if (box.matches('[data-country], [data-author]')) tickFor(form, box);
  if (!box.matches('[name=change], [data-country], [data-author]')) return followChecks(form);
  followColleagues(form);
  follow(form);
  remember(form);
});

addEventListener('click', event => {
  const {form, value} = event.target.closest?.('[data-review] [name=select]') ?? {};
  if (!form) return;
  event.preventDefault();
  for (const box of changesOf(form)) box.checked = value === 'all' || value === 'mine' && 'mine' in box.closest('tbody').dataset;
  followColleagues(form);
  follow(form);
  remember(form);
});

// ---- Discard answers in place; the focus goes to what stands there then

const discards = () => [...document.querySelectorAll('#review-form [formaction*=discard]')];
let place = -1, scrolled = 0;

addEventListener('htmx:config:request', event => {
  const {request, sourceElement} = event.detail.ctx;
  if (!sourceElement.matches('[data-review]')) return;
  place = discards().indexOf(request.submitter);
  if (place >= 0) request.action = request.submitter.formAction;
});

addEventListener('htmx:before:swap', () => { scrolled = scrollY; });

addEventListener('htmx:after:swap', () => {
  if (place < 0 || document.querySelector('.problems')) return;
  scrollTo(scrollX, scrolled);
  discards().at(Math.min(place, discards().length - 1))?.focus({preventScroll: true});
  place = -1;
});

// ---- Edit and Preview lead away and back: the note and what was left out wait in this tab

// Nothing that agrees to more is kept: what others made and what looks odd is asked for again.
const memoryOf = form => `review of release ${form.elements.token.value.split('-')[1]} by ${form.dataset.review}`;

function remember(form) {
  const leftOut = changesOf(form).filter(box => box.defaultChecked && !box.checked).map(box => box.value);
  sessionStorage.setItem(memoryOf(form), JSON.stringify({note: form.elements.note.value, leftOut}));
}

function recall(form) {
  const {note, leftOut} = JSON.parse(sessionStorage.getItem(memoryOf(form))) ?? {note: '', leftOut: []};
  const wasLeftOut = new Set(leftOut), going = changesOf(form).filter(box => box.checked && wasLeftOut.has(box.value));
  form.elements.note.value ||= note;
  for (const box of going) box.checked = false;
  if (going.length) follow(form); else followCountries(form);
}

addEventListener('input', event => {
  if (event.target.form?.matches('[data-review]')) remember(event.target.form);
});

addEventListener('htmx:after:swap', () => {
  for (const form of document.querySelectorAll('[data-review]')) {
    followCountries(form);
    remember(form);
  }
});

// Going back to a release has just what leads back ticked.
const isGoingBack = new URLSearchParams(location.search).has('back');
document.querySelectorAll('[data-review]').forEach(isGoingBack ? followCountries : recall);
