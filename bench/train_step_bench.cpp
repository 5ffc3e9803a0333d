// Whole training steps: forward, loss, backward, Adam, on a few batches of noise in turn, so only the arithmetic is
// timed; the losses of the first steps are reported for comparison with another program.
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>

#include "bench/harness/noise.h"
#include "bench/harness/suite.h"
#include "framework/cpu/device.h"
#include "framework/ops/elementwise.h"
#include "framework/ops/loss.h"
#include "framework/ops/shape.h"
#include "models/hybrid.h"
#include "models/operator_model.h"
#include "optim/optimizer.h"

namespace fno::bench {
namespace {

constexpr double kRate = 1e-3;
constexpr int kCheckedSteps = 4;  // compared with another program; the first two with float64
constexpr int kOracleSteps = 2;
constexpr int kSets = 3;  // batches that take turns

/// One case: a network, or Adam alone.
struct StepCase {
  const char* name;
  bool standard = false;  // in a run without --cases
  NetworkConfig config = {};
  std::vector<int> grid = {};
  int batch = 0;
  int evaluations = 1;  // an answer takes the place of the oldest of the `in` channels, so many times
  // What is compared with float64: as much as fits a small memory.
  int oracle_batch = batch, oracle_evaluations = evaluations;

  [[nodiscard]] bool hybrid() const { return config.architecture == "hybrid"; }
  [[nodiscard]] bool adam_alone() const { return grid.empty(); }
};

NetworkConfig operator_of(int dims, int width, int modes, int in = 1) {
  NetworkConfig c{.dims = dims, .in = in, .width = width, .modes = modes};
  c.spectral = ModeConvention::classic;
  return c;
}

std::vector<StepCase> all_cases() {
  NetworkConfig stable = operator_of(2, 32, 8);
  stable.architecture = "stable_fno";
  const NetworkConfig hybrid{.architecture = "hybrid"};
  return {{"E0", true, operator_of(2, 32, 8), {16, 16}, 20},
          {"E0S", false, stable, {16, 16}, 20},
          {"E1", true, operator_of(2, 32, 12), {85, 85}, 20},
          {"E2", true, operator_of(1, 64, 16), {1024}, 20},
          {"E3", false, operator_of(2, 20, 12, 10), {64, 64}, 20, 40, 4, 4},
          {"E4", false, operator_of(3, 20, 8, 10), {64, 64, 40}, 10, 1, 1},
          {"E5", true, hybrid, {hybrid.points, hybrid.points}, 16},
          {.name = "E6"}};
}

const Shape kAdamShape{144, 512, 512};  // the spectral weights of P512: 37.7 million complex numbers

/// A training step in float32 or float64.
class TrainStep {
 public:
  TrainStep(const StepCase& c, int batch, int evaluations, const Device& device, Dtype real)
      : c_(c), evaluations_(evaluations), store_(device, 0) {
    if (c.hybrid())
      model_ = std::make_unique<HybridModel>(store_, c.config);
    else
      model_ = std::make_unique<OperatorModel>(store_, c.config);
    for (const Parameter& p : store_.parameters()) fill_with_noise(p.name, p.var, real);
    optimizer_.emplace(store_.parameters(), OptimizerSettings{});
    optimizer_->set_rate(kRate);
    Shape input{batch, c.hybrid() ? c.config.channels : c.config.in},
        target{batch, c.hybrid() ? 2 * c.config.channels : c.config.out * evaluations};
    for (const int n : c.grid) {
      input.push_back(n);
      target.push_back(n);
    }
    for (int i = 0; i < kSets; ++i) {
      const std::string set = i == 0 ? "" : fmt::format(".{}", i);
      inputs_.emplace_back(noise("input" + set, input, device, 1, real));
      targets_.emplace_back(noise("target" + set, target, device, 1, real));
    }
  }

  double step() {
    const Var loss = run();
    return loss.value().item();
  }

  Var run() {
    const std::size_t set = calls_++ % inputs_.size();
    const Var loss = loss_of(inputs_[set], targets_[set]);
    optimizer_->zero_grad();
    backward(loss);
    optimizer_->step();
    return loss;
  }

  [[nodiscard]] std::int64_t reals() const { return store_.count().real; }

 private:
  [[nodiscard]] Var loss_of(Var x, const Var& target) const {
    if (c_.hybrid()) return mae(model_->forward(x), target);
    if (evaluations_ == 1) return relative_l2(model_->forward(x), target);
    Var total;
    const int in = c_.config.in, out = c_.config.out;
    for (int i = 0; i < evaluations_; ++i) {
      const Var y = model_->forward(x);
      const Var loss = relative_l2(y, slice(target, 1, i * out, (i + 1) * out));
      total = total.defined() ? total + loss : loss;
      if (i + 1 < evaluations_) x = concat({slice(x, 1, out, in), y}, 1);
    }
    return total;
  }

  StepCase c_;
  int evaluations_;
  ParameterStore store_;
  std::unique_ptr<Model> model_;
  std::optional<Optimizer> optimizer_;
  std::vector<Var> inputs_, targets_;
  std::size_t calls_ = 0;
};

// Lift, layers and head with what lies between fused; the wide inside of the head stays on chip.
Work operator_step(const StepCase& c, std::int64_t reals) {
  int points = 1;
  for (const int n : c.grid) points *= n;
  const bool stable = c.config.architecture == "stable_fno";
  const LayerShape layer{.name = c.name,
                         .batch = c.batch,
                         .channels = c.config.width,
                         .grid = c.grid,
                         .modes = c.config.modes,
                         .convention = c.config.spectral,
                         .kernel = stable ? 3 : 1,
                         .stable = stable};
  const auto conv = [&](int in, int out) { return ConvShape{c.batch, in, out, points, points, 1}; };
  const ConvShape lift = conv(c.config.in + c.config.dims, c.config.width),
                  head1 = conv(c.config.width, c.config.projection), head2 = conv(c.config.projection, c.config.out);
  const double plane = 4.0 * c.batch * points;
  const Work lift_work{plane * (2 * c.config.in + c.config.width), plane * c.config.width, 2 * conv_forward(lift).flop};
  const Work head_work{plane * (2 * c.config.width + c.config.out), plane * (c.config.width + c.config.out),
                       3 * (conv_forward(head1).flop + conv_forward(head2).flop)};
  const Work network = lift_work + c.config.blocks * (layer_forward(layer) + layer_backward(layer)) + head_work;
  return c.evaluations * network + adam_step(reals);
}

// Every convolution and every block reads its input and writes its output once, backward as in work.h.
Work hybrid_step(const NetworkConfig& c, int batch, std::int64_t reals) {
  Work total = adam_step(reals);
  const auto conv = [&](int in, int out, int points_in, int points_out, int taps) {
    const ConvShape s{batch, in, out, points_in, points_out, taps};
    total += conv_forward(s) + conv_backward(s);
  };
  const std::vector<int> width = HybridModel::channels(c);
  int points = c.points * c.points;
  const auto block = [&](int channels, int side, int modes) {
    const LayerShape l{.name = "hybrid",
                       .batch = batch,
                       .channels = channels,
                       .grid = {side, side},
                       .modes = modes,
                       .convention = ModeConvention::corner,
                       .kernel = 3};
    // Beside the layer: y = x + GELU(z) is written as z is (1 S); backward reads z in both passes over dy (2 S).
    total += layer_forward(l) + layer_backward(l) + (4.0 * batch * channels * side * side) * Work{2, 1, 0};
  };
  conv(c.channels, c.width, points, points, 9);
  conv(c.width, c.width, points, points, 9);
  int side = c.points;
  for (std::size_t i = 0; i < width.size(); ++i) {
    block(width[i], side, c.modes);
    if (i + 1 == width.size()) break;
    conv(width[i], width[i + 1], points, points / 4, 4);
    points /= 4;
    side /= 2;
  }
  block(width.back(), side, c.modes / 2);
  for (std::size_t i = width.size() - 1; i-- > 0;) {
    conv(width[i], width[i + 1], 4 * points, points, 4);  // the transposed convolution, read backwards
    points *= 4;
    conv(2 * width[i], width[i], points, points, 9);
    conv(width[i], width[i], points, points, 9);
  }
  conv(c.width, 2 * c.channels, points, points, 1);
  return total;
}

double relative(double got, double exact) { return std::abs(got - exact) / std::abs(exact); }

// The greatest error of the first losses against the same steps in float64 on the CPU.
double float64_error(const StepCase& c, const Device& device) {
  const auto losses = [&](const Device& where, Dtype real) {
    TrainStep step(c, c.oracle_batch, c.oracle_evaluations, where, real);
    std::vector<double> all;
    for (int i = 0; i < kOracleSteps; ++i) all.push_back(step.step());
    return all;
  };
  const std::vector<double> exact = losses(cpu_device(), Dtype::float64), got = losses(device, Dtype::float32);
  double worst = 0;
  for (std::size_t i = 0; i < got.size(); ++i)
    if (const double error = relative(got[i], exact[i]); !(error <= worst)) worst = error;  // NaN too
  return worst;
}

void run_network(Suite& suite, const StepCase& c) {
  std::optional<double> error;
  std::vector<Check> checks;
  if (suite.options().checked) error = float64_error(c, suite.device());
  TrainStep step(c, c.batch, c.evaluations, suite.device(), Dtype::float32);
  if (suite.options().checked) {
    checks.push_back({"parameters", static_cast<double>(step.reals()), static_cast<double>(step.reals())});
    for (int i = 0; i < kCheckedSteps; ++i) {
      const double loss = step.step();
      checks.push_back({"loss of step " + std::to_string(i + 1), loss, loss});
    }
  }
  const Work work = c.hybrid() ? hybrid_step(c.config, c.batch, step.reals()) : operator_step(c, step.reals());
  suite.measure(
      c.name, work, [&] { (void)step.run(); }, std::move(checks), error);
}

struct AdamAlone {
  AdamAlone(const Device& device, Dtype real) : weights(Var::leaf(weights_of("weights", 0.1, device, real))) {
    backward(reshape(weights, kAdamShape), weights_of("gradient", 1, device, real));
    optimizer.emplace(std::vector<Parameter>{{"weights", weights}}, OptimizerSettings{});
    optimizer->set_rate(kRate);
  }
  static Tensor weights_of(const char* name, double scale, const Device& device, Dtype real) {
    return noise(name, kAdamShape, device, scale, complex_of(real));
  }
  void steps(int n) {
    for (int i = 0; i < n; ++i) optimizer->step();
  }
  Var weights;
  std::optional<Optimizer> optimizer;
};

void run_adam(Suite& suite, const StepCase& c) {
  AdamAlone adam(suite.device(), Dtype::float32);
  std::optional<double> error;
  std::vector<Check> checks;
  if (suite.options().checked) {
    adam.steps(kCheckedSteps);
    checks.push_back(check_of("weights", adam.weights.value()));
    AdamAlone exact(cpu_device(), Dtype::float64);
    exact.steps(kCheckedSteps);
    error = relative_error(adam.weights.value(), exact.weights.value());
  }
  suite.measure(
      c.name, adam_step(2 * kAdamShape.size()), [&] { adam.steps(1); }, std::move(checks), error);
}

nlohmann::ordered_json description_of(const StepCase& c) {
  if (c.adam_alone())
    return {{"case", c.name}, {"step", "adam"}, {"shape", {kAdamShape[0], kAdamShape[1], kAdamShape[2]}}};
  nlohmann::ordered_json d{{"case", c.name},
                           {"step", c.hybrid() ? "hybrid" : "operator"},
                           {"grid", c.grid},
                           {"batch", c.batch},
                           {"width", c.config.width},
                           {"modes", c.config.modes.of(0)},
                           {"sets", kSets}};
  if (c.hybrid()) {
    d["levels"] = HybridModel::channels(c.config).size();
  } else {
    d["stable"] = c.config.architecture == "stable_fno";
    d["in"] = c.config.in;
    d["blocks"] = c.config.blocks;
    d["projection"] = c.config.projection;
    d["evaluations"] = c.evaluations;
  }
  return d;
}

int body(int argc, char** argv) {
  const Options options = parse_options("train_step", argc, argv, {.list = true});
  std::vector<StepCase> chosen;
  std::vector<std::string> known;
  for (const StepCase& c : all_cases()) {
    known.emplace_back(c.name);
    if (options.cases.empty() ? c.standard : asks_for(options.cases, c.name)) chosen.push_back(c);
  }
  require_known_cases(options.cases, known);
  if (options.list) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const StepCase& c : chosen) list.push_back(description_of(c));
    fmt::print("{}\n", list.dump(1));
    return 0;
  }
  Suite suite("train_step", options);
  for (const StepCase& c : chosen) {
    if (c.adam_alone())
      run_adam(suite, c);
    else
      run_network(suite, c);
  }
  return suite.report();
}

}  // namespace
}  // namespace fno::bench

int main(int argc, char** argv) { return fno::bench::run_main("train_step", fno::bench::body, argc, argv); }
