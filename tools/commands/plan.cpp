#include <algorithm>
#include <chrono>
#include <fmt/format.h>
#include <functional>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "framework/ops/conv.h"
#include "framework/ops/loss.h"
#include "tools/commands/command.h"
#include "tools/commands/extents.h"
#include "tools/commands/plan/layer_table.h"
#include "tools/commands/plan/memory_table.h"
#include "tools/tasks/operator/operator_task.h"
#include "tools/tasks/operator/roll_out.h"
#include "tools/tasks/operator/settings.h"
#include "tools/tasks/ptychography/physics.h"
#include "tools/tasks/ptychography/task.h"
#include "tools/training/device.h"

namespace fno {
namespace {

using training::Pass, training::StepPlan;

constexpr const char* kNoData = "none";  // stands where a run has files

// A network and a batch without data.
struct PlanOptions : settings::CommonOptions {
  std::optional<std::int64_t> points;    // --N: side of a patch, ptychography
  std::int64_t inputs = 1, outputs = 1;  // channels, operator
  std::string grid_text;                 // --grid "16,16"
  std::vector<std::int64_t> grid;        // operator: of the text, or of the data file
  std::optional<int> cpu_threads;        // of the device; no flag of plan's own
};

std::vector<settings::Row<PlanOptions>> rows() {
  using P = PlanOptions;
  using settings::flag, settings::integer;
  return {
      flag<P, &P::points>(
          {.key = "N", .rule = integer(1, 65536), .help = "side of a patch (--task ptychography)", .section = "Sizes"}),
      flag<P, &P::inputs>({.key = "inputs",
                           .rule = integer(1, 65536),
                           .help = "channels of x (--task operator without --data)",
                           .section = "Sizes"}),
      flag<P, &P::outputs>({.key = "outputs",
                            .rule = integer(1, 65536),
                            .help = "channels of y (--task operator without --data)",
                            .section = "Sizes"}),
      flag<P, &P::grid_text>({.key = "grid",
                              .rule = extents_rule(),
                              .help = "points of each axis (--task operator)",
                              .metavar = "N,…",
                              .section = "Sizes"})};
}

// Flags of train; what only a run needs is made up, for nothing is read or written.
std::vector<settings::RowInfo> flags() {
  std::vector<settings::RowInfo> all = settings::infos(rows());
  settings::add_rows(all, settings::training_flags());
  for (auto& row : all) row.required = row.required && (row.key == "run.task" || row.key == "run.architecture");
  return all;
}

settings::Settings settings_of(const std::vector<settings::Given>& given) {
  std::vector<settings::Request> requests = settings::requests_of(settings::without(given, rows()));
  for (const char* key : {"run.data", "run.output_dir"})
    if (std::ranges::none_of(requests, [&](const settings::Request& r) { return r.key == key; }))
      requests.push_back({key, {settings::Origin::Source::file, key}, kNoData, true, {}});
  return settings::resolve(requests);
}

struct Line {
  int blocks = 0;
  std::optional<int> cap;
  bool checkpointing = false;
  std::optional<StepPlan> plan;
  std::size_t data_bytes = 0;  // where they are known
  std::string why;             // there is no such network
};

// Products a second that this device reaches in a convolution of the size that dominates these networks: what the
// prediction of time rests on. Half a second, so the figure is a rough one.
double product_rate(const Device& device) {
  const NoGrad guard;
  const Var x(Tensor::full({4, 32, 64, 64}, Dtype::float32, device, 0.5));
  const Var w(Tensor::full({32, 32, 3, 3}, Dtype::float32, device, 0.1));
  const Var b(Tensor::zeros({32}, Dtype::float32, device));
  const auto once = [&] { (void)mae(conv(x, w, b, {.stride = 1, .padding = 1}), x).value().item(); };
  once();
  int calls = 0;
  const auto start = std::chrono::steady_clock::now();
  double seconds = 0;
  do {
    once();
    ++calls;
    seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  } while (seconds < 0.3);
  const double flop = 2.0 * 4 * 32 * 32 * 9 * 64 * 64;
  return calls * flop / seconds;
}

bool has_data(const settings::Settings& settings) { return settings.given("run.data") && settings.run.data != kNoData; }

bool keeps_short_batches(const settings::Settings& settings) {
  return settings.train.short_last_batch == settings::ShortLastBatch::keep;
}

// Sizes of the batches that so many samples make: the whole one and the rest, where there are such.
std::vector<std::int64_t> batches_of(std::int64_t samples, std::int64_t batch) {
  if (samples <= batch) return {samples};
  if (samples % batch == 0) return {batch};
  return {batch, samples % batch};
}

Shape batch_of(std::int64_t samples, std::int64_t channels, const std::vector<std::int64_t>& grid) {
  Shape shape{samples, channels};
  for (const std::int64_t n : grid) shape.push_back(n);
  return shape;
}

std::size_t held_bytes(const operators::FieldPairs& pairs) {
  std::int64_t floats = 0;
  if (pairs.y.values.is_held())
    floats += pairs.samples * (pairs.history > 0 ? pairs.times : 1) * pairs.outputs * pairs.points();
  if (pairs.history == 0 && pairs.x.values.is_held()) floats += pairs.samples * pairs.inputs * pairs.points();
  return sizeof(float) * static_cast<std::size_t>(floats);
}

std::size_t held_bytes(const ptychography::RunData& data) {
  std::size_t bytes = 0;
  for (const auto& [role, split] : data.splits())
    bytes += sizeof(float) * (split->diffraction.size() + split->target.size()) +
             sizeof(std::complex<float>) * (split->probe.size() + split->objects.size());
  return bytes;
}

void plan_ptychography(settings::Settings settings, const PlanOptions& options,
                       const std::optional<ptychography::RunData>& data, Line& line) {
  settings.model.points = data ? data->training.N : static_cast<int>(options.points.value_or(64));
  if (data) settings.model.channels = data->training.C;
  settings.model.blocks = line.blocks;
  settings.model.max_hidden_channels = line.cap;
  settings.model.activation_checkpointing = line.checkpointing;
  const int n = settings.model.points;
  const auto loss = [n, kind = settings.train.loss](const Var& patch, const Var& x) {
    ptychography::PtychoData any;
    any.N = n;
    any.probe.resize(static_cast<std::size_t>(n) * static_cast<std::size_t>(n));
    const ptychography::Physics physics(any, {}, patch.device());
    return ptychography::physics_loss(physics, kind, 1)(patch, x);
  };
  const std::int64_t batch = settings.optim.batch_size, infer = settings.train.infer_batch_size;
  const auto patterns = [&](std::int64_t samples) { return Shape{samples, settings.model.channels, n, n}; };
  training::PlannedStep step{.network = settings.model,
                             .input = patterns(batch),
                             .target = patterns(batch),
                             .loss = loss,
                             .target_is_input = true,
                             .optimizer = settings.optim.optimizer,
                             .clip = settings.optim.clip,
                             .cpu_threads = options.cpu_threads};
  if (data) {
    line.data_bytes = held_bytes(*data);
    const std::vector<std::int64_t> sizes = batches_of(data->training.n, batch);
    step.input = step.target = patterns(sizes.front());
    if (sizes.size() > 1 && keeps_short_batches(settings)) step.short_batch = sizes.back();
    if (const auto& judged = data->validation ? data->validation : data->test; judged)
      step.validation = batches_of(judged->n, batch);
    if (data->test)
      for (const std::int64_t samples : batches_of(data->test->n, infer)) step.test.push_back(patterns(samples));
  }
  line.plan = training::plan_step(step);
}

void plan_operator(settings::Settings settings, const PlanOptions& options, Line& line) {
  operators::FieldShape data;
  data.inputs = options.inputs;
  data.outputs = options.outputs;
  data.grid = options.grid;
  const operators::Reading reading = operators::reading_of(settings);
  const bool from_data = has_data(settings) && options.grid.empty();
  if (from_data) {
    const operators::FieldPairs pairs = operators::read_field_pairs(settings.run.data, reading);
    line.data_bytes = held_bytes(pairs);
    data = pairs;
  } else if (reading.history) {
    data.history = *reading.history;
    data.inputs = data.history * data.outputs;
    data.times = data.history + settings.own<operators::OperatorSettings>().rollout.value_or(1);
  }
  require<ErrorKind::config>(!data.grid.empty(), "--grid: found nothing, accepted: the points of each axis, or --data");
  operators::fit_network(settings, data);
  const auto& own = settings.own<operators::OperatorSettings>();
  const std::int64_t steps = own.rollout.value_or(1), infer = settings.train.infer_batch_size;
  std::int64_t batch = settings.optim.batch_size;
  training::PlannedStep step{.network = settings.model,
                             .loss = operators::loss_over_steps(settings.train.loss, steps),
                             .optimizer = settings.optim.optimizer,
                             .clip = settings.optim.clip,
                             .cpu_threads = options.cpu_threads};
  if (from_data) {
    const training::Split split = training::split_samples(data.samples, own.validation_fraction);
    const std::int64_t each = data.history > 0 ? data.following() - steps + 1 : 1;
    const std::vector<std::int64_t> sizes = batches_of(split.training * each, batch);
    batch = sizes.front();
    if (sizes.size() > 1 && keeps_short_batches(settings)) step.short_batch = sizes.back();
    if (split.validation > 0) step.validation = batches_of(split.validation * each, infer);
    if (settings.run.test_data) {
      operators::Reading of_test = reading;
      of_test.targets = own.test_targets.value_or("");
      const operators::FieldPairs pairs = operators::read_field_pairs(*settings.run.test_data, of_test);
      line.data_bytes += held_bytes(pairs);
      for (const std::int64_t samples : batches_of(pairs.samples, infer))
        step.test.push_back(batch_of(samples, data.inputs, pairs.grid));
    }
  } else if (own.validation_fraction > 0) {
    step.validation = {infer};
  }
  step.input = batch_of(batch, data.inputs, data.grid);
  step.target = batch_of(batch, data.outputs * steps, data.grid);
  const auto outputs = static_cast<std::size_t>(data.outputs);
  const training::ChannelScaling units{std::vector(outputs, 0.0), std::vector(outputs, 1.0)};
  step.around = [&](const Model& network) -> std::unique_ptr<Model> {
    if (steps == 1) return nullptr;
    return std::make_unique<operators::RollOut>(network, data.history, units, steps);
  };
  line.plan = training::plan_step(step);
}

// What fno train would train with the same flags.
Line asked_for(const settings::Settings& settings) {
  const NetworkConfig& network = settings.model;
  return {network.blocks, network.max_hidden_channels, network.activation_checkpointing};
}

bool is_of_patches(const settings::Settings& settings) {
  return architecture_named(settings.model.architecture).kind == NetworkKind::patch;
}

// What was asked for; where the depth was not, the table of the study: 4 to 7 levels, without a cap and with one, with
// and without activation checkpointing.
std::vector<Line> lines_of(const settings::Settings& settings) {
  if (!is_of_patches(settings) || settings.given("model.fno_blocks")) return {asked_for(settings)};
  std::vector<Line> lines;
  for (int n = 4; n <= 7; ++n)
    for (const auto& cap : {std::optional<int>{}, std::optional<int>{512}})
      for (const bool checkpointing : {false, true}) lines.push_back({n, cap, checkpointing});
  return lines;
}

// Whether two lines say the same but for a depth or a cap that changes nothing.
bool are_equal(const Line& a, const Line& b) {
  if (!a.plan || !b.plan) return !a.plan && !b.plan && a.why == b.why;
  const StepPlan &p = *a.plan, &q = *b.plan;
  return a.checkpointing == b.checkpointing && p.parameters.real == q.parameters.real &&
         p.activation_bytes == q.activation_bytes && p.peak_bytes == q.peak_bytes && p.work() == q.work();
}

std::vector<Line> different(std::vector<Line> lines) {
  std::vector<Line> kept;
  for (Line& line : lines)
    if (std::ranges::none_of(kept, [&](const Line& k) { return are_equal(k, line); })) kept.push_back(std::move(line));
  return kept;
}

std::string cap_text(const Line& line) { return line.cap ? std::to_string(*line.cap) : "none"; }
const char* on_or_off(const Line& line) { return line.checkpointing ? "on" : "off"; }

nlohmann::ordered_json json_of(const Line& line, double rate) {
  nlohmann::ordered_json json{{"blocks", line.blocks},
                              {"max_hidden_channels", line.cap ? nlohmann::ordered_json(*line.cap) : nullptr},
                              {"activation_checkpointing", line.checkpointing}};
  if (!line.plan) {
    json["impossible"] = line.why;
    return json;
  }
  const StepPlan& p = *line.plan;
  json["parameters"] = {{"complex_once", p.parameters.logged}, {"complex_twice", p.parameters.real}};
  json["weight_bytes"] = p.weight_bytes;
  json["gradient_bytes"] = p.gradient_bytes;
  json["moment_bytes"] = p.moment_bytes;
  json["activation_bytes"] = p.activation_bytes;
  json["peak_bytes"] = p.peak_bytes;
  json["reserved_bytes"] = p.reserved_bytes;
  json["batch_bytes"] = p.batch_bytes;
  json["data_bytes"] = line.data_bytes;
  json["host_bytes_on_cpu"] = training::plan_process(p, line.data_bytes).total();
  for (const SavedByLayer& layer : saved_by_layer(p))
    json["saved_activations"].push_back(
        {{"layer", layer.layer},
         {"bytes", layer.bytes},
         {"eager_bytes", layer.eager_bytes > 0 ? nlohmann::ordered_json(layer.eager_bytes) : nullptr}});
  json["forward_flop"] = p.work(Pass::forward).flop;
  json["step_flop"] = p.work().flop;
  json["step_bytes"] = static_cast<std::int64_t>(p.work().bytes());
  json["step_launches"] = p.launches();
  json["predicted_step_seconds"] = p.work().flop / rate;
  for (const Pass pass : training::kPasses)
    for (const TracedJob& job : p.of(pass))
      json["jobs"].push_back({{"layer", job.scope},
                              {"job", job.job},
                              {"pass", std::string(name_of(pass))},
                              {"launches", job.launches},
                              {"bytes_read", static_cast<std::int64_t>(job.work.bytes_read)},
                              {"bytes_written", static_cast<std::int64_t>(job.work.bytes_written)},
                              {"flop", job.work.flop}});
  return json;
}

int run(Call& call) {
  auto options = settings::read_options(rows(), call.given);
  options.grid = extents(options.grid_text);
  const settings::Settings settings = settings_of(call.given);
  call.verbose = settings.run.verbose;
  std::string notice;
  const Device device = open_device(settings.run, [&](const std::string& line) { notice = line; });
  if (device.name() == "cpu") options.cpu_threads = use_cpu(settings.run);
  const bool ptychography = is_of_patches(settings);
  std::optional<ptychography::RunData> patterns;
  if (ptychography && !options.points && has_data(settings)) patterns.emplace(settings);
  std::vector<Line> lines = lines_of(settings);
  const auto fill = [&](Line& line) {
    try {
      if (ptychography)
        plan_ptychography(settings, options, patterns, line);
      else
        plan_operator(settings, options, line);
    } catch (const Error& e) {
      if (lines.size() == 1) throw;
      line.why = e.what();
    }
  };
  std::ranges::for_each(lines, fill);
  const std::size_t looked_at = lines.size();
  lines = different(std::move(lines));
  const double rate = product_rate(device);
  if (settings.run.json) {
    nlohmann::ordered_json json{{"architecture", settings.model.architecture},
                                {"batch_size", settings.optim.batch_size},
                                {"device", device.name()},
                                {"measured_flop_per_second", rate},
                                {"plans", nlohmann::ordered_json::array()}};
    for (const Line& line : lines) json["plans"].push_back(json_of(line, rate));
    fmt::print("{}\n", json.dump(2));
    return 0;
  }
  if (!notice.empty() && !settings.run.quiet) fmt::print(stderr, "notice: {}\n", notice);
  fmt::print("{}, batch {}, on {} ({:.0f} Gflop/s in a 3x3 convolution)\n\n", settings.model.architecture,
             settings.optim.batch_size, device.name(), rate / 1e9);
  fmt::print("{:>6} {:>5} {:>7} {:>14} {:>14} {:>11} {:>11} {:>11} {:>11} {:>10} {:>10}\n", "blocks", "cap", "recomp.",
             "parameters", "complex twice", "weights+opt", "activations", "on device", "CPU process", "Gflop/step",
             "time/step");
  for (const Line& line : lines) {
    fmt::print("{:>6} {:>5} {:>7} ", line.blocks, cap_text(line), on_or_off(line));
    if (!line.plan) {
      fmt::print("{}\n", line.why);
      continue;
    }
    const StepPlan& p = *line.plan;
    fmt::print("{:>14} {:>14} {:>11} {:>11} {:>11} {:>11} {:>10.2f} {:>8.3g} s\n", p.parameters.logged,
               p.parameters.real, bytes_text(p.weight_bytes + p.gradient_bytes + p.moment_bytes),
               bytes_text(p.activation_bytes), bytes_text(p.peak_bytes),
               bytes_text(training::plan_process(p, line.data_bytes).total()), p.work().flop / 1e9,
               p.work().flop / rate);
  }
  fmt::print(
      "\nparameters count a complex weight once; the time is that of the Gflop at a convolution's rate: a lower "
      "estimate\n"
      "on device: most that its memory gives out at once; CPU process: what the system sees of fno train at most\n");
  if (lines.size() < looked_at) fmt::print("depths and caps that change nothing here are left out\n");
  Line asked = asked_for(settings);
  fill(asked);
  if (!asked.plan) return 0;
  fmt::print(
      "\none step of fno train with these flags: {} blocks, cap {}, recomputation {}\n\n{}\n"
      "launches: jobs that the device is asked for; MiB: the least that they must move, each reading and writing its\n"
      "arrays once; Gflop: their formulas, a multiply-add 2, a function such as GELU 1\n",
      asked.blocks, cap_text(asked), on_or_off(asked), layer_table(*asked.plan));
  fmt::print("\n{}", memory_table(*asked.plan, training::plan_process(*asked.plan, asked.data_bytes)));
  return 0;
}

}  // namespace

extern const Command kPlan{.name = "plan",
                           .summary = "parameters, memory and work of a network; allocates nothing",
                           .flags = flags,
                           .run = run};

}  // namespace fno
