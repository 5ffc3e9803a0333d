#include "tools/training/plan.h"

#include <algorithm>
#include <utility>

#include "framework/cpu/device.h"
#include "framework/cpu/rehearsal.h"
#include "framework/scope.h"

namespace fno::training {
namespace {

Shape of_batch(Shape shape, std::int64_t batch) {
  shape[0] = batch;
  return shape;
}

// Input and target on the device, as a loader has them.
struct Batches {
  Tensor x, y;
  Batches(const PlannedStep& step, const Shape& input, const Device& device) : x(input, Dtype::float32, device) {
    y = step.target_is_input ? x : Tensor(of_batch(step.target, input[0]), Dtype::float32, device);
  }
  Batches(Tensor first_x, Tensor first_y) : x(std::move(first_x)), y(std::move(first_y)) {}
  [[nodiscard]] Batches first(std::int64_t samples) const { return {x.rows(0, samples), y.rows(0, samples)}; }
};

void test(const Model& model, const std::vector<Shape>& inputs, const Device& device) {
  const Tensor x(inputs.front(), Dtype::float32, device);
  for (const Shape& input : inputs) (void)model.forward(Var(x.rows(0, input[0])));
}

std::vector<HeldMemory> more_than(const std::vector<HeldMemory>& before, const std::vector<HeldMemory>& now) {
  std::vector<HeldMemory> more;
  for (std::size_t i = 0; i < now.size(); ++i) {
    const std::size_t bytes = now[i].bytes - std::min(now[i].bytes, i < before.size() ? before[i].bytes : 0);
    if (bytes > 0) more.push_back({now[i].scope, bytes});
  }
  return more;
}

}  // namespace

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

namespace {

StepPlan walk(const PlannedStep& step, const std::shared_ptr<Trace>& trace, const Device& device) {
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
  const auto loss = [&](const Batches& batch) {
    const Var prediction = trained.forward(Var(batch.x));
    const Scope scope("loss");
    return step.loss(prediction, Var(batch.y));
  };

  const std::size_t without_batches = in_use();
  const Batches batch(step, step.input, device);
  std::optional<Batches> validation;
  if (!step.validation.empty()) validation.emplace(step, of_batch(step.input, step.validation.front()), device);
  plan.batch_bytes = in_use() - without_batches;
  {
    const NoGrad guard;
    const Var warm_up = trained.forward(Var(batch.x));
  }
  trace->jobs.clear();
  const auto finish = [&](Pass pass) { plan.jobs[static_cast<std::size_t>(pass)] = std::exchange(trace->jobs, {}); };

  const auto update = [&] {
    const Tensor norm = grad_norm(store.parameters());
    optimizer.step(GradientClip(step.clip).apply(store.parameters(), norm));
  };
  const std::size_t before = in_use();
  const std::vector<HeldMemory> held_before = trace->held;
  {
    const Var total = loss(batch);
    plan.activation_bytes = in_use() - before;
    plan.saved = more_than(held_before, trace->held);
    finish(Pass::forward);
    {
      const Scope scope("loss");
      backward(total);
    }
    finish(Pass::backward);
  }
  update();
  finish(Pass::update);

  if (step.short_batch > 0) {
    optimizer.zero_grad();
    backward(loss(batch.first(step.short_batch)));
    update();
  }
  const NoGrad guard;
  for (const std::int64_t samples : step.validation) (void)loss(validation->first(samples));
  if (!step.test.empty()) {
    test(*model, step.test, device);
    ParameterStore best_store = ParameterStore::unfilled(device);
    const std::unique_ptr<Model> best = make_network(best_store, step.network);
    for (const Parameter& p : best_store.parameters())  // read from a checkpoint, one after the other
      (void)Tensor(p.var.value().shape(), p.var.value().dtype(), device);
    test(*best, step.test, device);
  }
  plan.peak_bytes = device.memory().use().peak;
  plan.reserved_bytes = device.memory().use().reserved;
  return plan;
}

}  // namespace

StepPlan plan_step(const PlannedStep& step) {
  require<ErrorKind::config>(step.input[0] >= 1, "batch-size: found ", step.input[0],
                             "; accepted are whole numbers from 1 on");
  const auto trace = std::make_shared<Trace>();
  if (step.cpu_threads) try {
      const cpu::Rehearsal nothing_runs;
      return walk(step, trace, tracing_device(trace, cpu_device(*step.cpu_threads)));
    } catch (const Error& e) {
      if (e.kind() != ErrorKind::device) throw;
      // More addresses than the system gives a process: then without the scratch.
    }
  const auto counted = std::make_shared<Trace>();
  return walk(step, counted, pool_counting_device(counted, pool_block_bytes));
}

ProcessPlan plan_process(const StepPlan& plan, std::size_t data_bytes) {
  // Measured: max RSS of fno less the other parts, with HDF5 and the other libraries of file formats linked.
  constexpr std::size_t kProgram = std::size_t{20} << 20;
  return {.data_bytes = data_bytes,
          .buffer_bytes = plan.batch_bytes,
          .device_bytes = plan.reserved_bytes,
          .checkpoint_bytes = plan.weight_bytes + plan.moment_bytes,
          .program_bytes = kProgram};
}

}  // namespace fno::training
