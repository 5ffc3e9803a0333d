#include "tools/report/page.h"

namespace fno::report {
namespace {

std::string markdown(const std::string& text) { return text + "\n\n"; }

std::string markdown(const Bullets& bullets) {
  std::string out;
  for (const std::string& line : bullets.lines) out += "- " + line + "\n";
  return out + "\n";
}

std::string markdown(const Links& links) {
  std::string out = links.lead;
  for (const Links::Link& link : links.links) out += " [" + link.label + "](" + link.address + ")";
  return out + "\n\n";
}

std::string markdown(const Table& table) {
  return (table.title.empty() ? "" : "### " + table.title + "\n\n") + markdown_table(table) + "\n";
}

std::string markdown(const Plot&) { return {}; }

std::string markdown(const Sample&) { return {}; }

std::string markdown(const std::vector<KeyResult>& results) {
  Bullets bullets;
  for (const KeyResult& r : results)
    bullets.lines.push_back(r.name + ": " + r.value + (r.note.empty() ? "" : " (" + r.note + ")"));
  return markdown(bullets);
}

std::string markdown(const std::vector<Fact>& facts) {
  Bullets bullets;
  for (const Fact& fact : facts) bullets.lines.push_back(fact.key + ": " + fact.value);
  return markdown(bullets);
}

std::string markdown(const std::vector<Definition>& definitions) {
  Bullets bullets;
  for (const Definition& d : definitions)
    bullets.lines.push_back(d.name + ": " + d.formula + "." + (d.note.empty() ? "" : " " + d.note));
  return markdown(bullets);
}

}  // namespace

std::string page_markdown(const Page& page) {
  std::string out = "# " + page.title + "\n\n";
  if (!page.summary.empty()) out += page.summary + "\n\n";
  if (!page.warnings.empty()) out += markdown(Bullets{page.warnings});
  for (const Section& section : page.sections) {
    std::string body;
    for (const Block& block : section.blocks) body += std::visit([](const auto& b) { return markdown(b); }, block);
    if (!body.empty()) out += "## " + section.heading + "\n\n" + body;
  }
  out.pop_back();  // one line end is enough
  return out;
}

}  // namespace fno::report
