#include "tools/commands/plan/memory_table.h"

#include <algorithm>
#include <fmt/format.h>

#include "tools/commands/plan/layer_table.h"

namespace fno {
namespace {

using training::Pass, training::ProcessPlan, training::StepPlan;

constexpr std::size_t kLabel = 24;

std::string line(const std::string& label, std::size_t bytes, const std::string& words = {}) {
  std::string text = fmt::format("{:{}} {:>11}", label, kLabel, bytes_text(bytes));
  if (!words.empty()) text += "  " + words;
  return text + "\n";
}

// The layer's share of the forward pass.
struct Forward {
  double field = 0, spectrum = 0;
  bool activated = false, stable = false;
};

Forward forward_of(const StepPlan& plan, const std::string& layer) {
  Forward f;
  double written = 0;
  for (const TracedJob& job : plan.of(Pass::forward)) {
    if (layer_of(job.scope) != layer) continue;
    if (job.job == "Analyse") {
      f.field = job.work.bytes_read / static_cast<double>(job.launches);  // layers keep the number of channels
      f.spectrum += job.work.bytes_written;
    }
    if (job.job == "FourierOutput") written = job.work.bytes_written;
    f.activated = f.activated || job.job == "Unary";
    f.stable = f.stable || job.job == "InstanceNorm";
  }
  f.activated = f.activated || written > 1.5 * f.field;  // a job that gives the value of the activation too
  return f;
}

}  // namespace

std::string bytes_text(std::size_t bytes) {
  const auto mib = static_cast<double>(bytes) / 1048576;
  return mib < 1024 ? fmt::format("{:.1f} MiB", mib) : fmt::format("{:.2f} GiB", mib / 1024);
}

std::vector<SavedByLayer> saved_by_layer(const StepPlan& plan) {
  std::vector<SavedByLayer> layers;
  for (const HeldMemory& part : plan.saved) {
    const std::string name = layer_of(part.scope);
    auto layer = std::ranges::find(layers, name, &SavedByLayer::layer);
    if (layer == layers.end()) layer = layers.insert(layer, {name, 0, 0});
    layer->bytes += part.bytes;
  }
  for (SavedByLayer& layer : layers) {
    const Forward f = forward_of(plan, layer.layer);
    if (f.spectrum == 0) continue;
    const double fields = f.stable ? 4 : f.activated ? 2 : 1;
    layer.eager_bytes = static_cast<std::size_t>(fields * f.field + f.spectrum);
  }
  return layers;
}

std::string memory_table(const StepPlan& plan, const ProcessPlan& process) {
  const std::size_t named = plan.weight_bytes + plan.gradient_bytes + plan.moment_bytes + plan.batch_bytes;
  // The most is reached in the reverse pass or after it: then some of the saved activations are gone again.
  const std::size_t activations = std::min(plan.activation_bytes, plan.peak_bytes - std::min(named, plan.peak_bytes));
  std::string text = "memory of such a run\n\n";
  text += line("weights", plan.weight_bytes);
  text += line("gradients", plan.gradient_bytes);
  text += line("optimiser state", plan.moment_bytes);
  text += line("batches", plan.batch_bytes);
  text += line("saved activations", activations, "for the reverse pass");
  text += line("scratch", plan.peak_bytes - std::min(plan.peak_bytes, named + activations),
               "temporaries, and what blocks are too large");
  text += line("on the device at once", plan.peak_bytes, "manifest.json: device_peak_bytes");
  text += line("idle in its pool", plan.reserved_bytes - plan.peak_bytes, "blocks of other sizes, for later");
  if (process.data_bytes > 0)
    text += line("data held", process.data_bytes);
  else
    text += fmt::format("{:{}} {:>11}  known with --data of --task operator\n", "data held", kLabel, "not counted");
  text += line("batches on their way", process.buffer_bytes);
  text += line("checkpoint", process.checkpoint_bytes, "weights and optimiser state while a file is written");
  text += line("program", process.program_bytes, "code, libraries, stacks: as measured");
  text += line("process on the CPU", process.total(), "manifest.json: process_peak_bytes");

  text += fmt::format("\n{:{}} {:>11} {:>14}\n", "saved activations of", kLabel, "here", "PyTorch eager");
  std::size_t here = 0, eager = 0;
  for (const SavedByLayer& layer : saved_by_layer(plan)) {
    text += fmt::format("{:{}} {:>11}", layer.layer, kLabel, bytes_text(layer.bytes));
    if (layer.eager_bytes > 0) {
      text += fmt::format(" {:>14}", bytes_text(layer.eager_bytes));
      here += layer.bytes;
      eager += layer.eager_bytes;
    }
    text += "\n";
  }
  if (eager > 0)
    text += fmt::format("{:{}} {:>11} {:>14}  {:.2f} of it\n", "Fourier layers", kLabel, bytes_text(here),
                        bytes_text(eager), static_cast<double>(here) / static_cast<double>(eager));
  return text;
}

}  // namespace fno
