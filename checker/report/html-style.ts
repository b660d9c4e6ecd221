/** The style sheet of the HTML page; in the page itself, since the page loads nothing. */
export const STYLE = `
:root { color-scheme: light dark; --ink: #1d2330; --dim: #667085; --paper: #f6f7f9; --card: #ffffff;
  --line: #dfe3ea; --good: #157f3d; --bad: #b42318; --doubt: #a15c07; --run: #3b6fd4; --equal: #a9bfe8;
  --writable: #e07b00; --cached: #8a8f98; --recorded: #3b6fd4; --changed: #b42318; --due: #8e44ad; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ef; --dim: #98a2b3; --paper: #12151b;
  --card: #1b2029; --line: #303744; --good: #4ac776; --bad: #ff7a6b; --doubt: #f0b34a; --run: #6b9bff;
  --equal: #33517f; --writable: #f0a040; --cached: #767d89; --recorded: #6b9bff; --changed: #ff7a6b;
  --due: #c08be0; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink);
  font: 15px/1.5 system-ui, -apple-system, 'Segoe UI', sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 24px 20px 60px; }
header.verdict { background: var(--card); border: 1px solid var(--line); border-left: 8px solid var(--tone);
  border-radius: 8px; padding: 18px 22px; }
.consistent { --tone: var(--good); } .violated { --tone: var(--bad); } .undecided { --tone: var(--doubt); }
h1 { margin: 0; font-size: 26px; color: var(--tone); } h1 small { color: var(--ink); font-weight: 500;
  font-size: 18px; margin-left: 10px; }
header dl { display: flex; flex-wrap: wrap; gap: 8px 36px; margin: 14px 0 0; }
header dt { color: var(--dim); font-size: 12px; } header dd { margin: 0; font-size: 19px;
  font-variant-numeric: tabular-nums; }
section.workload { margin-top: 32px; } h2 { font-size: 20px; margin: 0 0 10px; }
h3 { font-size: 13px; color: var(--dim); font-weight: 600; margin: 18px 0 6px; }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 14px 18px;
  margin-bottom: 14px; overflow-x: auto; }
table { border-collapse: collapse; } th { text-align: left; color: var(--dim); font-weight: 500;
  font-size: 13px; } td, th { padding: 3px 18px 3px 0; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
tr.all td { border-top: 1px solid var(--line); font-weight: 600; }
.card > h3:first-child { margin-top: 0; }
.bar { display: flex; width: 240px; height: 12px; margin-top: 6px; background: var(--line); border-radius: 3px;
  overflow: hidden; } .bar b { background: var(--run); } .bar i { background: var(--equal); }
code, .mono { font: 13px/1.5 ui-monospace, 'Cascadia Code', Menlo, Consolas, monospace; }
.good { color: var(--good); } .bad { color: var(--bad); } .doubt { color: var(--doubt); } .dim { color: var(--dim); }
details.finding { background: var(--card); border: 1px solid var(--line); border-left: 5px solid var(--bad);
  border-radius: 8px; margin-bottom: 12px; padding: 0 18px; }
details.finding > summary { cursor: pointer; padding: 12px 0; } details.finding[open] { padding-bottom: 16px; }
summary .promise { color: var(--bad); font-weight: 700; } summary .seen { float: right; color: var(--dim); }
dl.facts { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 0; }
dl.facts dt { color: var(--dim); } dl.facts dd { margin: 0; overflow-wrap: anywhere; }
pre { margin: 0; white-space: pre-wrap; } .replay { user-select: all; background: var(--paper);
  border: 1px solid var(--line); border-radius: 4px; padding: 2px 8px; display: inline-block; }
ol.trace { margin: 0; padding-left: 34px; } ol.trace li.last { color: var(--bad); font-weight: 600; }
ol.trace .changes { color: var(--dim); margin-left: 10px; font-weight: 400; }
.scroll { overflow-x: auto; } table.lanes td, table.lanes th { padding: 0; border: 1px solid var(--line); }
table.lanes th.page { padding: 2px 10px; position: sticky; left: 0; background: var(--card); color: var(--ink); }
table.lanes th.step { height: 110px; min-width: 26px; vertical-align: bottom; }
table.lanes th.step span { writing-mode: vertical-rl; transform: rotate(180deg); white-space: nowrap;
  padding: 4px 0; font-size: 12px; }
table.lanes .crash { background: color-mix(in srgb, var(--bad) 22%, transparent); }
table.lanes td div { display: flex; flex-direction: column; gap: 1px; padding: 2px; width: 26px; }
table.lanes td i { height: 5px; border-radius: 1px; background: transparent; }
i.writable { background: var(--writable) !important; } i.cached { background: var(--cached) !important; }
i.recorded { background: var(--recorded) !important; } i.changed { background: var(--changed) !important; }
i.due { background: var(--due) !important; }
i.torn { background: repeating-linear-gradient(90deg, var(--recorded) 0 3px, transparent 3px 6px) !important; }
.legend span { margin-right: 18px; font-size: 13px; } .legend i { display: inline-block; width: 18px; height: 7px;
  margin-right: 6px; border-radius: 1px; }
.chips span { display: inline-block; border: 1px solid var(--line); border-radius: 12px; padding: 0 10px;
  margin: 0 6px 6px 0; font-size: 13px; }
footer { margin-top: 36px; color: var(--dim); font-size: 13px; }
@media print { body { background: none; } .card, details.finding { break-inside: avoid; } }
`;
