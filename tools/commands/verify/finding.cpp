#include "tools/commands/verify/finding.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "framework/error.h"
#include "tools/report/table.h"
#include "tools/report/text.h"

namespace fno::verify {
namespace {

std::string number(double value) { return report::format_number(value, 2); }

}  // namespace

std::string Finding::sentence() const {
  const std::string what = check + " (" + covers + ")";
  if (cases == 0) return what + ": nothing was looked at";
  return what + ": error " + number(error) + " at " + at + ", at most " + number(bound) + " is accepted";
}

void Worst::add(double error, double bound, const std::string& at) {
  constexpr double kBeyond = std::numeric_limits<double>::infinity();
  ++worst_.cases;
  if (std::isnan(error)) error = kBeyond;
  const double ratio = error == 0 ? 0 : bound > 0 ? error / bound : kBeyond;
  if (ratio <= ratio_) return;
  ratio_ = ratio;
  worst_.error = error;
  worst_.bound = bound;
  worst_.at = at;
}

Finding Worst::finding(const std::string& check, const std::string& covers) const {
  Finding found = worst_;
  found.check = check;
  found.covers = covers;
  found.result = worst_.cases > 0 && ratio_ <= 1 ? Finding::Result::ok : Finding::Result::failed;
  return found;
}

void require_passed(const std::vector<Finding>& findings) {
  const auto failed = [](const Finding& f) { return f.result == Finding::Result::failed; };
  const auto first = std::ranges::find_if(findings, failed);
  if (first == findings.end()) return;
  const auto more = std::ranges::count_if(findings, failed) - 1;
  fail(ErrorKind::numeric, "verify: failed: ", first->sentence(),
       more > 0 ? "; " + std::to_string(more) + " more failed" : "");
}

std::string word_of(Finding::Result result) {
  switch (result) {
    case Finding::Result::ok: return "ok";
    case Finding::Result::failed: return "FAILED";
    case Finding::Result::slow: return "slow";
    case Finding::Result::absent: return report::kNoValue;
  }
  return {};
}

std::string table_of(const std::vector<Finding>& findings) {
  report::Table table{.header = {"check", "what it covers", "cases", "worst error", "bound", "result"}};
  for (const Finding& f : findings) {
    const bool absent = f.result == Finding::Result::absent;
    table.rows.push_back(
        {f.check, absent ? f.covers + ": " + f.at : f.covers, absent ? report::kNoValue : std::to_string(f.cases),
         absent ? report::kNoValue : number(f.error), absent ? report::kNoValue : number(f.bound), word_of(f.result)});
  }
  return report::text_table(table);
}

}  // namespace fno::verify
