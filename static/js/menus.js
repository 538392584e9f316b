// Menus that open at their button, and the keys that walk in them.
'use strict';

// ---- The More menu is one for all rows: its button fetches it, then it opens there

let menuOpener = null;

addEventListener('htmx:after:swap', event => {
  const {sourceElement} = event.detail.ctx, menu = byId(sourceElement.dataset?.opens);
  if (!menu?.firstElementChild) return;
  menuOpener = sourceElement;
  menu.showPopover();
  menuStops(menu).at(0)?.focus();
});

addEventListener('htmx:before:request', event => {
  event.detail.ctx.sourceElement.closest?.('.menu:popover-open')?.hidePopover();
});

addEventListener('toggle', event => {
  const menu = event.target;
  if (!menu.matches('.menu:not(.account-menu)')) return;
  const opener = document.querySelector(`[popovertarget="${menu.id}"]`) ?? menuOpener;
  if (event.newState === 'open') placeAt(opener, menu);
  else if (document.activeElement === document.body) opener?.focus();
}, true);

function placeAt(opener, menu) {
  const at = opener.getBoundingClientRect(), size = menu.getBoundingClientRect();
  const start = getComputedStyle(opener).direction === 'rtl' ? at.left : at.right - size.width;
  menu.style.left = `${Math.max(8, Math.min(start, innerWidth - size.width - 8))}px`;
  menu.style.top = `${at.bottom + size.height + 12 > innerHeight ? Math.max(8, at.top - size.height - 4) : at.bottom + 4}px`;
}

// ---- Arrow keys

const menuStops = menu => [...menu.querySelectorAll('a, button, input:not([type=hidden])')].filter(stop => stop.checkVisibility());

addEventListener('keydown', event => {
  const menu = event.target.closest?.('.menu:popover-open'), step = {ArrowDown: 1, ArrowUp: -1}[event.key];
  if (!menu || !step) return;
  event.preventDefault();
  const stops = menuStops(menu), at = stops.indexOf(event.target);
  stops.at((at + step) % stops.length).focus();
});

// ---- Reorder: on phones the rows show their handles when asked to, and whatever comes keeps it so

addEventListener('click', event => {
  const button = event.target.closest?.('[data-reorder]');
  if (!button) return;
  document.documentElement.classList.toggle('is-reordered');
  button.closest('.menu').hidePopover();
});
