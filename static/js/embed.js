// <scrip-packages country="TR" lang="tr" cards="4" theme="dark"> shows the credit packages that are
// on sale on any page. What is inside the element is for readers without scripts, and for failures.
(() => {
  'use strict';
  const PATIENCE_MS = 10000, CARDS_EXPECTED = 3, MOST_CARDS = 24;
  const TAG = /^[a-z]{2,3}(-[a-z0-9]{1,8}){0,4}$/i;
  const script = document.currentScript;
  const canStyle = 'adoptedStyleSheets' in Document.prototype && 'replaceSync' in CSSStyleSheet.prototype;
  if (!script || !canStyle || customElements.get('scrip-packages')) return;
  const API = new URL('api/v1/packages', script.src);

  const style = new CSSStyleSheet();
  style.replaceSync(`
    :host {
      display: block; color-scheme: light dark; font: 400 1em/1.5 var(--scrip-font, system-ui, sans-serif);
      --gap: var(--scrip-gap, 1em);
      --surface: var(--scrip-surface, light-dark(#fff, #161922));
      --text: var(--scrip-text, light-dark(#181b25, #edeff4));
      --muted: var(--scrip-muted, light-dark(#565d6d, #a3aaba));
      --edge: var(--scrip-line, light-dark(#cdd1da, #414859));
      --line: var(--scrip-line, light-dark(#e4e6ec, #292e3b));
      --accent: var(--scrip-accent, light-dark(#3d48c6, #6f7aef));
      --on-accent: var(--scrip-on-accent, light-dark(#fff, #0f1117));
      --good: var(--scrip-good, light-dark(#0c6b3d, #6fd39b));
    }
    :host([theme=light]) { color-scheme: light; }
    :host([theme=dark]) { color-scheme: dark; }
    :host([hidden]) { display: none; }
    *, ::before { box-sizing: border-box; margin: 0; padding: 0; }
    .stage { display: grid; }
    .stage > * { grid-area: 1 / 1; min-inline-size: 0; }
    .mode { padding-inline: .6em; border: 1px solid var(--line); border-radius: .33em; background: var(--surface); color: var(--muted); font-size: .86em; font-weight: 560; }
    .about { margin-block-end: var(--gap); font-size: .875em; overflow-wrap: anywhere; }
    .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15em, 100%), 1fr)); gap: 0 var(--gap); margin-block-end: calc(-1 * var(--gap)); list-style: none; }
    .card {
      position: relative; display: grid; grid-row: span 6; grid-template-rows: subgrid; gap: 0; align-content: start;
      margin-block-end: var(--gap); padding: 1.25em; border: 1px solid var(--line); border-radius: var(--scrip-radius, .75em);
      background: var(--surface); color: var(--text); text-align: start; overflow-wrap: anywhere;
    }
    .best { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
    .badge { position: absolute; inset-block-start: -.9em; inset-inline-start: 1.5em; padding-inline: .7em; border-radius: .33em; background: var(--accent); color: var(--on-accent); font-size: .75em; line-height: 1.7; font-weight: 620; }
    h3 { grid-row: 1; font-size: 1em; line-height: 1.5; font-weight: 620; }
    .price { grid-row: 2; margin-block-start: .25em; font-size: 1.75em; line-height: 1.43; font-weight: 680; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
    .long { font-size: 1.25em; line-height: 2; }
    .credits { grid-row: 3; font-weight: 560; }
    .unit { grid-row: 4; display: flex; flex-wrap: wrap; align-items: center; gap: .25em .6em; margin-block-start: .25em; color: var(--muted); font-size: .875em; }
    .saving { padding-inline: .6em; border-radius: 2em; background: color-mix(in srgb, var(--good) 10%, var(--surface)); color: var(--good); font-size: .86em; line-height: 1.7; font-weight: 620; }
    .info { grid-row: 5; margin-block-start: .85em; color: var(--muted); font-size: .875em; }
    .buy { grid-row: 6; align-self: end; display: flex; align-items: center; justify-content: center; min-block-size: 2.75rem; margin-block-start: 1em; padding: .25em 1em; border: 1px solid var(--edge); border-radius: calc(var(--scrip-radius, .75em) / 2); color: var(--text); font-weight: 560; text-decoration: none; }
    .buy:hover { border-color: var(--muted); }
    .best .buy { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
    .buy:focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; }
    .note { margin-block-start: var(--gap); color: var(--muted); overflow-wrap: anywhere; white-space: pre-line; }
    .room > .about, .room .card > * { visibility: hidden; }
    .failed > .room { visibility: hidden; }
    .nothing, slot { display: block; align-self: start; }
    .nothing { padding-block: 1em; color: inherit; }
    [dir=ltr] [dir=auto]:dir(rtl), [dir=rtl] [dir=auto]:dir(ltr) { text-align: end; }
  `);

  const make = (tag, name, text = '') => {
    const element = document.createElement(tag);
    element.className = name;
    element.textContent = text;
    return element;
  };
  // The text of admins and numbers keep their own direction, whatever surrounds them.
  const written = (tag, name, text) => Object.assign(make(tag, name, text), {dir: 'auto'});
  const isolated = (name, text) => {
    const line = make('p', name);
    line.append(make('bdi', '', text));
    return line;
  };

  // Leads out of any frame that the page is in.
  function button(address, labels) {
    const link = Object.assign(make('a', 'buy', labels.buy), {href: address, target: '_top'});
    link.setAttribute('aria-label', labels.buy_package);
    return link;
  }

  function card({name, short_info, is_best_value, buy_url, labels}) {
    const item = make('li', is_best_value ? 'card best' : 'card');
    if (labels.best_value) item.append(make('p', 'badge', labels.best_value));
    item.append(written('h3', '', name), isolated(labels.price.length > 13 ? 'price long' : 'price', labels.price), make('p', 'credits', labels.credits));
    if (labels.unit_price) {
      const unit = isolated('unit', labels.unit_price);
      if (labels.saving_short) unit.append(' ', make('span', 'saving', labels.saving_short));
      item.append(unit);
    }
    if (short_info) item.append(written('p', 'info', short_info));
    if (buy_url) item.append(button(buy_url, labels));
    return item;
  }

  // A line that begins with the word for a test.
  function marked(name, mode, text) {
    const line = make('p', name, text);
    if (mode) line.prepend(make('span', 'mode', mode), ' ');
    return line;
  }

  // What is said about all prices at once, then the cards.
  function shop(name, mode, about, cards) {
    const element = make('div', name), list = make('ul', 'cards');
    list.setAttribute('role', 'list');  // which Safari forgets where lists have no markers
    list.append(...cards);
    if (mode || about) element.append(marked('about', mode, about));
    element.append(list);
    return element;
  }

  // As high as cards most often are, so that nothing on the page moves when they come.
  function room(count) {
    const labels = {credits: '0', price: '0', unit_price: '0', saving_short: '0', buy: '0', buy_package: '0'};
    const blank = () => card({name: '0', short_info: '0', buy_url: '#', labels});
    const element = shop('room', '', '0 '.repeat(45), Array.from({length: count}, blank));
    element.setAttribute('aria-hidden', 'true');
    return element;
  }

  class ScripPackages extends HTMLElement {
    static observedAttributes = ['country', 'lang'];
    #asked = null;
    #stage = null;

    connectedCallback() {
      if (!this.#stage) {
        this.#stage = make('div', 'stage');
        const root = this.attachShadow({mode: 'open'});
        root.adoptedStyleSheets = [style];
        root.append(this.#stage);
        const expected = Number.parseInt(this.getAttribute('cards'), 10) || CARDS_EXPECTED;
        this.#stage.append(room(Math.min(Math.max(expected, 1), MOST_CARDS)));
      }
      this.#load();
    }

    disconnectedCallback() {
      this.#asked?.abort();
    }

    attributeChangedCallback() {
      if (this.#stage && this.isConnected) this.#load();
    }

    async #load() {
      this.#asked?.abort();
      const asked = this.#asked = new AbortController();
      const waiting = setTimeout(() => asked.abort(), PATIENCE_MS);
      let found = null;
      this.#stage.setAttribute('aria-busy', 'true');
      try {
        const answer = await fetch(this.#address(), {credentials: 'omit', signal: asked.signal});
        if (answer.ok) found = await answer.json();
      } catch {
        // Without network, or not in time: the link stays.
      }
      clearTimeout(waiting);
      if (asked !== this.#asked || !this.isConnected) return;
      this.#stage.removeAttribute('aria-busy');
      if (found) this.#show(found); else this.#fail();
    }

    #address() {
      const address = new URL(API), country = this.getAttribute('country');
      const lang = this.closest('[lang]:not([lang=""])')?.lang ?? '';
      if (country) address.searchParams.set('country', country);
      address.searchParams.set('lang', TAG.test(lang) ? lang : 'en');
      return address;
    }

    #show({packages, note, labels, language, direction}) {
      this.#stage.className = 'stage';
      this.#stage.lang = language;
      this.#stage.dir = direction;
      if (packages.length) {
        const about = [labels.prices, labels.savings_basis].filter(Boolean).join(' ');
        const shown = shop('shown', labels.mode, about, packages.map(card));
        shown.querySelector('ul').setAttribute('aria-label', labels.heading);
        if (note) shown.append(written('p', 'note', note));
        this.#stage.replaceChildren(shown);
        return;
      }
      const nothing = make('div', 'nothing');
      nothing.append(marked('', labels.mode, labels.nothing), make('slot', ''));
      this.#stage.replaceChildren(nothing);
    }

    // The room stays, unseen, so that nothing moves now either.
    #fail() {
      if (this.#stage.querySelector('slot')) return;
      this.#stage.querySelector('.shown')?.remove();
      this.#stage.classList.add('failed');
      this.#stage.append(make('slot', ''));
    }
  }
  customElements.define('scrip-packages', ScripPackages);
})();
