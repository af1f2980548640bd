package m365

const outlookStyle = `:root{color-scheme:light dark;--ink:#1b2330;--soft:#5a6577;--paper:#f4f6f9;--card:#fff;--line:#d9dfe8;--accent:#0b5cad;--on-accent:#fff;
--busy:#0b5cad;--free:#8793a5;--tentative:#7a5bb5;--oof:#a3316b;--else:#20744a;--danger:#a8261c;--mark:#fff6d6}
@media (prefers-color-scheme:dark){:root{--ink:#e8ecf2;--soft:#a6b1c2;--paper:#12161d;--card:#1b212b;--line:#323b49;--accent:#7db7f5;--on-accent:#0b1420;
--busy:#7db7f5;--free:#8793a5;--tentative:#b9a0e8;--oof:#ef8fc0;--else:#7fd0a6;--danger:#ff9a8f;--mark:#3a341c}}
*{box-sizing:border-box}
body{margin:0;font:16px/1.5 system-ui,"Segoe UI",sans-serif;color:var(--ink);background:var(--paper)}
header{display:flex;gap:1rem;align-items:baseline;padding:.6rem 1.25rem;background:var(--card);border-bottom:1px solid var(--line)}
.brand{font-weight:700;text-decoration:none}.lang{margin-left:auto}
main{max-width:60rem;margin:0 auto;padding:1rem 1.25rem}
footer{max-width:60rem;margin:2rem auto;padding:0 1.25rem;color:var(--soft);font-size:.875rem}
a{color:var(--accent)}h1{font-size:1.6rem;margin:.5rem 0 0}h2{font-size:1.05rem;margin:0}small,.who,.note,.empty{color:var(--soft)}
.who{margin:.1rem 0 1rem}.who small{display:block}
.bar{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center;margin:.75rem 0}.bar form{display:flex;gap:.5rem;align-items:center}
.bar .primary{margin-left:auto}
input,select,textarea,button,.button{font:inherit;color:inherit;background:var(--card);border:1px solid var(--line);border-radius:.4rem;padding:.35rem .65rem}
input[type=search],.now input{min-width:14rem;flex:1}
button,.button{cursor:pointer;text-decoration:none;display:inline-block}button:hover,.button:hover{border-color:var(--accent)}
.primary,button.primary{background:var(--accent);border-color:var(--accent);color:var(--on-accent)}
[aria-current=page]{border-color:var(--accent);font-weight:600}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
.danger{color:var(--danger)}
.card,.day{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.9rem 1.1rem;margin:1rem 0}
.today{border-color:var(--accent)}
.events,.people,.event ul{list-style:none;margin:0;padding:0}
.people li{padding:.45rem .25rem;border-bottom:1px solid var(--line)}.people small{margin-left:.5rem}
.event{display:grid;grid-template-columns:8.5rem 1fr auto;gap:.75rem;align-items:start;padding:.55rem .25rem .55rem .75rem;border-left:.35rem solid var(--busy);border-bottom:1px solid var(--line);margin-top:.4rem}
.event.free{border-left-color:var(--free)}.event.tentative{border-left-color:var(--tentative);border-left-style:dashed}
.event.oof{border-left-color:var(--oof)}.event.workingElsewhere{border-left-color:var(--else);border-left-style:dotted}
.time{font-variant-numeric:tabular-nums;font-weight:600}.what>a{font-weight:600;color:inherit;overflow-wrap:anywhere}
.off .what>a{text-decoration:line-through}.past .time,.past .what>a{color:var(--soft)}.current{background:var(--mark)}
.marks{display:flex;flex-wrap:wrap;gap:.15rem .6rem;color:var(--soft);font-size:.875rem;align-items:center}
.as{font-weight:600}.event .as::before{content:"● "}.busy .as{color:var(--busy)}.oof .as{color:var(--oof)}.tentative .as{color:var(--tentative)}.workingElsewhere .as{color:var(--else)}
.tag{border:1px solid var(--line);border-radius:1rem;padding:0 .5rem}.live{border-color:var(--accent);color:var(--accent)}
.buttons{display:flex;flex-wrap:wrap;gap:.35rem;justify-content:flex-end}.buttons button{font-size:.875rem;padding:.2rem .55rem}
.fields{display:grid;gap:.5rem;max-width:40rem}.fields>label{font-weight:600}.fields label:has(input){font-weight:400;display:block}
.pair{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}.pair label{min-width:5rem}
fieldset{border:1px solid var(--line);border-radius:.4rem;padding:.5rem .8rem}
.problem{border:1px solid var(--danger);border-left-width:.35rem;border-radius:.4rem;padding:.5rem .8rem;background:var(--card)}
summary{cursor:pointer}summary h2{display:inline}
.actions{display:flex;flex-wrap:wrap;gap:.35rem;max-width:40rem}.actions .buttons{justify-content:flex-start}
.hidden{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);border:0;padding:0}
@media (max-width:44rem){.event{grid-template-columns:1fr}.buttons{justify-content:flex-start}}
`
