/** Set as a constructed style sheet: a strict Content-Security-Policy allows it. */
export const STYLE = `
:host{display:block;max-width:26rem;font:1rem/1.5 system-ui,sans-serif;color-scheme:light dark;
--text:light-dark(#1b1f24,#e8eaed);--soft:light-dark(#57606a,#a5adb6);--line:light-dark(#6e7781,#8b949e);
--accent:light-dark(#0b57d0,#8ab4f8);--on-accent:light-dark(#fff,#10131a);--bad:light-dark(#b3261e,#f2b8b5);
--good:light-dark(#146c2e,#7fd99a);color:var(--text)}
:host([hidden]),[hidden]{display:none!important}
*{box-sizing:border-box}
h2{font-size:1.25rem;line-height:1.3;margin:0 0 .5rem}
p{margin:.5rem 0}
form{display:flex;flex-wrap:wrap;gap:.5rem;align-items:end;margin:1rem 0 .5rem}
label{flex:1 0 100%;font-weight:600}
input{flex:1 1 8rem;min-width:0;font:inherit;font-size:1.5rem;letter-spacing:.2em;padding:.4rem .75rem;
color:inherit;background:transparent;border:1px solid var(--line);border-radius:.5rem}
button,.number{font:inherit;padding:.6rem 1rem;min-height:2.9rem;border-radius:.5rem;border:1px solid var(--accent);
background:transparent;color:var(--accent);cursor:pointer}
[type=submit],.number{background:var(--accent);color:var(--on-accent);text-decoration:none;display:inline-block}
button:disabled{border-color:var(--line);color:var(--soft);cursor:default;background:transparent}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
input[aria-invalid=true]{border-color:var(--bad)}
.actions{display:flex;flex-wrap:wrap;gap:.5rem}
.soft{color:var(--soft)}
.problem{color:var(--bad);font-weight:600}
.problem:empty,.status:empty{display:none}
.done{color:var(--good);font-weight:600}
svg{display:block;width:11rem;height:11rem;margin:1rem 0;background:#fff}
@media (pointer:coarse){svg{display:none}}
`
