#include "tools/report/table.h"

#include <algorithm>
#include <charconv>

#include "framework/error.h"
#include "tools/report/text.h"

namespace fno::report {
namespace {

bool is_number(const std::string& cell) {
  if (cell.empty() || cell == kNoValue) return true;
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  return error == std::errc() && end == cell.data() + cell.size();
}

// Code points: the dash of an empty cell has three bytes.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string padded(const std::string& text, std::size_t width, bool right) {
  const std::string room(width - width_of(text), ' ');
  return right ? room + text : text + room;
}

std::string markdown_row(const std::vector<std::string>& row) {
  std::string text = "|";
  for (const std::string& cell : row) {
    text += ' ';
    for (const char c : cell) text += c == '|' ? "\\|" : c == '\n' ? " " : std::string(1, c);
    text += " |";
  }
  return text + "\n";
}

}  // namespace

bool Table::is_numeric(std::size_t column) const {
  return std::ranges::all_of(rows, [&](const auto& row) { return is_number(row[column]); });
}

void Table::check() const {
  for (const auto& row : rows)
    require<ErrorKind::config>(row.size() == header.size(), "table '", title, "': a row has ", row.size(),
                               " cells, the header ", header.size());
}

std::string text_table(const Table& table) {
  table.check();
  std::vector<std::string> lines(table.rows.size() + 1);
  for (std::size_t c = 0; c < table.header.size(); ++c) {
    std::size_t width = width_of(table.header[c]);
    for (const auto& row : table.rows) width = std::max(width, width_of(row[c]));
    for (std::size_t r = 0; r < lines.size(); ++r)
      lines[r] +=
          (c == 0 ? "" : "  ") + padded(r == 0 ? table.header[c] : table.rows[r - 1][c], width, table.is_numeric(c));
  }
  std::string text;
  for (const std::string& line : lines) text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  return text;
}

std::string markdown_table(const Table& table) {
  table.check();
  std::string text = markdown_row(table.header) + "|";
  for (std::size_t c = 0; c < table.header.size(); ++c) text += table.is_numeric(c) ? " ---: |" : " --- |";
  text += "\n";
  for (const auto& row : table.rows) text += markdown_row(row);
  return text;
}

}  // namespace fno::report
