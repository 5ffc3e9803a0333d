#include "tools/commands/plan/layer_table.h"

#include <algorithm>
#include <array>
#include <fmt/format.h>

namespace fno {
namespace {

using training::Pass, training::StepPlan;

struct Cost {
  std::int64_t launches = 0;
  Work work{};
  Cost& operator+=(const Cost& other) {
    launches += other.launches;
    work += other.work;
    return *this;
  }
  friend bool operator==(const Cost&, const Cost&) = default;
};

// A layer, or those numbered first … last.
struct Row {
  std::string name;
  std::int64_t first = -1, last = -1;
  Cost forward{}, rest{};
};

// "blocks.0.conv1" is a part of blocks, number 0, and "lifter.conv1" of lifter.
Row row_of(const std::string& scope) {
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = std::min(scope.find('.', begin), scope.size());
    const std::string part = scope.substr(begin, end - begin);
    if (!part.empty() && part.find_first_not_of("0123456789") == std::string::npos) {
      const std::int64_t number = std::stoll(part);
      return {.name = scope.substr(0, begin), .first = number, .last = number};
    }
    if (end == scope.size()) return {.name = scope.substr(0, scope.find('.'))};
    begin = end + 1;
  }
}

// In the order of the forward pass.
std::vector<Row> rows_of(const StepPlan& plan) {
  std::vector<Row> rows;
  for (const Pass pass : training::kPasses)
    for (const TracedJob& job : plan.of(pass)) {
      const Row named = row_of(job.scope);
      auto row =
          std::ranges::find_if(rows, [&](const Row& r) { return r.name == named.name && r.first == named.first; });
      if (row == rows.end()) row = rows.insert(row, named);
      (pass == Pass::forward ? row->forward : row->rest) += Cost{job.launches, job.work};
    }
  return rows;
}

std::vector<Row> folded(const std::vector<Row>& rows) {
  std::vector<Row> result;
  const Row* one = nullptr;  // of those that the last line of the result stands for
  for (const Row& row : rows) {
    const bool again = one != nullptr && row.first >= 0 && row.name == one->name &&
                       row.first == result.back().last + 1 && row.forward == one->forward && row.rest == one->rest;
    if (!again) {
      one = &row;
      result.push_back(row);
      continue;
    }
    result.back().last = row.last;
    result.back().forward += row.forward;
    result.back().rest += row.rest;
  }
  return result;
}

std::string label(const Row& row) {
  if (row.first < 0) return row.name;
  if (row.first == row.last) return fmt::format("{}{}", row.name, row.first);
  return fmt::format("{}{}-{}", row.name, row.first, row.last);
}

std::string cells(const Cost& cost) {
  if (cost.launches == 0) return std::string(30, ' ');
  return fmt::format("{:>9} {:>10.2f} {:>9.3f}", cost.launches, cost.work.bytes() / 1048576, cost.work.flop / 1e9);
}

}  // namespace

std::string layer_of(const std::string& scope) { return label(row_of(scope)); }

std::string layer_table(const StepPlan& plan) {
  Row total{.name = "all"};
  const std::vector<Row> rows = folded(rows_of(plan));
  std::size_t width = 5;
  for (const Row& row : rows) {
    total.forward += row.forward;
    total.rest += row.rest;
    width = std::max(width, label(row).size());
  }
  const Work all = plan.work();
  const auto percent = [](double part, double whole) { return whole > 0 ? 100 * part / whole : 0; };
  std::string text =
      fmt::format("{:{}}  {:^30}  {:^30}  {:>13}\n", "", width, "forward", "reverse pass and update", "% of all");
  text += fmt::format("{:{}}  {:>9} {:>10} {:>9}  {:>9} {:>10} {:>9}  {:>6} {:>6}\n", "layer", width, "launches", "MiB",
                      "Gflop", "launches", "MiB", "Gflop", "bytes", "flop");
  const auto add = [&](const Row& row) {
    text += fmt::format("{:{}}  {}  {}  {:>6.1f} {:>6.1f}\n", label(row), width, cells(row.forward), cells(row.rest),
                        percent(row.forward.work.bytes() + row.rest.work.bytes(), all.bytes()),
                        percent(row.forward.work.flop + row.rest.work.flop, all.flop));
  };
  for (const Row& row : rows) add(row);
  add(total);
  return text;
}

}  // namespace fno
