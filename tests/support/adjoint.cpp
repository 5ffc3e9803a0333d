#include "tests/support/adjoint.h"

#include <cmath>

#include "tests/support/near.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

double dot(const std::vector<double>& a, const std::vector<double>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b.at(i);
  return sum;
}

}  // namespace

::testing::AssertionResult adjoint_holds(const std::function<Var(const Var&)>& op, const Tensor& x, Random& random) {
  const Var input = Var::leaf(x);
  const Var result = op(input);
  const Tensor y = normal_tensor(random, result.shape(), result.dtype(), x.device());
  backward(result, y);
  if (!input.has_grad()) return ::testing::AssertionFailure() << "no gradient arrived";
  const std::vector<double> ax = host_values(result.value()), yv = host_values(y);
  const double left = dot(ax, yv), right = dot(host_values(x), host_values(input.grad()));
  const double scale = std::sqrt(dot(ax, ax) * dot(yv, yv));
  const double allowed = (real_of(x.dtype()) == Dtype::float64 ? 1e-13 : 1e-6) * scale;
  if (scale > 0 && std::fabs(left - right) <= allowed) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "<Ax, y> = " << left << ", <x, A'y> = " << right << ", apart by "
                                       << std::fabs(left - right) << ", allowed " << allowed << " for x " << x;
}

}  // namespace fno::test
