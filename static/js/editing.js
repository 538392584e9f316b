// What the forms of packages and settings do while they are filled in.
'use strict';

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

// ---- A form says that it is not saved once something in it is

addEventListener('input', event => {
  const badge = event.target.form?.querySelector('[data-unsaved-badge]');
  if (badge) badge.hidden = !isUnsaved(event.target.form);
});
