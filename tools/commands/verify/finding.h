#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace fno::verify {

/// What a check came to, a line of the table.
struct Finding {
  enum class Result {
    ok,
    failed,
    slow,    ///< a warning: slower than expected, as a busy machine is
    absent,  ///< there is nothing here to look at; `at` says why
  };
  std::string check, covers;
  Result result = Result::ok;
  std::int64_t cases = 0;
  double error = 0, bound = 0;  ///< of the case that came closest to its bound, or went farthest beyond it
  std::string at;               ///< that case

  /// "adjoints (convolutions, float32, cpu): error 0.1 at conv 3x3, at most 2e-06 is accepted".
  [[nodiscard]] std::string sentence() const;
};

/// Gathers cases, each with a bound of its own, and keeps the worst by error over bound.
class Worst {
 public:
  /// NaN is beyond every bound.
  void add(double error, double bound, const std::string& at);
  /// Failed too if there was no case: nothing has been shown.
  [[nodiscard]] Finding finding(const std::string& check, const std::string& covers) const;

 private:
  Finding worst_;
  double ratio_ = -1;
};

/// Errors: numeric, one line that names the first that failed and how many more did.
void require_passed(const std::vector<Finding>& findings);

/// ok, FAILED, slow, –.
[[nodiscard]] std::string word_of(Finding::Result result);

/// The table, a line a finding.
[[nodiscard]] std::string table_of(const std::vector<Finding>& findings);

}  // namespace fno::verify
