/** The documentation's style sheet. */
export const STYLE = `
:root { color-scheme: light dark; --text: #1c2024; --soft: #5f6872; --back: #fff; --panel: #f5f6f8; --line: #dfe3e8; --accent: #0b62b8; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e8eb; --soft: #9aa3ad; --back: #14171a; --panel: #1d2125; --line: #31373d; --accent: #6cb2f7; }
}
* { box-sizing: border-box; }
html { scroll-padding-top: 4rem; }
body { margin: 0; color: var(--text); background: var(--back); font: 16px/1.55 system-ui, sans-serif; }
header { position: sticky; top: 0; display: flex; gap: 1.5rem; align-items: baseline; padding: .8rem 1.2rem;
  background: var(--back); border-bottom: 1px solid var(--line); flex-wrap: wrap; }
header nav { display: flex; gap: 1rem; flex-wrap: wrap; }
.brand { font-weight: 700; color: var(--text); }
main { max-width: 60rem; margin: 0 auto; padding: 1.2rem 1.2rem 6rem; }
a { color: var(--accent); text-decoration: none; }
a:hover { text-decoration: underline; }
h1, h2, h3, h4 { line-height: 1.25; }
h2 { margin-top: 3rem; padding-bottom: .3rem; border-bottom: 1px solid var(--line); }
h3 { margin-top: 2.2rem; }
code, pre { font: .87em/1.5 ui-monospace, monospace; }
code { overflow-wrap: anywhere; }
pre { padding: .9rem 1rem; overflow-x: auto; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; }
details { margin: .6rem 0; padding: .3rem .9rem; background: var(--panel); border: 1px solid var(--line); border-radius: 6px; }
details[open] { padding-bottom: .9rem; }
summary { cursor: pointer; padding: .3rem 0; }
table { width: 100%; border-collapse: collapse; font-size: .93em; }
th, td { padding: .4rem .7rem .4rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); }
.method { display: inline-block; min-width: 4.2rem; font-weight: 700; }
.soft, th { color: var(--soft); font-weight: 400; }
.wide { overflow-x: auto; }
`
