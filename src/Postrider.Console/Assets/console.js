// What the console does without asking the server: the theme, the menu on small screens, copying, the clock's words, a chart's figures under the pointer.
(() => {
  'use strict';

  const root = document.documentElement;
  const themeKey = 'postrider.theme';

  // Before anything is drawn, so that the page does not flash.
  const readTheme = () => {
    try { return localStorage.getItem(themeKey) || 'system'; } catch { return 'system'; }
  };
  const applyTheme = choice => {
    if (choice === 'light' || choice === 'dark') { root.dataset.theme = choice; } else { delete root.dataset.theme; }
    for (const button of document.querySelectorAll('[data-theme-choice]')) {
      button.setAttribute('aria-pressed', String(button.dataset.themeChoice === choice));
    }
  };
  applyTheme(readTheme());

  const setMenu = open => {
    root.classList.toggle('menu-open', open);
    document.querySelector('[data-menu]')?.setAttribute('aria-expanded', String(open));
  };

  const spell = seconds => {
    if (seconds < 10) { return (Math.round(seconds * 10) / 10) + ' s'; }
    if (seconds < 120) { return Math.round(seconds) + ' s'; }
    if (seconds < 7200) { return Math.floor(seconds / 60) + ' min'; }
    if (seconds < 172800) {
      const minutes = Math.floor(seconds / 60 % 60);
      return Math.floor(seconds / 3600) + ' h' + (minutes ? ' ' + minutes + ' min' : '');
    }
    const hours = Math.floor(seconds / 3600 % 24);
    return Math.floor(seconds / 86400) + ' d' + (hours ? ' ' + hours + ' h' : '');
  };
  const relative = at => {
    const seconds = Math.round((Date.now() - at) / 1000);
    return seconds < -1 ? 'in ' + spell(-seconds) : seconds < 2 ? 'now' : spell(seconds) + ' ago';
  };

  // The text node is changed, not replaced: the server's own changes must find it.
  const tick = () => {
    if (document.hidden) { return; }
    for (const time of document.querySelectorAll('time.when')) {
      const text = time.firstChild;
      const words = relative(Date.parse(time.dateTime));
      if (text && text.nodeValue !== words) { text.nodeValue = words; }
    }
  };

  const localTitle = time => {
    const at = new Date(time.dateTime);
    if (!Number.isNaN(at.getTime())) {
      time.title = at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' }) + ' here\n' + at.toISOString().replace('T', ' ').slice(0, 19) + ' UTC';
    }
  };

  const copy = async button => {
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      const area = document.createElement('textarea');
      area.value = button.dataset.copy;
      document.body.append(area);
      area.select();
      document.execCommand('copy');
      area.remove();
      button.focus();
    }
    button.classList.add('copied');
    setTimeout(() => button.classList.remove('copied'), 1500);
  };

  // A chart's figures under the pointer.
  let tip;
  const hideTip = () => { if (tip) { tip.hidden = true; } };
  const showTip = (plot, event) => {
    const area = plot.querySelector('svg').getBoundingClientRect();
    const lines = plot.dataset.lines.split('|').map(line => line.split(';'));
    const count = lines[0][2].split('~').length;
    if (count < 2) { return; }
    const index = Math.max(0, Math.min(count - 1, Math.round((event.clientX - area.left) / area.width * (count - 1))));
    if (!tip) {
      tip = document.createElement('div');
      tip.className = 'chart-tip';
      tip.setAttribute('aria-hidden', 'true');
      document.body.append(tip);
    }
    const at = new Date(Number(plot.dataset.from) + index * Number(plot.dataset.step));
    tip.replaceChildren();
    const head = document.createElement('b');
    head.textContent = at.toLocaleTimeString();
    tip.append(head);
    for (const [name, kind, values] of lines) {
      const row = document.createElement('span');
      row.className = kind;
      row.textContent = name + ' ' + (values.split('~')[index] || '–');
      tip.append(row);
    }
    tip.hidden = false;
    const x = area.left + index / (count - 1) * area.width;
    tip.style.left = Math.min(x + 12, innerWidth - tip.offsetWidth - 8) + 'px';
    tip.style.top = (area.top + scrollY + 8) + 'px';
  };

  addEventListener('click', event => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) { return; }
    const theme = target.closest('[data-theme-choice]');
    if (theme) {
      const choice = theme.dataset.themeChoice;
      try { localStorage.setItem(themeKey, choice); } catch { /* It holds for this page. */ }
      applyTheme(choice);
      return;
    }
    const button = target.closest('[data-copy]');
    if (button) { copy(button); return; }
    if (target.closest('[data-menu]')) {
      setMenu(!root.classList.contains('menu-open'));
      if (root.classList.contains('menu-open')) { document.querySelector('#side a')?.focus(); }
      return;
    }
    if (root.classList.contains('menu-open') && (target.closest('#side a') || !target.closest('#side'))) { setMenu(false); }
    const skip = target.closest('a.skip');
    if (skip) {
      // The page's base would make the fragment an address of the overview.
      event.preventDefault();
      document.getElementById('main')?.focus();
    }
  }, true);

  addEventListener('keydown', event => {
    if (event.key === 'Escape' && root.classList.contains('menu-open')) {
      setMenu(false);
      document.querySelector('[data-menu]')?.focus();
    }
  });

  for (const kind of ['pointerover', 'focusin']) {
    addEventListener(kind, event => {
      const time = event.target instanceof Element ? event.target.closest('time.when') : null;
      if (time) { localTitle(time); }
    });
  }
  addEventListener('pointermove', event => {
    const plot = event.target instanceof Element ? event.target.closest('.plot') : null;
    if (plot) { showTip(plot, event); } else { hideTip(); }
  }, { passive: true });
  addEventListener('scroll', hideTip, { passive: true, capture: true });

  // A server that started again knows nothing of this page: load it anew. It also draws the theme's buttons late.
  addEventListener('DOMContentLoaded', () => {
    applyTheme(readTheme());
    setInterval(tick, 5000);
    const modal = document.getElementById('components-reconnect-modal');
    if (modal) {
      new MutationObserver(() => {
        if (modal.classList.contains('components-reconnect-rejected')) { location.reload(); }
      }).observe(modal, { attributes: true, attributeFilter: ['class'] });
    }
    new MutationObserver(changes => {
      if (changes.some(change => [...change.addedNodes].some(node => node instanceof Element && node.querySelector?.('[data-theme-choice]')))) { applyTheme(readTheme()); }
    }).observe(document.body, { childList: true, subtree: true });
  });
})();
