#include "tools/report/page_style.h"

#include <string_view>

#include "tools/report/plot.h"
#include "tools/report/sample_picture.h"

namespace fno::report {
namespace {

constexpr std::string_view kCss = R"css(
:root{color-scheme:light dark;--page:#ffffff;--ink:#1c2128;--muted:#57606a;--line:#d8dde3;--soft:#f5f7f9;
--link:#0b62b0;--warn-ink:#6b4200;--warn-soft:#fff6e3;--warn-line:#e2a63b}
@media (prefers-color-scheme:dark){:root{--page:#12161b;--ink:#e6e9ee;--muted:#9aa4b0;--line:#2e3640;--soft:#1a2027;
--link:#6cb4f0;--warn-ink:#f1cf8c;--warn-soft:#2b2313;--warn-line:#8a6520}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI",Helvetica,Arial,sans-serif}
main{max-width:1240px;margin:0 auto;padding:32px 28px 48px}
h1{font-size:27px;line-height:1.25;margin:0;overflow-wrap:anywhere}
h2{font-size:19px;margin:40px 0 14px;padding-bottom:6px;border-bottom:1px solid var(--line)}
h3{font-size:16px;margin:26px 0 6px}h4{font-size:14px;margin:16px 0 8px;color:var(--muted);font-weight:600}
p{margin:6px 0 12px;max-width:75ch;overflow-wrap:anywhere}.muted{color:var(--muted)}.summary{font-size:16px}
nav{display:flex;flex-wrap:wrap;gap:4px 20px;margin-top:14px;font-size:14px}
nav a{color:var(--link);text-decoration:none}nav a:hover{text-decoration:underline}
.warnings{margin:22px 0 0;padding:12px 18px;background:var(--warn-soft);color:var(--warn-ink);
border:1px solid var(--warn-line);border-left-width:5px;border-radius:5px}
.warnings ul{margin:4px 0 0;padding-left:20px}.warnings li{overflow-wrap:anywhere}
.results{display:grid;grid-template-columns:repeat(auto-fill,minmax(200px,1fr));gap:12px}
.results div{background:var(--soft);border:1px solid var(--line);border-radius:6px;padding:12px 16px;min-width:0}
.results b{display:block;font-size:24px;line-height:1.3;font-weight:600;font-variant-numeric:tabular-nums;
overflow-wrap:anywhere}
.results span{display:block;font-size:13px}.results .note{color:var(--muted)}
.scroll{overflow-x:auto}
table{border-collapse:collapse;font-size:14px;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:5px 24px 5px 0;border-bottom:1px solid var(--line);vertical-align:top}
th{font-weight:600;color:var(--muted);white-space:nowrap}.number{text-align:right}
th:last-child,td:last-child{padding-right:0}
.facts{columns:2;column-gap:40px;margin:0;font-size:14px}
.facts div{display:grid;grid-template-columns:minmax(0,11fr) minmax(0,14fr);gap:12px;padding:4px 0;
border-bottom:1px solid var(--line);break-inside:avoid}
.facts dt{color:var(--muted);overflow-wrap:anywhere}.facts dd{margin:0;overflow-wrap:anywhere;
font-variant-numeric:tabular-nums}
.definitions td:first-child{font-weight:600;white-space:nowrap}.definitions td{padding-top:8px;padding-bottom:8px}
code{font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere}
.plots{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:22px 28px}
.plots.three{grid-template-columns:repeat(3,minmax(0,1fr));gap:16px 20px}
.plot{display:block;width:100%;height:auto}
footer{margin-top:44px;padding-top:12px;border-top:1px solid var(--line);font-size:13px;color:var(--muted)}
@media (max-width:820px){main{padding:20px 16px 32px}.plots,.plots.three{grid-template-columns:minmax(0,1fr)}
.facts{columns:1}.definitions td:first-child{white-space:normal}}
@media print{main{max-width:none;padding:0}nav{display:none}.plots,.sample,.results{break-inside:avoid}}
)css";

}  // namespace

std::string page_css() { return std::string(kCss) + plot_css() + "\n" + sample_css() + "\n"; }

}  // namespace fno::report
