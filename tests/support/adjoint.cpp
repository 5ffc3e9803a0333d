#include "tests/support/adjoint.h"

#include <cmath>

#include "framework/checks/adjoint.h"

namespace fno::test {

::testing::AssertionResult adjoint_holds(const std::function<Var(const Var&)>& op, const Tensor& x, Random& random) {
  const checks::AdjointGap gap = checks::adjoint_gap(op, x, random);
  if (!gap.arrived) return ::testing::AssertionFailure() << "no gradient arrived";
  const double allowed = (real_of(x.dtype()) == Dtype::float64 ? 1e-13 : 1e-6) * gap.forward;
  if (gap.forward > 0 && std::fabs(gap.left - gap.right) <= allowed) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "<Ax, y> = " << gap.left << ", <x, A'y> = " << gap.right << ", apart by "
                                       << std::fabs(gap.left - gap.right) << ", allowed " << allowed << " for x " << x;
}

}  // namespace fno::test
