// What forms do while they are filled in: nothing typed is lost, and others see who has one open.
'use strict';

// ---- What is not saved yet

const isChanged = field => !['hidden', 'submit'].includes(field.type) && (field.options
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
  if (usual && !('chosen' in form.elements.currency.dataset)) {
    form.elements.currency.value = usual;
    form.elements.currency.dispatchEvent(new Event('input', {bubbles: true}));
  }
  // A place that nobody typed counts in the country it was opened in.
  const {position, opened_position: opened} = form.elements, isBack = field.selectedOptions[0].defaultSelected;
  opened.dataset.place ??= opened.value;
  if (['', opened.dataset.place].includes(position.value)) position.value = isBack ? opened.dataset.place : '';
  opened.value = isBack ? opened.dataset.place : '';
});

// A form that is open stays, also where Save and edit next would open it.
addEventListener('htmx:before:swap', event => {
  const {tasks, ctx} = event.detail, isOther = row => row?.matches?.('.package-form') && !row.contains(ctx.sourceElement);
  for (let i = tasks.length; i--;) {
    if (!isOther(tasks[i].target) || !tasks[i].fragment?.querySelector('.package-form')) continue;
    tasks[i].target.querySelector('form').elements.name.focus();
    tasks.splice(i, 1);
  }
});

// Save and edit next goes on in the field that was left.
let leftField = '';
addEventListener('focusout', event => { if (event.target.matches?.('.fields :is(input, select)')) leftField = event.target.name; });

addEventListener('htmx:after:swap', event => {
  if (event.detail.ctx.request.submitter?.name !== 'then') return;
  const form = document.activeElement.closest?.('.package-form form'), field = form?.elements[leftField];
  field?.focus();
  field?.select?.();
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

// There is one form for a new package at a time; what is typed there and not saved yet keeps it.
let newFormOpener = '';

addEventListener('htmx:config:request', event => {
  const opener = event.detail.ctx.sourceElement, form = byId('package-new')?.querySelector('form');
  if (!('adds' in opener.dataset)) return;
  if (!form || !isUnsaved(form) && !isBeingSaved(form)) {
    byId('package-new')?.remove();
    newFormOpener = (opener.closest('.menu') ? menuOpener : opener).id;
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
    (byId(newFormOpener) ?? byId('add')).focus();
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

// ---- Two admins saved the same field: the choice and the field always say the same

addEventListener('change', event => {
  const choice = event.target.closest?.('.clash [type=radio]');
  if (!choice) return;
  for (const kept of choice.closest('.clash').querySelectorAll(`[name^="${choice.value}-"]`)) {
    choice.form.elements[kept.name.replace(/^\w+-/, '')].value = kept.value;
  }
});

addEventListener('input', event => {
  const clash = event.target.form?.querySelector(`.clash:has([name="mine-${event.target.name}"])`);
  if (!clash) return;
  const mine = clash.querySelector('[value=mine]');
  mine.checked = true;
  mine.labels[0].querySelector('bdi').textContent = text('typed');
  // Whoever looks at theirs once more gets this back, not what was typed first.
  for (const kept of clash.querySelectorAll('[name^="mine-"]')) {
    kept.value = event.target.form.elements[kept.name.replace(/^\w+-/, '')].value;
  }
});

// ---- What is mended is no error any more; one that is still wrong gets it again with Save

addEventListener('input', event => {
  const field = event.target, unclear = field.closest?.('[data-question]');
  if (unclear) {
    unclear.querySelectorAll('.field-question, .answers').forEach(part => part.remove());
    unclear.removeAttribute('data-question');
    field.removeAttribute('aria-describedby');
  }
  if (field.getAttribute?.('aria-invalid') !== 'true') return;
  field.removeAttribute('aria-invalid');
  byId(`${field.id}-error`)?.remove();
  const named = document.querySelector(`.problems a[href="#${field.id}"]`)?.closest('li');
  if (!named) return;
  const title = byId(named.closest('.problems').getAttribute('aria-labelledby')), left = named.parentElement.children.length - 1;
  title.textContent = left === 1 ? title.dataset.one : title.dataset.several.replace('{count}', left);
  if (left) named.remove(); else named.closest('.problems').remove();
  tellErrorsInTitle();
});

// ---- A form says that it is not saved once something in it is

addEventListener('input', event => {
  const badge = event.target.form?.querySelector('[data-unsaved-badge]');
  if (badge) badge.hidden = !isUnsaved(event.target.form);
});

// ---- Others see who has a form open; one that is closed says so at once

function sayClosed(editors) {
  navigator.sendBeacon(`${editors.getAttribute('hx-post')}/end`, new URLSearchParams({csrf_token: csrfToken()}));
}

addEventListener('htmx:before:cleanup', event => { if (event.target.matches?.('.editors')) sayClosed(event.target); });
addEventListener('pagehide', () => document.querySelectorAll('.editors').forEach(sayClosed));
