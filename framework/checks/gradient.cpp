#include "framework/checks/gradient.h"

#include <cmath>
#include <limits>

#include "framework/checks/values.h"

namespace fno::checks {

double SlopeGap::relative() const {
  const double gap = std::fabs(by_backward - by_differences) / (gradient * direction);
  return arrived && !std::isnan(gap) ? gap : std::numeric_limits<double>::infinity();
}

SlopeGap slope_gap(const std::function<Var()>& f, const std::vector<Var>& leaves, double step, Random& random) {
  std::vector<Tensor> start;
  std::vector<std::vector<double>> directions;
  for (const Var& leaf : leaves) {
    require<ErrorKind::config>(real_of(leaf.dtype()) == Dtype::float64, "slope_gap: found ", leaf.dtype(),
                               ", float64 is needed");
    leaf.zero_grad();
    start.push_back(leaf.value());
    directions.push_back(host_values(normal_tensor(random, leaf.shape(), leaf.dtype(), leaf.device())));
  }
  const Var y = f();
  const Tensor g = normal_tensor(random, y.shape(), y.dtype(), y.device());
  const std::vector<double> weights = host_values(g);
  backward(y, g);

  SlopeGap gap{.arrived = true};
  for (std::size_t n = 0; n < leaves.size(); ++n) {
    if (!leaves[n].has_grad()) return {};
    const std::vector<double> gradient = host_values(leaves[n].grad());
    gap.by_backward += dot(gradient, directions[n]);
    gap.gradient += dot(gradient, gradient);
    gap.direction += dot(directions[n], directions[n]);
  }
  gap.gradient = std::sqrt(gap.gradient);
  gap.direction = std::sqrt(gap.direction);

  const NoGrad guard;
  const auto value_at = [&](double at) {
    for (std::size_t n = 0; n < leaves.size(); ++n) {
      std::vector<double> values = host_values(start[n]);
      for (std::size_t i = 0; i < values.size(); ++i) values[i] += at * directions[n][i];
      leaves[n].set_value(tensor_of(values, start[n].shape(), start[n].dtype(), start[n].device()));
    }
    return dot(host_values(f().value()), weights);
  };
  const double near = value_at(step) - value_at(-step), far = value_at(2 * step) - value_at(-2 * step);
  gap.by_differences = (8 * near - far) / (12 * step);
  for (std::size_t n = 0; n < leaves.size(); ++n) leaves[n].set_value(start[n]);
  return gap;
}

}  // namespace fno::checks
