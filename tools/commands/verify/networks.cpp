#include "tools/commands/verify/networks.h"

#include <cmath>
#include <cstdlib>
#include <fmt/format.h>
#include <utility>

#include "framework/checks/gradient.h"
#include "framework/checks/values.h"
#include "framework/cpu/device.h"
#include "framework/ops/loss.h"
#include "optim/clip.h"
#include "optim/optimizer.h"

namespace fno::verify {
namespace {

constexpr int kBatch = 2, kSteps = 3;
constexpr double kStep = 1e-7, kNetworkSlopeBound = 1e-6;

SmallNetwork operator_on(const std::string& name, const Architecture& a, const std::vector<int>& grid, int width,
                         int modes) {
  SmallNetwork network{.name = name,
                       .config = {.architecture = std::string(a.name),
                                  .dims = static_cast<int>(grid.size()),
                                  .in = 2,
                                  .out = 1,
                                  .width = width,
                                  .modes = modes,
                                  .blocks = 2,
                                  .projection = 2 * width,
                                  .spectral = ModeConvention::classic},
                       .x = {kBatch, 2},
                       .y = {kBatch, 1}};
  for (const int n : grid) {
    network.x.push_back(n);
    network.y.push_back(n);
  }
  return network;
}

SmallNetwork patch_network(const Architecture& a) {
  const std::string name(a.name);
  const int points = name == "cnn" ? 8 : 16;  // its widths are fixed, so its patches are small
  return {.name = name,
          .config = {.architecture = name, .points = points, .width = 4, .modes = 5, .blocks = 3, .cnn_blocks = 1},
          .x = {kBatch, 1, points, points},
          .y = {kBatch, 2, points, points}};
}

bool is_wide(const SmallNetwork& network) { return network.config.width > 16; }

// A network with its weights and a batch in float64.
struct InDouble {
  InDouble(const SmallNetwork& n, const Device& device, std::uint64_t seed)
      : store(device, seed), model(make_network(store, n.config)) {
    Random random(seed, 8);
    leaves.push_back(Var::leaf(checks::normal_tensor(random, n.x, Dtype::float64, device)));
    for (const Parameter& p : store.parameters()) {
      const Tensor& value = p.var.value();
      const Dtype wide = is_complex(value.dtype()) ? Dtype::complex128 : Dtype::float64;
      p.var.set_value(checks::tensor_of(checks::host_values(value), value.shape(), wide, device));
      leaves.push_back(p.var);
    }
  }
  ParameterStore store;
  std::unique_ptr<Model> model;
  std::vector<Var> leaves;  // the input first
};

NetworkOutcome outcome_of(const SmallNetwork& network, const Device& device, std::uint64_t seed) {
  const InDouble in(network, device, seed);
  const Var y = in.model->forward(in.leaves.front());
  NetworkOutcome outcome{.output = checks::host_values(y.value()), .tensors = in.leaves.size() - 1};
  Random random(seed, 9);
  backward(y, checks::normal_tensor(random, y.shape(), y.dtype(), device));
  for (const Var& leaf : in.leaves) {
    const std::vector<double> gradient = checks::host_values(leaf.grad());
    std::vector<double>& to = outcome.input_gradient.empty() ? outcome.input_gradient : outcome.weight_gradient;
    to.insert(to.end(), gradient.begin(), gradient.end());
  }
  return outcome;
}

}  // namespace

std::vector<SmallNetwork> small_networks() {
  std::vector<SmallNetwork> all;
  bool first = true;
  for (const Architecture& a : architectures()) {
    const std::string name(a.name);
    if (a.kind == NetworkKind::patch) {
      all.push_back(patch_network(a));
      continue;
    }
    all.push_back(operator_on(name, a, {12, 10}, 6, 4));
    all.push_back(operator_on(name + ", wide", a, {48, 64}, 24, 8));
    if (std::exchange(first, false)) {
      all.push_back(operator_on(name + " in 1-D", a, {64}, 8, 6));
      all.push_back(operator_on(name + " in 3-D", a, {6, 5, 8}, 5, 2));
    }
  }
  return all;
}

Finding check_network_gradients(const std::vector<SmallNetwork>& networks, const Device& device, std::uint64_t seed) {
  Worst worst;
  for (const SmallNetwork& network : networks) {
    if (is_wide(network)) continue;
    const InDouble in(network, device, seed);
    Random random(seed, 10);
    const auto forward = [&] { return in.model->forward(in.leaves.front()); };
    worst.add(checks::slope_gap(forward, in.leaves, kStep, random).relative(), kNetworkSlopeBound, network.name);
  }
  return worst.finding("gradients", "a small network of each architecture");
}

std::vector<NetworkOutcome> network_outcomes(const std::vector<SmallNetwork>& networks, const Device& device,
                                             std::uint64_t seed) {
  std::vector<NetworkOutcome> outcomes;
  for (const SmallNetwork& network : networks)
    if (!is_wide(network)) outcomes.push_back(outcome_of(network, device, seed));
  return outcomes;
}

Finding compare_networks(const std::vector<SmallNetwork>& networks, const std::vector<NetworkOutcome>& these,
                         const std::vector<NetworkOutcome>& others, const std::string& check,
                         const std::string& covers) {
  Worst worst;
  std::size_t next = 0;
  for (const SmallNetwork& network : networks) {
    if (is_wide(network)) continue;
    const NetworkOutcome &one = these.at(next), &other = others.at(next);
    ++next;
    const double bound = 8 * checks::unit_roundoff(Dtype::float64) *
                         (1 + std::sqrt(static_cast<double>(network.x.size()))) * static_cast<double>(one.tensors);
    const auto hold = [&](const char* what, const std::vector<double>& a, const std::vector<double>& b) {
      worst.add(checks::relative_error(a, b), bound, fmt::format("{} of {}", what, network.name));
    };
    hold("output", one.output, other.output);
    hold("gradient in the input", one.input_gradient, other.input_gradient);
    hold("gradient in the weights", one.weight_gradient, other.weight_gradient);
  }
  return worst.finding(check, covers);
}

std::vector<std::vector<std::byte>> trained_weights(const SmallNetwork& network, const Device& device,
                                                    std::uint64_t seed) {
  ParameterStore store(device, seed);
  const std::unique_ptr<Model> model = make_network(store, network.config);
  Optimizer optimizer(store.parameters(), {});
  optimizer.set_rate(1e-3);
  const GradientClip clip({.rule = ClipRule::norm, .value = 1.0});
  Random random(seed, 11);
  const Var x(checks::normal_tensor(random, network.x, Dtype::float32, device)),
      y(checks::normal_tensor(random, network.y, Dtype::float32, device));
  for (int step = 0; step < kSteps; ++step) {
    backward(mae(model->forward(x), y));
    optimizer.step(clip.apply(store.parameters()));
    optimizer.zero_grad();
  }
  std::vector<std::vector<std::byte>> weights;
  for (const Parameter& p : store.parameters()) {
    const auto values = p.var.value().to_host<float>();
    const auto bytes = std::as_bytes(std::span(values));
    weights.emplace_back(bytes.begin(), bytes.end());
  }
  return weights;
}

std::int64_t differing_bytes(const std::vector<std::vector<std::byte>>& these,
                             const std::vector<std::vector<std::byte>>& others) {
  std::int64_t count = std::abs(std::ssize(these) - std::ssize(others));
  for (std::size_t i = 0; i < std::min(these.size(), others.size()); ++i) {
    const std::size_t common = std::min(these[i].size(), others[i].size());
    count += std::ssize(these[i]) + std::ssize(others[i]) - 2 * static_cast<std::int64_t>(common);
    for (std::size_t b = 0; b < common; ++b) count += these[i][b] != others[i][b];
  }
  return count;
}

Finding check_threads(const std::vector<SmallNetwork>& networks, std::uint64_t seed) {
  Worst worst;
  for (const SmallNetwork& network : networks) {
    const auto one = trained_weights(network, cpu_device(1), seed);
    for (const int threads : {2, 3, 7}) {
      const auto several = trained_weights(network, cpu_device(threads), seed);
      worst.add(static_cast<double>(differing_bytes(several, one)), 0,
                fmt::format("{} on {} threads", network.name, threads));
    }
  }
  return worst.finding("threads",
                       fmt::format("bytes of the weights after {} training steps: 2, 3, 7 threads against 1", kSteps));
}

}  // namespace fno::verify
