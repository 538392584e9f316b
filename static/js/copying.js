// Copy: a link, or a piece of HTML.
'use strict';

addEventListener('focusin', event => { if (event.target.matches?.('[data-select]')) event.target.select(); });

addEventListener('click', async event => {
  const copied = byId(event.target.closest?.('[data-copy]')?.dataset.copy);
  if (!copied) return;
  if (copied.select) copied.select(); else getSelection().selectAllChildren(copied);
  const isCopied = await navigator.clipboard?.writeText(copied.value ?? copied.textContent).then(() => true, () => false);
  announce('status', text(isCopied ? 'copied' : 'selected'));
});
