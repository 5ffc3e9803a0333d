// Whole training steps: forward, loss, backward, Adam. One batch of noise, so only the arithmetic is timed; the losses
// of the first steps are reported for comparison with another program.
#include <cmath>
#include <memory>

#include "bench/harness/noise.h"
#include "bench/harness/suite.h"
#include "framework/ops/loss.h"
#include "framework/ops/shape.h"
#include "models/hybrid.h"
#include "models/operator_model.h"
#include "optim/optimizer.h"

namespace fno::bench {
namespace {

constexpr double kRate = 1e-3;
constexpr int kCheckedSteps = 4;

using LossFn = Var (*)(const Var&, const Var&);

class TrainStep {
 public:
  TrainStep(std::unique_ptr<Model> model, const ParameterStore& store, const Shape& input, const Shape& target,
            LossFn loss)
      : model_(std::move(model)),
        optimizer_(store.parameters(), {}),
        loss_(loss),
        x_(noise("input", input, store.device())),
        target_(noise("target", target, store.device())) {
    optimizer_.set_rate(kRate);
    for (const Parameter& p : store.parameters()) fill_with_noise(p.name, p.var);
  }
  Var operator()() {
    const Var loss = loss_(model_->forward(x_), target_);
    optimizer_.zero_grad();
    backward(loss);
    optimizer_.step();
    return loss;
  }

 private:
  std::unique_ptr<Model> model_;
  Optimizer optimizer_;
  LossFn loss_;
  Var x_, target_;
};

void measure(Suite& suite, const std::string& name, const Work& work, TrainStep& step, std::int64_t reals) {
  std::vector<Check> checks{{"parameters", static_cast<double>(reals), static_cast<double>(reals)}};
  for (int i = 0; i < kCheckedSteps; ++i) {
    const double loss = step().value().item();
    checks.push_back({"loss of step " + std::to_string(i + 1), loss, loss});
  }
  suite.measure(
      name, work, [&] { (void)step(); }, std::move(checks));
}

struct OperatorCase {
  const char* name;
  NetworkConfig config;  // width 32, 4 blocks, projection 128, unless said otherwise
  std::vector<int> grid;
  int batch;
};

// Lift, layers and head with what lies between fused; the wide inside of the head stays on chip.
Work operator_step(const OperatorCase& c, std::int64_t reals) {
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
  return lift_work + c.config.blocks * (layer_forward(layer) + layer_backward(layer)) + head_work + adam_step(reals);
}

void run(Suite& suite, const OperatorCase& c) {
  if (!suite.wants(c.name)) return;
  ParameterStore store(suite.device(), 0);
  Shape input{c.batch, c.config.in}, target{c.batch, c.config.out};
  for (const int n : c.grid) {
    input.push_back(n);
    target.push_back(n);
  }
  auto model = std::make_unique<OperatorModel>(store, c.config);
  TrainStep step(std::move(model), store, input, target, [](const Var& p, const Var& t) { return relative_l2(p, t); });
  measure(suite, c.name, operator_step(c, store.count().real), step, store.count().real);
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

void run_hybrid(Suite& suite, const std::string& name) {
  if (!suite.wants(name)) return;
  constexpr int kBatch = 16;
  const NetworkConfig config{.architecture = "hybrid"};
  ParameterStore store(suite.device(), 0);
  auto model = std::make_unique<HybridModel>(store, config);
  TrainStep step(std::move(model), store, Shape{kBatch, config.channels, config.points, config.points},
                 Shape{kBatch, 2 * config.channels, config.points, config.points}, mae);
  measure(suite, name, hybrid_step(config, kBatch, store.count().real), step, store.count().real);
}

void run_adam(Suite& suite, const std::string& name) {
  if (!suite.wants(name)) return;
  std::vector<Parameter> parameters;  // four spectral weights of width 64: 4.7 million complex numbers
  for (int i = 0; i < 4; ++i) {
    const Shape shape{288, 64, 64};
    const std::string label = "weights." + std::to_string(i);
    const Var w = Var::leaf(noise(label, shape, suite.device(), 0.1, Dtype::complex64));
    backward(reshape(w, shape), noise("gradient." + std::to_string(i), shape, suite.device(), 1, Dtype::complex64));
    parameters.push_back({label, w});
  }
  Optimizer optimizer(parameters, {});
  optimizer.set_rate(kRate);
  for (int i = 0; i < kCheckedSteps; ++i) optimizer.step();
  std::vector<Check> checks;
  for (const Parameter& p : parameters) checks.push_back(check_of(p.name, p.var.value()));
  suite.measure(
      name, adam_step(2 * 4 * 288 * 64 * 64), [&] { optimizer.step(); }, std::move(checks));
}

}  // namespace
}  // namespace fno::bench

int main(int argc, char** argv) {
  using namespace fno;
  bench::Suite suite("train_step", argc, argv);
  NetworkConfig darcy{.spectral = ModeConvention::classic};
  darcy.modes = 8;
  NetworkConfig stable = darcy;
  stable.architecture = "stable_fno";
  NetworkConfig fine = darcy;
  fine.modes = 12;
  NetworkConfig burgers{.spectral = ModeConvention::classic};
  burgers.dims = 1;
  burgers.width = 64;
  burgers.modes = 16;
  bench::run(suite, {"E0", darcy, {16, 16}, 20});
  bench::run(suite, {"E0S", stable, {16, 16}, 20});
  bench::run(suite, {"E1", fine, {85, 85}, 20});
  bench::run(suite, {"E2", burgers, {1024}, 20});
  bench::run_hybrid(suite, "E5");
  bench::run_adam(suite, "E6");
  return suite.report();
}
