/// The portal's one style sheet and one script.
enum PortalAssets {
    static let style = """
        :root { --ink: #1d2733; --soft: #5b6b7c; --line: #d9e0e7; --accent: #0b5cad; --bad: #b3261e; --good: #1b6e3c; }
        * { box-sizing: border-box; }
        body { margin: 0; font: 16px/1.5 system-ui, "Segoe UI", "DejaVu Sans", sans-serif; color: var(--ink);
          background: #f4f6f8; }
        header { display: flex; align-items: center; gap: 1.5rem; padding: .9rem 2rem; background: #fff;
          border-bottom: 1px solid var(--line); }
        header .brand { font-weight: 700; font-size: 1.1rem; }
        header nav { display: flex; gap: 1rem; flex: 1; }
        main { max-width: 60rem; margin: 2rem auto; padding: 2rem; background: #fff; border: 1px solid var(--line);
          border-radius: .5rem; }
        h1 { margin-top: 0; font-size: 1.6rem; }
        a { color: var(--accent); }
        label { display: block; margin: .9rem 0 .25rem; font-weight: 600; }
        input, select { width: 100%; max-width: 24rem; padding: .5rem .6rem; font: inherit; border: 1px solid #9aa8b6;
          border-radius: .3rem; background: #fff; }
        button, .button { display: inline-block; margin-top: 1rem; padding: .5rem 1.1rem; font: inherit; color: #fff;
          background: var(--accent); border: 1px solid var(--accent); border-radius: .3rem; cursor: pointer;
          text-decoration: none; }
        button:disabled { opacity: .45; cursor: not-allowed; }
        button.plain { margin: 0; color: var(--accent); background: none; border: 0; padding: 0;
          text-decoration: underline; }
        :focus-visible { outline: 3px solid #7fb3e6; outline-offset: 2px; }
        table { width: 100%; border-collapse: collapse; margin: 1rem 0; }
        th, td { padding: .45rem .6rem; border-bottom: 1px solid var(--line); text-align: left; }
        th.number, td.number { text-align: right; font-variant-numeric: tabular-nums; }
        th[aria-sort=ascending]::after { content: " \u{25B2}"; }
        th[aria-sort=descending]::after { content: " \u{25BC}"; }
        .alert { padding: .7rem 1rem; border-left: 4px solid var(--bad); background: #fbeceb; }
        .notice { padding: .7rem 1rem; border-left: 4px solid var(--good); background: #eaf5ee; }
        .bar { display: flex; gap: 1rem; align-items: end; flex-wrap: wrap; }
        .bar > * { margin-top: 0; }
        .line { align-items: center; }
        dl { display: grid; grid-template-columns: 12rem 1fr; gap: .3rem 1rem; }
        dt { color: var(--soft); } dd { margin: 0; font-weight: 600; }
        footer { margin: 1rem auto; text-align: center; color: var(--soft); font-size: .85rem; }
        [hidden] { display: none !important; }
        """

    static let script = """
        'use strict';
        const post = (path) => fetch(path, {
          method: 'POST',
          headers: { 'X-CSRF-Token': document.querySelector('meta[name=csrf]').content },
        });

        // A button that shows up late.
        for (const element of document.querySelectorAll('[data-appears-after]')) {
          setTimeout(() => { element.hidden = false; }, Number(element.dataset.appearsAfter));
        }

        for (const button of document.querySelectorAll('[data-acknowledge]')) {
          button.addEventListener('click', async () => {
            button.disabled = true;
            const answer = await post(button.dataset.acknowledge);
            document.querySelector('#acknowledged').hidden = !answer.ok;
          });
        }

        // A button that is disabled until the server has checked the invoice.
        const create = document.querySelector('#create-pdf');
        if (create) {
          fetch(create.dataset.check).then((answer) => { create.disabled = !answer.ok; });
          create.addEventListener('click', async () => {
            create.disabled = true;
            const status = document.querySelector('#pdf-status');
            status.textContent = create.dataset.working;
            const answer = await post(create.dataset.create);
            if (!answer.ok) {
              status.textContent = create.dataset.failed;
              create.disabled = false;
              return;
            }
            const pdf = await answer.json();
            const link = document.querySelector('#pdf-link');
            link.href = pdf.url;
            link.hidden = false;
            status.textContent = create.dataset.ready;
          });
        }

        const counter = document.querySelector('#counter');
        for (const button of document.querySelectorAll('[data-count]')) {
          button.addEventListener('click', () => {
            counter.textContent = String(Number(counter.textContent) + 1);
            button.dataset.count = String(Number(button.dataset.count) + 1);
          });
        }
        """
}
