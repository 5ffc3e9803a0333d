#include "tools/tasks/stage_a/step_log.h"

#include <algorithm>
#include <cmath>

#include "tools/files/npz.h"

namespace fno::stage_a {
namespace {

double norm_of(const std::vector<float>& values) {
  double squares = 0;
  for (const float v : values) squares += static_cast<double>(v) * v;
  return std::sqrt(squares);
}

bool is_gate(const std::string& name) { return name.ends_with(".layerscale") || name.ends_with(".norm.weight"); }

double mean_abs(const std::vector<float>& values) {
  double sum = 0;
  for (const float v : values) sum += std::abs(v);
  return sum / static_cast<double>(values.size());
}

std::string lines(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : "\n") + name;
  return text;
}

// The patch with the mean of its channel over batch and space in every pixel.
Var of_mean(const Tensor& patch) {
  std::vector<float> v = patch.to_host<float>();
  const auto samples = static_cast<std::size_t>(patch.shape(0)), channels = static_cast<std::size_t>(patch.shape(1));
  const std::size_t pixels = v.size() / (samples * channels);
  for (std::size_t c = 0; c < channels; ++c) {
    double sum = 0;
    for (std::size_t b = 0; b < samples; ++b)
      for (std::size_t p = 0; p < pixels; ++p) sum += v[(b * channels + c) * pixels + p];
    const auto mean = static_cast<float>(sum / static_cast<double>(samples * pixels));
    for (std::size_t b = 0; b < samples; ++b)
      std::fill_n(v.begin() + static_cast<std::ptrdiff_t>((b * channels + c) * pixels), pixels, mean);
  }
  return Var(Tensor::from(v, patch.shape(), patch.device()));
}

// Root of the mean over pixels of the variance over samples.
double std_over_samples(const Tensor& patch) {
  const std::vector<float> v = patch.to_host<float>();
  const auto samples = static_cast<std::size_t>(patch.shape(0));
  const std::size_t each = v.size() / samples;
  double total = 0;
  for (std::size_t i = 0; i < each; ++i) {
    double sum = 0, squares = 0;
    for (std::size_t b = 0; b < samples; ++b) sum += v[b * each + i];
    const double mean = sum / static_cast<double>(samples);
    for (std::size_t b = 0; b < samples; ++b) squares += (v[b * each + i] - mean) * (v[b * each + i] - mean);
    total += squares / static_cast<double>(samples);
  }
  return std::sqrt(total / static_cast<double>(each));
}

}  // namespace

std::vector<float> floats_of(const Tensor& tensor) {
  return (is_complex(tensor.dtype()) ? tensor.as_real() : tensor).to_host<float>();
}

Tensor probe_batch(const Bench& bench, std::int64_t batch_size) {
  const ptychography::PtychoData& test = *bench.data->test;
  training::Sweep first(samples_of(test), 0, std::min(batch_size, test.n), batch_size, bench.device);
  return first.batch(0).x;
}

void StepLog::on_gradients(training::LiveRun& run, const training::StepRecord& step, const training::Batch& batch) {
  if (step.step % kProbeEvery == 0) probe(run, step.step);
  const std::vector<Parameter>& parameters = run.optimizer.parameters();
  if (tensors_.empty())
    for (const Parameter& p : parameters) tensors_.push_back(p.name);
  note("loss", step.loss);
  note("samples", static_cast<double>(step.samples));
  double sum = 0;
  const std::vector<float> x = batch.x.to_host<float>();
  for (const float v : x) sum += v;
  note("batch_mean", sum / static_cast<double>(x.size()));
  const double norm = step.grad_norm;
  const double limit = run.clip.active() ? run.clip.settings().value : norm;
  const double factor = norm > limit ? limit / norm : 1;
  note("grad_norm", norm);
  note("clipped_grad_norm", norm * factor);
  before_.clear();
  for (const Parameter& p : parameters) {
    const double part = p.var.has_grad() ? norm_of(floats_of(p.var.grad())) : 0;
    note("tensor_grad_norm", part);
    note("tensor_clipped_grad_norm", part * factor);
    before_.push_back(floats_of(p.var.value()));
  }
}

void StepLog::on_step(training::LiveRun& run, const training::StepRecord& step) {
  constexpr std::size_t kStride = 13;
  constexpr double kSmallest = 1e-3;
  note("rate", step.learning_rate);
  double update = 0, least = std::numeric_limits<double>::infinity();
  std::vector<float> roots;
  const double bias = 1 - std::pow(run.optimizer.settings().beta2, static_cast<double>(run.optimizer.steps()));
  std::size_t at = 0;
  for (std::size_t i = 0; i < before_.size(); ++i) {
    std::vector<float> now = floats_of(run.optimizer.parameters()[i].var.value());
    for (std::size_t k = 0; k < now.size(); ++k) now[k] -= before_[i][k];
    update = std::max(update, norm_of(now) / std::max(norm_of(before_[i]), kSmallest));
    if (!run.optimizer.second_moments()[i].defined()) continue;
    for (const float v : floats_of(run.optimizer.second_moments()[i])) {
      const double root = std::sqrt(std::max(0.0, v / bias));
      least = std::min(least, root);
      if (at++ % kStride == 0) roots.push_back(static_cast<float>(root));
    }
  }
  note("max_update", update);
  note("sqrt_v_min", roots.empty() ? 0 : least);
  if (!roots.empty())
    std::nth_element(roots.begin(), roots.begin() + static_cast<std::ptrdiff_t>(roots.size() / 2), roots.end());
  note("sqrt_v_median", roots.empty() ? 0 : static_cast<double>(roots[roots.size() / 2]));
}

void StepLog::probe(training::LiveRun& run, std::int64_t step) {
  const NoGrad guard;
  const Tensor x = probe_batch(bench_, run.settings().optim.batch_size);
  const std::vector<MapState> maps = look_inside(run.network.model, x);
  const Tensor output = run.network.model.forward(Var(x)).value();
  const bool first = maps_.empty();
  for (const MapState& m : maps) {
    if (!m.pre_gelu()) continue;
    if (first) maps_.push_back(m.name);
    note("map_mean", m.mean);
    note("map_std", m.std);
    note("map_below_minus4", m.below_minus4);
  }
  const bool first_gates = !numbers_.contains("probe_step");
  for (const Parameter& p : run.optimizer.parameters()) {
    if (!is_gate(p.name)) continue;
    if (first_gates) gates_.push_back(p.name);
    note("gate_mean_abs", mean_abs(floats_of(p.var.value())));
  }
  note("probe_step", static_cast<double>(step));
  const training::LossFunction loss = run.task->loss();
  note("probe_loss", loss(Var(output), Var(x)).value().item());
  note("probe_loss_of_mean", loss(of_mean(output), Var(x)).value().item());
  note("output_sample_std", std_over_samples(output));
}

void StepLog::write(const std::string& path) const {
  std::vector<NamedArray> arrays;
  // A run that broke off in a step has no entry for what follows the update.
  const auto put = [&](std::initializer_list<const char*> names, std::size_t columns = 0) {
    for (const char* name : names) {
      const auto found = numbers_.find(name);
      const std::vector<double> none, &values = found == numbers_.end() ? none : found->second;
      const std::vector<float> small(values.begin(), values.end());
      const auto n = static_cast<std::int64_t>(values.size()), c = static_cast<std::int64_t>(columns);
      std::vector<std::int64_t> shape{n};
      if (columns > 0) shape = {n / c, c};
      arrays.push_back({name, make_host_array(small, std::move(shape))});
    }
  };
  put({"loss", "samples", "batch_mean", "rate", "grad_norm", "clipped_grad_norm", "max_update", "sqrt_v_min",
       "sqrt_v_median"});
  put({"tensor_grad_norm", "tensor_clipped_grad_norm"}, tensors_.size());
  put({"probe_step", "probe_loss", "probe_loss_of_mean", "output_sample_std"});
  put({"map_mean", "map_std", "map_below_minus4"}, maps_.size());
  if (!gates_.empty()) put({"gate_mean_abs"}, gates_.size());
  arrays.push_back({"tensors", make_host_text(lines(tensors_))});
  arrays.push_back({"maps", make_host_text(lines(maps_))});
  arrays.push_back({"gates", make_host_text(lines(gates_))});
  write_npz(path, arrays, true);
}

}  // namespace fno::stage_a
