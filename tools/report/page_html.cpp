#include <cstddef>
#include <fmt/format.h>

#include "tools/report/page.h"
#include "tools/report/page_style.h"
#include "tools/report/text.h"

namespace fno::report {
namespace {

std::string html(const std::string& text) { return "<p>" + escape_markup(text) + "</p>\n"; }

std::string items(const std::vector<std::string>& lines) {
  std::string out;
  for (const std::string& line : lines) out += "<li>" + escape_markup(line) + "</li>\n";
  return "<ul>\n" + out + "</ul>";
}

std::string html(const Bullets& bullets) { return items(bullets.lines) + "\n"; }

std::string html(const Links& links) {
  std::string out = "<p>" + escape_markup(links.lead);
  for (std::size_t i = 0; i < links.links.size(); ++i)
    out += fmt::format("{}<a href=\"{}\">{}</a>", i == 0 ? " " : " · ", escape_markup(links.links[i].address),
                       escape_markup(links.links[i].label));
  return out + "</p>\n";
}

std::string html(const Table& table) {
  table.check();
  const auto row_html = [&](std::string_view tag, const std::vector<std::string>& row) {
    std::string out = "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c)
      out +=
          fmt::format("<{0}{1}>{2}</{0}>", tag, table.is_numeric(c) ? " class=\"number\"" : "", escape_markup(row[c]));
    return out + "</tr>";
  };
  std::string out = table.title.empty() ? "" : "<h3>" + escape_markup(table.title) + "</h3>\n";
  out += "<div class=\"scroll\"><table><thead>" + row_html("th", table.header) + "</thead><tbody>\n";
  for (const auto& row : table.rows) out += row_html("td", row) + "\n";
  return out + "</tbody></table></div>\n";
}

std::string html(const Plot& plot) { return render_plot(plot, SvgTarget::page); }

std::string html(const Sample& sample) { return sample_html(sample); }

std::string html(const std::vector<KeyResult>& results) {
  std::string out = "<div class=\"results\">\n";
  for (const KeyResult& result : results)
    out += fmt::format("<div><span>{}</span><b>{}</b><span class=\"note\">{}</span></div>\n",
                       escape_markup(result.name), escape_markup(result.value), escape_markup(result.note));
  return out + "</div>\n";
}

std::string html(const std::vector<Fact>& facts) {
  std::string out = "<dl class=\"facts\">\n";
  for (const Fact& fact : facts)
    out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_markup(fact.key), escape_markup(fact.value));
  return out + "</dl>\n";
}

std::string html(const std::vector<Definition>& definitions) {
  std::string out = "<div class=\"scroll\"><table class=\"definitions\"><tbody>\n";
  for (const Definition& d : definitions)
    out += fmt::format("<tr><td>{}</td><td><code>{}</code></td><td class=\"muted\">{}</td></tr>\n",
                       escape_markup(d.name), escape_markup(d.formula), escape_markup(d.note));
  return out + "</tbody></table></div>\n";
}

// Neighbouring plots stand in one grid.
std::string blocks_html(const std::vector<Block>& blocks) {
  std::string out;
  bool in_plots = false;
  for (const Block& block : blocks) {
    const bool is_plot = std::holds_alternative<Plot>(block);
    if (is_plot != in_plots) out += is_plot ? "<div class=\"plots\">\n" : "</div>\n";
    in_plots = is_plot;
    out += std::visit([](const auto& b) { return html(b); }, block);
  }
  return in_plots ? out + "</div>\n" : out;
}

}  // namespace

std::string page_html(const Page& page) {
  const std::string title = escape_markup(page.title);
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
      "'unsafe-inline'\">\n<title>" +
      title + "</title>\n<style>" + page_css() + "</style>\n</head>\n<body>\n<main>\n<h1>" + title + "</h1>\n";
  if (!page.summary.empty()) out += "<p class=\"summary muted\">" + escape_markup(page.summary) + "</p>\n";
  if (page.sections.size() > 1) {
    out += "<nav>";
    for (std::size_t i = 0; i < page.sections.size(); ++i)
      out += fmt::format("<a href=\"#section-{}\">{}</a>", i + 1, escape_markup(page.sections[i].heading));
    out += "</nav>\n";
  }
  if (!page.warnings.empty())
    out += fmt::format("<div class=\"warnings\" role=\"note\"><b>{}</b>{}</div>\n",
                       page.warnings.size() == 1 ? "Warning" : "Warnings", items(page.warnings));
  for (std::size_t i = 0; i < page.sections.size(); ++i)
    out += fmt::format("<h2 id=\"section-{}\">{}</h2>\n", i + 1, escape_markup(page.sections[i].heading)) +
           blocks_html(page.sections[i].blocks);
  return out + "</main>\n</body>\n</html>\n";
}

}  // namespace fno::report
