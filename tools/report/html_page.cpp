#include "tools/report/html_page.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <fmt/format.h>
#include <utility>

#include "framework/error.h"
#include "tools/report/page_style.h"
#include "tools/report/text.h"

namespace fno::report {
namespace {

bool is_number(const std::string& cell) {
  if (cell.empty() || cell == "–" || cell == "-") return true;
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  return error == std::errc() && end == cell.data() + cell.size();
}

std::string cell_html(std::string_view tag, bool number, std::string_view text) {
  return fmt::format("<{0}{1}>{2}</{0}>", tag, number ? " class=\"number\"" : "", escape_markup(text));
}

}  // namespace

HtmlPage::HtmlPage(std::string title, std::string summary) : title_(std::move(title)), summary_(std::move(summary)) {}

void HtmlPage::warnings(const std::vector<std::string>& lines) {
  if (lines.empty()) return;
  body_ += lines.size() == 1 ? "<div class=\"warnings\" role=\"note\"><b>Warning</b><ul>"
                             : "<div class=\"warnings\" role=\"note\"><b>Warnings</b><ul>";
  for (const std::string& line : lines) body_ += "<li>" + escape_markup(line) + "</li>";
  body_ += "</ul></div>\n";
}

void HtmlPage::section(std::string_view heading) {
  sections_.emplace_back(heading);
  body_ += fmt::format("<h2 id=\"section-{}\">{}</h2>\n", sections_.size(), escape_markup(heading));
}

void HtmlPage::paragraph(std::string_view text) { body_ += "<p>" + escape_markup(text) + "</p>\n"; }

void HtmlPage::key_results(const std::vector<KeyResult>& results) {
  body_ += "<div class=\"results\">\n";
  for (const KeyResult& result : results)
    body_ += fmt::format("<div><span>{}</span><b>{}</b><span class=\"note\">{}</span></div>\n",
                         escape_markup(result.name), escape_markup(result.value), escape_markup(result.note));
  body_ += "</div>\n";
}

void HtmlPage::table(const Table& table) {
  for (const auto& row : table.rows)
    require<ErrorKind::config>(row.size() == table.header.size(), "table '", table.title, "': a row has ", row.size(),
                               " cells, the header ", table.header.size());
  std::vector<bool> number(table.header.size());
  for (std::size_t c = 0; c < number.size(); ++c)
    number[c] = std::all_of(table.rows.begin(), table.rows.end(), [&](const auto& row) { return is_number(row[c]); });

  if (!table.title.empty()) body_ += "<h3>" + escape_markup(table.title) + "</h3>\n";
  body_ += "<div class=\"scroll\"><table><thead><tr>";
  for (std::size_t c = 0; c < number.size(); ++c) body_ += cell_html("th", number[c], table.header[c]);
  body_ += "</tr></thead><tbody>\n";
  for (const auto& row : table.rows) {
    body_ += "<tr>";
    for (std::size_t c = 0; c < number.size(); ++c) body_ += cell_html("td", number[c], row[c]);
    body_ += "</tr>\n";
  }
  body_ += "</tbody></table></div>\n";
}

void HtmlPage::facts(const std::vector<Fact>& facts) {
  body_ += "<dl class=\"facts\">\n";
  for (const Fact& fact : facts)
    body_ += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape_markup(fact.key), escape_markup(fact.value));
  body_ += "</dl>\n";
}

void HtmlPage::definitions(const std::vector<Definition>& definitions) {
  body_ += "<div class=\"scroll\"><table class=\"definitions\"><tbody>\n";
  for (const Definition& d : definitions)
    body_ += fmt::format("<tr><td>{}</td><td><code>{}</code></td><td class=\"muted\">{}</td></tr>\n",
                         escape_markup(d.name), escape_markup(d.formula), escape_markup(d.note));
  body_ += "</tbody></table></div>\n";
}

void HtmlPage::plots(const std::vector<Plot>& plots) {
  body_ += "<div class=\"plots\">\n";
  for (const Plot& plot : plots) body_ += render_plot(plot, SvgTarget::page);
  body_ += "</div>\n";
}

void HtmlPage::markup(std::string_view html) { body_ += html; }

std::string HtmlPage::finish() const {
  const std::string title = escape_markup(title_);
  std::string out =
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; img-src data:; style-src "
      "'unsafe-inline'\">\n<title>" +
      title + "</title>\n<style>" + page_css() + "</style>\n</head>\n<body>\n<main>\n<h1>" + title + "</h1>\n";
  if (!summary_.empty()) out += "<p class=\"summary muted\">" + escape_markup(summary_) + "</p>\n";
  if (sections_.size() > 1) {
    out += "<nav>";
    for (std::size_t i = 0; i < sections_.size(); ++i)
      out += fmt::format("<a href=\"#section-{}\">{}</a>", i + 1, escape_markup(sections_[i]));
    out += "</nav>\n";
  }
  return out + body_ + "</main>\n</body>\n</html>\n";
}

}  // namespace fno::report
