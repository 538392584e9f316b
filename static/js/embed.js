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
      --gap: var(--scrip-gap, 1.25em);
      --surface: var(--scrip-surface, light-dark(#fff, #1d2027));
      --text: var(--scrip-text, light-dark(#1c202b, #eceef3));
      --muted: var(--scrip-muted, light-dark(#565b69, #aab0bf));
      --line: var(--scrip-line, light-dark(#dfe1e8, #3a3f4b));
      --accent: var(--scrip-accent, light-dark(#4740b5, #a9adff));
      --on-accent: var(--scrip-on-accent, light-dark(#fff, #16182e));
      --good: var(--scrip-good, light-dark(#1b6142, #8fdcb4));
    }
    :host([theme=light]) { color-scheme: light; }
    :host([theme=dark]) { color-scheme: dark; }
    :host([hidden]) { display: none; }
    *, ::before { box-sizing: border-box; margin: 0; padding: 0; }
    .stage { display: grid; }
    .stage > * { grid-area: 1 / 1; min-inline-size: 0; }
    .cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15em, 100%), 1fr)); gap: 0 var(--gap); margin-block-end: calc(-1 * var(--gap)); list-style: none; }
    .card {
      display: grid; grid-row: span 7; grid-template-rows: subgrid; gap: 0; align-content: start; margin-block-end: var(--gap); padding: 1.4em;
      border: 1px solid var(--line); border-radius: var(--scrip-radius, .9em);
      background: var(--surface); color: var(--text); text-align: start; overflow-wrap: anywhere;
    }
    .best { border-color: var(--accent); box-shadow: 0 0 0 1px var(--accent); }
    .head { grid-row: 1; display: flex; flex-wrap: wrap; align-items: center; align-content: start; justify-content: space-between; gap: .3em .75em; margin-block-end: .9em; }
    h3 { min-inline-size: 0; font-size: 1.125em; line-height: 1.4; font-weight: 650; }
    .badge { padding: .1em .75em; border-radius: 1em; background: var(--accent); color: var(--on-accent); font-size: .75em; font-weight: 600; }
    .credits { grid-row: 2; font-size: 1.5em; line-height: 1.3; font-weight: 680; letter-spacing: -.02em; }
    .price { grid-row: 3; margin-block-start: .6em; font-size: 1.25em; line-height: 1.3; font-weight: 620; }
    .unit { grid-row: 4; color: var(--muted); font-size: .875em; }
    .tax { grid-row: 5; color: var(--muted); font-size: .875em; }
    .saving { grid-row: 6; margin-block-start: .5em; color: var(--good); font-size: .875em; font-weight: 550; }
    .info { grid-row: 7; margin-block-start: 1em; padding-block-start: 1em; border-block-start: 1px solid var(--line); color: var(--muted); }
    .note { margin-block-start: var(--gap); color: var(--muted); overflow-wrap: anywhere; white-space: pre-line; }
    .room .card > * { visibility: hidden; }
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

  function card({name, short_info, is_best_value, labels}, tax) {
    const item = make('li', is_best_value ? 'card best' : 'card'), head = make('div', 'head');
    head.append(written('h3', '', name));
    if (labels.best_value) head.append(make('p', 'badge', labels.best_value));
    item.append(head, make('p', 'credits', labels.credits), isolated('price', labels.price));
    if (labels.unit_price) item.append(isolated('unit', labels.unit_price));
    if (tax && labels.unit_price) item.append(make('p', 'tax', tax.label));
    if (labels.saving) item.append(make('p', 'saving', labels.saving));
    if (short_info) item.append(written('p', 'info', short_info));
    return item;
  }

  function list(cards, name) {
    const element = make('ul', name);
    element.setAttribute('role', 'list');  // which Safari forgets where lists have no markers
    element.append(...cards);
    return element;
  }

  // As high as cards most often are, so that nothing on the page moves when they come.
  function room(count) {
    const labels = {credits: '0', price: '0', unit_price: '0', saving: '0 '.repeat(22)};
    const blank = () => card({name: '0', short_info: '0', labels});
    const element = list(Array.from({length: count}, blank), 'cards room');
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

    #show({packages, tax, note, labels, language, direction}) {
      this.#stage.className = 'stage';
      this.#stage.lang = language;
      this.#stage.dir = direction;
      if (packages.length) {
        const cards = list(packages.map(each => card(each, tax)), 'cards'), shown = make('div', 'shown');
        cards.setAttribute('aria-label', labels.heading);
        shown.append(cards);
        if (note) shown.append(written('p', 'note', note));
        this.#stage.replaceChildren(shown);
        return;
      }
      const nothing = make('div', 'nothing');
      nothing.append(make('p', '', labels.nothing), make('slot', ''));
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
