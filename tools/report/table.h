#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace fno::report {

/// Rows of cells. Columns that hold only numbers are set flush right.
struct Table {
  std::string title = {};
  std::vector<std::string> header = {};
  std::vector<std::vector<std::string>> rows = {};

  /// Whether all cells of a column are numbers, or kNoValue, or empty.
  [[nodiscard]] bool is_numeric(std::size_t column) const;
  /// Throws Error(config) if a row and the header differ in length.
  void check() const;
};

/// The table as plain text and as Markdown, without its title.
[[nodiscard]] std::string text_table(const Table& table);
[[nodiscard]] std::string markdown_table(const Table& table);

}  // namespace fno::report
