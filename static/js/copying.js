// Copy: a link, or a piece of HTML.
'use strict';

addEventListener('focusin', event => { if (event.target.matches?.('[data-select]')) event.target.select(); });

addEventListener('click', async event => {
  const link = byId(event.target.closest?.('[data-copy]')?.dataset.copy);
  if (!link) return;
  link.select();
  const isCopied = await navigator.clipboard?.writeText(link.value).then(() => true, () => false);
  announce('status', text(isCopied ? 'copied' : 'selected'));
});
