#include "tests/support/near.h"

#include <cmath>
#include <sstream>

#include "framework/checks/values.h"

namespace fno::test {
namespace {

template <class Bound>
::testing::AssertionResult within(const std::vector<double>& actual, const std::vector<double>& expected,
                                  const Bound& bound) {
  if (actual.size() != expected.size())
    return ::testing::AssertionFailure() << actual.size() << " values, expected " << expected.size();
  for (std::size_t i = 0; i < actual.size(); ++i)
    if (!(std::fabs(actual[i] - expected[i]) <= bound(expected[i]))) {
      std::ostringstream line;
      line.precision(17);
      line << "value " << i << " of " << actual.size() << " is " << actual[i] << ", expected " << expected[i]
           << ", off by " << std::fabs(actual[i] - expected[i]) << ", allowed " << bound(expected[i]);
      return ::testing::AssertionFailure() << line.str();
    }
  return ::testing::AssertionSuccess();
}

}  // namespace

std::vector<double> host_values(const Tensor& tensor) { return checks::host_values(tensor); }

::testing::AssertionResult near_scaled(const std::vector<double>& actual, const std::vector<double>& expected,
                                       double tolerance) {
  double scale = 0;
  for (const double e : expected) scale = std::max(scale, std::fabs(e));
  if (scale < 1e-6) scale = 1;
  return within(actual, expected, [&](double) { return tolerance * scale; });
}

::testing::AssertionResult near_mixed(const std::vector<double>& actual, const std::vector<double>& expected,
                                      double absolute, double relative) {
  return within(actual, expected, [&](double e) { return absolute + relative * std::fabs(e); });
}

::testing::AssertionResult near_golden(const Tensor& actual, const GoldenArray& expected, const Tolerance& tolerance) {
  if (!actual.defined()) return ::testing::AssertionFailure() << "there is no tensor";
  return near_scaled(host_values(actual), expected.values, tolerance.of(actual.dtype()));
}

::testing::AssertionResult near_golden_complex(const Tensor& actual, const GoldenFile& file, const std::string& in_case,
                                               const std::string& name, const Tolerance& tolerance) {
  const std::vector<double> pairs = host_values(actual);
  const double allowed = tolerance.of(actual.dtype());
  const auto re = near_scaled(part_of(pairs, 0), file.get(in_case, name + "_re").values, allowed);
  return re ? near_scaled(part_of(pairs, 1), file.get(in_case, name + "_im").values, allowed) : re;
}

std::vector<double> part_of(const std::vector<double>& pairs, std::size_t part) {
  std::vector<double> values;
  for (std::size_t i = part; i < pairs.size(); i += 2) values.push_back(pairs[i]);
  return values;
}

}  // namespace fno::test
