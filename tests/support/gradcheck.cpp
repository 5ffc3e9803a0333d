#include "tests/support/gradcheck.h"

#include <cmath>

#include "tests/support/near.h"
#include "tests/support/random_tensors.h"

namespace fno::test {
namespace {

constexpr double kStep = 1e-3;
constexpr double kAllowed = 1e-8;

Tensor moved(const Tensor& from, const std::vector<double>& direction, double step) {
  std::vector<double> values = host_values(from);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] += step * direction[i];
  if (!is_complex(from.dtype())) return tensor_of(values, from.shape(), Dtype::float64, from.device());
  return tensor_of(values, from.as_real().shape(), Dtype::float64, from.device()).as_complex();
}

}  // namespace

::testing::AssertionResult gradient_matches(const std::function<Var(const std::vector<Var>&)>& f,
                                            const std::vector<Tensor>& inputs, Random& random) {
  std::vector<Var> leaves;
  std::vector<std::vector<double>> directions;
  for (const Tensor& input : inputs) {
    if (real_of(input.dtype()) != Dtype::float64) return ::testing::AssertionFailure() << "float64 is needed";
    leaves.push_back(Var::leaf(input));
    directions.push_back(host_values(normal_tensor(random, input.shape(), input.dtype(), input.device())));
  }
  const Var y = f(leaves);
  const Tensor g = normal_tensor(random, y.shape(), y.dtype(), y.device());
  const std::vector<double> weights = host_values(g);
  backward(y, g);

  double slope = 0, gradient_square = 0, direction_square = 0;
  for (std::size_t n = 0; n < leaves.size(); ++n) {
    if (!leaves[n].has_grad()) return ::testing::AssertionFailure() << "input " << n << " has no gradient";
    const std::vector<double> gradient = host_values(leaves[n].grad());
    for (std::size_t i = 0; i < gradient.size(); ++i) {
      slope += gradient[i] * directions[n][i];
      gradient_square += gradient[i] * gradient[i];
      direction_square += directions[n][i] * directions[n][i];
    }
  }
  const auto value_at = [&](double step) {
    std::vector<Var> at;
    for (std::size_t n = 0; n < inputs.size(); ++n) at.emplace_back(moved(inputs[n], directions[n], step));
    const std::vector<double> values = host_values(f(at).value());
    double sum = 0;
    for (std::size_t i = 0; i < values.size(); ++i) sum += values[i] * weights[i];
    return sum;
  };
  const double near = value_at(kStep) - value_at(-kStep), far = value_at(2 * kStep) - value_at(-2 * kStep);
  const double expected = (8 * near - far) / (12 * kStep);
  const double allowed = kAllowed * std::sqrt(gradient_square * direction_square);
  if (gradient_square > 0 && std::fabs(slope - expected) <= allowed) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << "slope by backward " << slope << ", by differences " << expected
                                       << ", apart by " << std::fabs(slope - expected) << ", allowed " << allowed;
}

}  // namespace fno::test
