namespace Retort.Reports.Pages;

/// <summary>How pages look. Every colour is a variable with a value for light, for dark and, where it must be plainer, for paper.</summary>
internal static class PageStyle
{
    /// <summary>The classes s0 to s7 are those of a chart's series; text, number, good, bad, faint, notice and scroll are for tables and paragraphs.</summary>
    public const string Css = """
        :root { color-scheme: light dark; --paper: #ffffff; --ink: #1f2328; --faint: #5b6470; --line: #d5dae0; --soft: #f3f5f7; --accent: #1b6ca8; --accent-ink: #ffffff; --good: #1a7f37; --bad: #b3261e;
          --s0: #1b6ca8; --s1: #b45f06; --s2: #2e7d32; --s3: #8e24aa; --s4: #00838f; --s5: #c2185b; --s6: #6d4c41; --s7: #616161; --all: #b9c0c8; }
        @media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e6e8eb; --faint: #a3acb7; --line: #39414b; --soft: #1d2329; --accent: #6cb2e6; --accent-ink: #0d1116; --good: #63c679; --bad: #ff8a80;
          --s0: #6cb2e6; --s1: #f0a35c; --s2: #7cc47f; --s3: #cf8fe0; --s4: #5cc8d3; --s5: #f48fb1; --s6: #bc9a8c; --s7: #b0b0b0; --all: #56616c; } }
        * { box-sizing: border-box; }
        html { -webkit-text-size-adjust: 100%; }
        body { margin: 0; font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; color: var(--ink); background: var(--paper); }
        main { max-width: 68rem; margin: 0 auto; padding: 1.2rem 1rem 4rem; }
        h1 { font-size: 1.6rem; line-height: 1.25; margin: .4rem 0 .8rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.25rem; margin: 2.4rem 0 .6rem; padding-top: 1rem; border-top: 1px solid var(--line); }
        h3 { font-size: 1.02rem; margin: 1.4rem 0 .4rem; }
        p, ul, ol { max-width: 46rem; margin: .5rem 0; }
        .lead { font-size: 1.08rem; }
        .faint, figcaption { color: var(--faint); }
        figcaption { font-size: .88rem; }
        a { color: var(--accent); }
        nav ul { list-style: none; margin: 1rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; max-width: none; }
        .notice { border-left: 4px solid var(--bad); background: var(--soft); padding: .5rem .8rem; }
        .scroll { overflow-x: auto; margin: .6rem 0; max-width: 100%; }
        .scroll:focus-visible { outline: 2px solid var(--accent); }
        table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
        th, td { text-align: right; padding: .28rem 0 .28rem 1.1rem; border-bottom: 1px solid var(--line); vertical-align: top; }
        th { font-weight: 600; } thead th { color: var(--faint); font-weight: 500; vertical-align: bottom; }
        td.number { white-space: nowrap; }
        th:first-child, td:first-child { text-align: left; padding-left: 0; }
        td.text, th.text { text-align: left; overflow-wrap: anywhere; min-width: 8rem; }
        tbody th { text-align: left; overflow-wrap: break-word; max-width: 22rem; min-width: 8.5rem; }
        .good { color: var(--good); } .bad { color: var(--bad); }
        code, pre { font: .88rem/1.45 ui-monospace, "SF Mono", Consolas, "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
        pre { background: var(--soft); padding: .6rem .8rem; white-space: pre-wrap; margin: .5rem 0; }
        details { margin: .5rem 0; } summary { cursor: pointer; }
        details > details, details > figure, details > .scroll, details > section { margin-left: .9rem; }
        .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 23rem), 1fr)); gap: 1.2rem 1.6rem; align-items: start; }
        .charts > * { min-width: 0; }
        figure { margin: .6rem 0; max-width: 34rem; break-inside: avoid; }
        figure h3, figure h4 { margin: 0 0 .2rem; font-size: .95rem; font-weight: 600; }
        svg { display: block; max-width: 100%; height: auto; } .scroll > svg { max-width: none; }
        svg text { fill: var(--faint); font: 12px system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; }
        svg .value { fill: var(--ink); }
        .grid { stroke: var(--line); stroke-width: 1; } .axis { stroke: var(--faint); stroke-width: 1; } .ideal { stroke: var(--faint); stroke-width: 1; stroke-dasharray: 4 4; fill: none; }
        .line { fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linejoin: round; } .mark { fill: currentColor; stroke: var(--paper); stroke-width: .8; } .bar { fill: currentColor; } .error { stroke: currentColor; stroke-width: 1.2; }
        svg .note { fill: currentColor; }
        .s0 { color: var(--s0); } .s1 { color: var(--s1); } .s2 { color: var(--s2); } .s3 { color: var(--s3); } .s4 { color: var(--s4); } .s5 { color: var(--s5); } .s6 { color: var(--s6); } .s7 { color: var(--s7); } .all { color: var(--all); }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: .1rem 1rem; padding: 0; margin: .2rem 0 0; font-size: .86rem; }
        .legend li { display: flex; align-items: center; gap: .35rem; } .legend span { color: var(--ink); }
        table.heat td { text-align: center; min-width: 2.6rem; padding: .3rem .4rem; border: 1px solid var(--paper); background: color-mix(in srgb, var(--accent) calc(var(--share) * 100%), var(--soft)); }
        table.heat td.strong { color: var(--accent-ink); } table.heat th { border: 0; padding: .3rem .5rem; min-width: 0; } table.heat thead th { text-align: center; }
        @media (max-width: 32rem) { body { font-size: 15px; } h1 { font-size: 1.35rem; } th, td { padding-left: .8rem; } }
        @media print { :root { color-scheme: light; --paper: #ffffff; --ink: #000000; --faint: #444444; --line: #bbbbbb; --soft: #f3f5f7; --accent: #1b6ca8; --accent-ink: #ffffff; --good: #1a7f37; --bad: #b3261e;
            --s0: #1b6ca8; --s1: #b45f06; --s2: #2e7d32; --s3: #8e24aa; --s4: #00838f; --s5: #c2185b; --s6: #6d4c41; --s7: #616161; --all: #b9c0c8; }
          body { font-size: 10.5pt; } main { max-width: none; padding: 0; } nav { display: none; } .scroll { overflow: visible; } .scroll > svg { max-width: 100%; } details::details-content { content-visibility: visible; block-size: auto; } table { font-size: 8.5pt; } th, td { padding-left: .7rem; }
          h2, h3, summary { break-after: avoid; } tr, figure { break-inside: avoid; } table.heat td, pre, .notice { print-color-adjust: exact; -webkit-print-color-adjust: exact; } .charts { grid-template-columns: 1fr 1fr; } }
        """;
}
