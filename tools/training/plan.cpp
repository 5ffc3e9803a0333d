#include "tools/training/plan.h"

#include <utility>

#include "framework/scope.h"

namespace fno::training {

Work StepPlan::work(Pass pass) const {
  Work total;
  for (const TracedJob& job : of(pass)) total += job.work;
  return total;
}

std::int64_t StepPlan::launches() const {
  std::int64_t total = 0;
  for (const std::vector<TracedJob>& pass : jobs)
    for (const TracedJob& job : pass) total += job.launches;
  return total;
}

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

StepPlan plan_step(const PlannedStep& step) {
  require<ErrorKind::config>(step.input[0] >= 1, "batch-size: found ", step.input[0],
                             "; accepted are whole numbers from 1 on");
  const auto trace = std::make_shared<Trace>();
  const Device device = tracing_device(trace);
  const auto in_use = [&] { return device.memory().use().in_use; };
  ParameterStore store = ParameterStore::unfilled(device);
  const std::unique_ptr<Model> model = make_network(store, step.network);
  Optimizer optimizer(store.parameters(), step.optimizer);
  optimizer.set_rate(1);  // any: nothing is computed

  StepPlan plan{.parameters = store.count()};
  for (const Parameter& p : store.parameters()) plan.weight_bytes += p.var.value().bytes();
  plan.gradient_bytes = plan.weight_bytes;
  for (const auto* moments : {&optimizer.first_moments(), &optimizer.second_moments()})
    for (const Tensor& m : *moments) plan.moment_bytes += m.defined() ? m.bytes() : 0;

  const std::unique_ptr<Model> around = step.around ? step.around(*model) : nullptr;
  const Model& trained = around ? *around : *model;

  const Var x(Tensor(step.input, Dtype::float32, device));
  { const Var warm_up = trained.forward(x); }
  const auto loss = [&](const Var& prediction) {
    const Scope scope("loss");
    return step.loss(prediction, Var(Tensor(step.target, Dtype::float32, device)));
  };
  trace->jobs.clear();
  const auto finish = [&](Pass pass) { plan.jobs[static_cast<std::size_t>(pass)] = std::exchange(trace->jobs, {}); };

  const std::size_t before = in_use();
  const Var total = loss(trained.forward(x));
  plan.activation_bytes = in_use() - before;
  finish(Pass::forward);
  {
    const Scope scope("loss");
    backward(total);
  }
  finish(Pass::backward);
  const Tensor norm = grad_norm(store.parameters());
  optimizer.step(GradientClip(step.clip).apply(store.parameters(), norm));
  finish(Pass::update);
  plan.peak_bytes = device.memory().use().peak;
  return plan;
}

}  // namespace fno::training
