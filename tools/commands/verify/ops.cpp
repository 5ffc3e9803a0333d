#include "tools/commands/verify/ops.h"

#include "framework/checks/adjoint.h"
#include "framework/checks/gradient.h"
#include "framework/checks/values.h"

namespace fno::verify {
namespace {

constexpr double kStep = 1e-3;

std::vector<Var> constants(const std::vector<Tensor>& inputs) { return {inputs.begin(), inputs.end()}; }

}  // namespace

Finding check_adjoints(const std::vector<Probe>& probes, std::uint64_t seed) {
  Random random(seed, 5);
  Worst worst;
  Dtype type = Dtype::float64;
  for (const Probe& probe : probes)
    for (std::size_t i = 0; i < probe.inputs.size(); ++i) {
      type = real_of(probe.inputs[i].dtype());
      const auto op = [&](const Var& x) {
        std::vector<Var> inputs = constants(probe.inputs);
        inputs[i] = x;
        return probe.f(inputs);
      };
      worst.add(checks::adjoint_gap(op, probe.inputs[i], random).relative(),
                4 * checks::unit_roundoff(type) * probe.roundings(), probe.name);
    }
  return worst.finding("adjoints", "every linear operation, in each of its inputs");
}

Finding check_gradients(const std::vector<Probe>& probes, std::uint64_t seed) {
  Random random(seed, 6);
  Worst worst;
  for (const Probe& probe : probes) {
    std::vector<Var> leaves;
    for (const Tensor& input : probe.inputs) leaves.push_back(Var::leaf(input));
    worst.add(checks::slope_gap([&] { return probe.f(leaves); }, leaves, kStep, random).relative(), kSlopeBound,
              probe.name);
  }
  return worst.finding("gradients", "every nonlinear operation, loss and fused block");
}

namespace {

std::vector<std::vector<double>> outcome_of(const Probe& probe, std::uint64_t seed) {
  std::vector<Var> leaves;
  for (const Tensor& input : probe.inputs) leaves.push_back(Var::leaf(input));
  const Var y = probe.f(leaves);
  std::vector<std::vector<double>> outcome{checks::host_values(y.value())};
  Random random(seed, 7);
  backward(y, checks::normal_tensor(random, y.shape(), y.dtype(), y.device()));
  for (const Var& leaf : leaves)
    outcome.push_back(leaf.has_grad() ? checks::host_values(leaf.grad()) : std::vector<double>());
  return outcome;
}

}  // namespace

Outcomes outcomes_of(std::span<const Probe> probes, std::uint64_t seed) {
  Outcomes outcomes;
  for (const Probe& probe : probes) outcomes.push_back(outcome_of(probe, seed));
  return outcomes;
}

void compare_outcomes(Worst& worst, std::span<const Probe> probes, const Outcomes& these, const Outcomes& others) {
  for (std::size_t n = 0; n < probes.size(); ++n) {
    const Probe& probe = probes[n];
    const double bound = 8 * checks::unit_roundoff(probe.inputs.front().dtype()) * probe.roundings();
    for (std::size_t i = 0; i < these.at(n).size(); ++i)
      worst.add(checks::relative_error(these[n][i], others.at(n).at(i)), bound,
                (i == 0 ? "result of " : "gradient of ") + probe.name);
  }
}

}  // namespace fno::verify
