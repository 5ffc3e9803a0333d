#include "models/plan.h"

#include "framework/ops/loss.h"
#include "models/tracing_device.h"

namespace fno {
namespace {

using TwoArguments = Var (*)(const Var&, const Var&);

PlannedLoss against_a_target(TwoArguments loss) {
  return [loss](const Var& y) { return loss(y, Var(Tensor::zeros(y.shape(), y.dtype(), y.device()))); };
}

void require_batch(int batch) {
  require<ErrorKind::config>(batch >= 1, "batch-size: found ", batch, "; accepted are whole numbers from 1 on");
}

}  // namespace

std::size_t host_bytes_on_cpu(const StepPlan& plan) {
  // Blocks of the pool are up to an eighth too large, lie idle in one class while another grows, and kernels have their
  // scratch from it.
  constexpr double kPool = 1.2;
  // Weights and two moments as they are captured, which stay, and again as the sections of the file.
  constexpr std::size_t kCheckpoint = 2;
  constexpr std::size_t kProgram = std::size_t{16} << 20;  // code, stacks, tables
  return static_cast<std::size_t>(kPool * static_cast<double>(plan.peak_bytes)) +
         kCheckpoint * (plan.weight_bytes + plan.moment_bytes) + kProgram;
}

StepPlan plan_step(const std::function<std::unique_ptr<Model>(ParameterStore&)>& make, const Shape& input,
                   const PlannedLoss& loss) {
  const auto trace = std::make_shared<Trace>();
  const Device device = tracing_device(trace);
  const auto in_use = [&] { return device.memory().use().in_use; };
  ParameterStore store = ParameterStore::unfilled(device);
  const std::unique_ptr<Model> model = make(store);

  StepPlan plan{.parameters = store.count()};
  std::vector<Tensor> moments;
  for (const Parameter& p : store.parameters()) {
    const Tensor& value = p.var.value();
    plan.weight_bytes += value.bytes();
    for (int i = 0; i < 2; ++i) {
      moments.emplace_back(value.shape(), value.dtype(), device);
      plan.moment_bytes += moments.back().bytes();
    }
  }
  plan.gradient_bytes = plan.weight_bytes;

  const Var x(Tensor(input, Dtype::float32, device));
  // The first pass leaves what a network keeps between steps, such as its coordinates.
  { const Var warm_up = model->forward(x); }
  trace->flop = 0;
  const std::size_t before = in_use();
  const Var total = loss(model->forward(x));
  plan.activation_bytes = in_use() - before;
  plan.forward_flop = trace->flop;
  backward(total);
  plan.backward_flop = trace->flop - plan.forward_flop;
  plan.peak_bytes = device.memory().use().peak;
  return plan;
}

StepPlan plan_step(const NetworkConfig& config, int batch, const PlannedLoss& loss) {
  require_batch(batch);
  return plan_step([&](ParameterStore& store) { return make_network(store, config); },
                   Shape{batch, config.channels, config.points, config.points}, loss ? loss : against_a_target(mae));
}

StepPlan plan_step(const NetworkConfig& config, int batch, const std::vector<int>& grid) {
  require_batch(batch);
  require<ErrorKind::config>(static_cast<int>(grid.size()) == config.dims, "plan: a grid of ", grid.size(),
                             " axes for an operator in ", config.dims, " dimensions");
  Shape input{batch, config.in};
  for (const int n : grid) input.push_back(n);
  return plan_step([&](ParameterStore& store) { return make_network(store, config); }, input,
                   against_a_target([](const Var& y, const Var& t) { return relative_l2(y, t); }));
}

}  // namespace fno
