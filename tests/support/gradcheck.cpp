#include "tests/support/gradcheck.h"

#include <cmath>

#include "framework/checks/gradient.h"

namespace fno::test {
namespace {

constexpr double kStep = 1e-3;
constexpr double kAllowed = 1e-8;

}  // namespace

::testing::AssertionResult gradient_matches(const std::function<Var(const std::vector<Var>&)>& f,
                                            const std::vector<Tensor>& inputs, Random& random) {
  std::vector<Var> leaves;
  for (const Tensor& input : inputs) leaves.push_back(Var::leaf(input));
  const checks::SlopeGap gap = checks::slope_gap([&] { return f(leaves); }, leaves, kStep, random);
  if (!gap.arrived) return ::testing::AssertionFailure() << "an input has no gradient";
  const double apart = std::fabs(gap.by_backward - gap.by_differences);
  const double allowed = kAllowed * gap.gradient * gap.direction;
  if (gap.gradient > 0 && apart <= allowed) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "slope by backward " << gap.by_backward << ", by differences "
                                       << gap.by_differences << ", apart by " << apart << ", allowed " << allowed;
}

}  // namespace fno::test
