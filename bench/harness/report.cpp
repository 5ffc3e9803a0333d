#include "bench/harness/report.h"

#include <algorithm>
#include <fmt/format.h>
#include <fstream>
#include <nlohmann/json.hpp>

#include "bench/harness/statistics.h"
#include "framework/error.h"

namespace fno::bench {
namespace {

struct Column {
  const char* head;
  bool left = false;
};

constexpr Column kColumns[] = {{"case", true}, {"ms"},      {"[p10, p90]"}, {"cpu ms"},   {"MB"},      {"Mflop"},
                               {"GB/s"},       {"Gflop/s"}, {"floor ms"},   {"by", true}, {"% floor"}, {"error"}};
constexpr std::size_t kCount = std::size(kColumns);
using Row = std::array<std::string, kCount>;

bool by_memory(const Work& work, const Roof& roof) {
  return work.bytes() / roof.copy_gb_per_s >= work.flop / roof.product_gflop_per_s;
}

Row row_of(const Result& r, const Roof& roof) {
  const double s = r.median(), floor = roof.floor_seconds(r.work);
  const int digits = s < 1e-4 ? 5 : 3;
  const auto ms = [&](double seconds) { return fmt::format("{:.{}f}", 1e3 * seconds, digits); };
  return {r.name,
          ms(s),
          fmt::format("[{}, {}]", ms(quantile(r.seconds, 0.1)), ms(quantile(r.seconds, 0.9))),
          ms(quantile(r.cpu_seconds, 0.5)),
          fmt::format("{:.2f}", 1e-6 * r.work.bytes()),
          fmt::format("{:.1f}", 1e-6 * r.work.flop),
          fmt::format("{:.2f}", 1e-9 * r.work.bytes() / s),
          fmt::format("{:.1f}", 1e-9 * r.work.flop / s),
          ms(floor),
          by_memory(r.work, roof) ? "copy" : "product",
          fmt::format("{:.0f}", 100 * floor / s),
          r.float64_error ? fmt::format("{:.0e}", *r.float64_error) : "-"};
}

std::vector<Row> rows_of(const Report& report) {
  std::vector<Row> rows;
  for (const Result& r : report.results) rows.push_back(row_of(r, report.roof()));
  return rows;
}

std::string spread(const std::vector<double>& samples, const char* unit) {
  return fmt::format("{:.1f} {} (median; 10 % below {:.1f}, 10 % above {:.1f})", quantile(samples, 0.5), unit,
                     quantile(samples, 0.1), quantile(samples, 0.9));
}

// What the table was measured on, and against.
std::vector<std::pair<std::string, std::string>> header_of(const Report& report) {
  auto header = report.run;
  header.emplace_back("copy", spread(report.copy_samples, "GB/s"));
  header.emplace_back("product", spread(report.product_samples, "Gflop/s"));
  return header;
}

}  // namespace

double Result::median() const { return quantile(seconds, 0.5); }

Roof Report::roof() const {
  return {.copy_gb_per_s = quantile(copy_samples, 0.5), .product_gflop_per_s = quantile(product_samples, 0.5)};
}

void print_table(const Report& report) {
  for (const auto& [key, value] : header_of(report)) fmt::print("{:10} {}\n", key, value);
  const std::vector<Row> rows = rows_of(report);
  std::array<std::size_t, kCount> width{};
  for (std::size_t c = 0; c < kCount; ++c) {
    width[c] = std::string_view(kColumns[c].head).size();
    for (const Row& row : rows) width[c] = std::max(width[c], row[c].size());
  }
  const auto print = [&](const auto& cell) {
    std::string line;
    for (std::size_t c = 0; c < kCount; ++c)
      line +=
          kColumns[c].left ? fmt::format("{:<{}}  ", cell(c), width[c]) : fmt::format("{:>{}}  ", cell(c), width[c]);
    line.erase(line.find_last_not_of(' ') + 1);
    fmt::print("{}\n", line);
  };
  fmt::print("\n");
  print([](std::size_t c) { return std::string(kColumns[c].head); });
  for (const Row& row : rows) print([&](std::size_t c) { return row[c]; });
}

void write_markdown(const Report& report, const std::string& path) {
  std::string text = fmt::format("`fno_bench_{}`\n\n", report.program);
  for (const auto& [key, value] : header_of(report)) text += fmt::format("- {}: {}\n", key, value);
  std::string head = "\n|", rule = "|";
  for (const Column& column : kColumns) {
    head += fmt::format(" {} |", column.head);
    rule += column.left ? " --- |" : " ---: |";
  }
  text += head + "\n" + rule + "\n";
  for (const Row& row : rows_of(report)) {
    text += "|";
    for (const std::string& cell : row) text += " " + cell + " |";
    text += "\n";
  }
  write_text(path, text);
}

void write_json(const Report& report, const std::string& path) {
  nlohmann::ordered_json root;
  root["program"] = report.program;
  for (const auto& [key, value] : report.run) root["run"][key] = value;
  const Roof roof = report.roof();
  root["copy_gb_per_s"] = roof.copy_gb_per_s;
  root["product_gflop_per_s"] = roof.product_gflop_per_s;
  for (const Result& r : report.results) {
    const double s = r.median(), floor = roof.floor_seconds(r.work);
    nlohmann::ordered_json line;
    line["name"] = r.name;
    line["ms"] = 1e3 * s;
    line["ms_p10"] = 1e3 * quantile(r.seconds, 0.1);
    line["ms_p90"] = 1e3 * quantile(r.seconds, 0.9);
    line["cpu_ms"] = 1e3 * quantile(r.cpu_seconds, 0.5);
    line["bytes"] = r.work.bytes();
    line["flop"] = r.work.flop;
    line["gb_per_s"] = 1e-9 * r.work.bytes() / s;
    line["percent_of_copy"] = 1e-7 * r.work.bytes() / s / roof.copy_gb_per_s;
    line["gflop_per_s"] = 1e-9 * r.work.flop / s;
    line["floor_ms"] = 1e3 * floor;
    line["floor_by"] = by_memory(r.work, roof) ? "copy" : "product";
    line["percent_of_floor"] = 100 * floor / s;
    if (r.float64_error) line["float64_error"] = *r.float64_error;
    line["peak_bytes"] = r.peak_bytes;
    for (const double sample : r.seconds) line["samples_ms"].push_back(1e3 * sample);
    for (const double sample : r.cpu_seconds) line["samples_cpu_ms"].push_back(1e3 * sample);
    for (const Check& c : r.checks)
      line["checks"].push_back({{"name", c.name}, {"norm", c.norm}, {"projection", c.projection}});
    root["cases"].push_back(line);
  }
  write_text(path, root.dump(1) + "\n");
}

void write_text(const std::string& path, const std::string& text) {
  std::ofstream out(path);
  out << text;
  out.close();
  require<ErrorKind::storage>(static_cast<bool>(out), "cannot write ", path);
}

}  // namespace fno::bench
