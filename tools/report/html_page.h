#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tools/report/svg_plot.h"

namespace fno::report {

/// A number worth a glance.
struct KeyResult {
  std::string name = {}, value = {}, note = {};
};

/// A setting, or a fact about a run.
struct Fact {
  std::string key = {}, value = {};
};

/// How a number is computed: its name, the exact formula, and what is worth knowing about it.
struct Definition {
  std::string name = {}, formula = {}, note = {};
};

/// Rows of cells. Columns that hold only numbers are set flush right.
struct Table {
  std::string title = {};
  std::vector<std::string> header = {};
  std::vector<std::vector<std::string>> rows = {};
};

/// One self-contained HTML page: style inside, pictures as data: addresses, no script, nothing fetched (a content
/// security policy in the page forbids it). Light or dark as the reader's system asks. All text given to it is escaped.
///
///     HtmlPage page("Run 7", "12 epochs, validation loss 0.012");
///     page.section("Curves");
///     page.plots(plots);
///     write_file_atomic(path, page.finish());
class HtmlPage {
 public:
  /// The title and a line under it.
  HtmlPage(std::string title, std::string summary);

  void warnings(const std::vector<std::string>& lines);
  /// Begins a section; each has an entry in the bar at the top.
  void section(std::string_view heading);
  void paragraph(std::string_view text);
  void key_results(const std::vector<KeyResult>& results);
  /// Errors: Error(config) if a row and the header differ in length.
  void table(const Table& table);
  void facts(const std::vector<Fact>& facts);
  void definitions(const std::vector<Definition>& definitions);
  void plots(const std::vector<Plot>& plots);
  /// Markup made elsewhere, such as sample_html; taken as it is.
  void markup(std::string_view html);

  /// The whole page.
  [[nodiscard]] std::string finish() const;

 private:
  std::string title_, summary_, body_;
  std::vector<std::string> sections_;
};

}  // namespace fno::report
