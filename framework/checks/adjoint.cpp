#include "framework/checks/adjoint.h"

#include <cmath>
#include <limits>

#include "framework/checks/values.h"

namespace fno::checks {

double AdjointGap::relative() const {
  const double gap = std::fabs(left - right) / (forward + back);
  return arrived && !std::isnan(gap) ? gap : std::numeric_limits<double>::infinity();
}

AdjointGap adjoint_gap(const std::function<Var(const Var&)>& op, const Tensor& x, Random& random) {
  const Var input = Var::leaf(x);
  const Var result = op(input);
  const Tensor y = normal_tensor(random, result.shape(), result.dtype(), x.device());
  backward(result, y);
  AdjointGap gap{.arrived = input.has_grad()};
  if (!gap.arrived) return gap;
  const std::vector<double> ax = host_values(result.value()), yv = host_values(y), xv = host_values(x),
                            aty = host_values(input.grad());
  gap.left = dot(ax, yv);
  gap.right = dot(xv, aty);
  gap.forward = std::sqrt(dot(ax, ax) * dot(yv, yv));
  gap.back = std::sqrt(dot(xv, xv) * dot(aty, aty));
  return gap;
}

}  // namespace fno::checks
