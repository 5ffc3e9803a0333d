#include "tools/settings/setting_table.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "framework/error.h"
#include "models/network.h"

namespace fno::settings {
namespace {

constexpr double kLargestExtent = 65536;    // channels and modes
constexpr double kLargestCount = 10000000;  // epochs, samples of a batch

// The default of each task, one member a task. A task without one does not accept the setting; Value{} is "accepted, no
// default".
struct Defaults {
  std::optional<Value> operator_task, ptychography;
  [[nodiscard]] const std::optional<Value>& of(Task task) const {
    return task == Task::operator_task ? operator_task : ptychography;
  }
};
Defaults both(const Value& value) { return {value, value}; }
Defaults only_operator(const Value& value) { return {value, std::nullopt}; }
Defaults only_ptychography(const Value& value) { return {std::nullopt, value}; }

struct TableRow {
  Row<Settings> row;
  Defaults defaults;
  std::map<Task, Rule> rules = {};  // where a task takes fewer values
  std::map<Task, RowInfo> words =
      {};  // where a task says it in other words: help, fallback_text, depends_on_run, only_with
};

template <auto... Path>
TableRow bound(const char* section, std::string key, Rule rule, Defaults defaults, const char* help, RowInfo more) {
  more.key = std::move(key);
  more.rule = std::move(rule);
  more.help = help;
  more.section = section;
  return {bind<Settings, Path...>(std::move(more)), std::move(defaults)};
}

template <auto Member>
TableRow run(const std::string& name, Rule rule, Defaults defaults, const char* help, RowInfo more = {}) {
  return bound<&Settings::run, Member>("Run", "run." + name, std::move(rule), std::move(defaults), help,
                                       std::move(more));
}

template <auto... Member>
TableRow model(const std::string& name, Rule rule, Defaults defaults, const char* help, RowInfo more = {}) {
  more.torch_prefix = true;
  return bound<&Settings::model, Member...>("Model", "model." + name, std::move(rule), std::move(defaults), help,
                                            std::move(more));
}

template <auto... Member>
TableRow optim(const std::string& name, Rule rule, Defaults defaults, const char* help, RowInfo more = {}) {
  more.torch_prefix = true;
  return bound<&Settings::optim, Member...>("Optimisation", "optim." + name, std::move(rule), std::move(defaults), help,
                                            std::move(more));
}

template <auto Member>
TableRow train(const std::string& name, Rule rule, Defaults defaults, const char* help, RowInfo more = {}) {
  more.torch_prefix = true;
  return bound<&Settings::train, Member>("Training", "train." + name, std::move(rule), std::move(defaults), help,
                                         std::move(more));
}

bool is_probe_gain(const std::string& text) { return probe_gain(text).has_value(); }

// The row's effect hangs on another setting, said in words for the help.
TableRow acting(TableRow row, std::string only_with, bool (*acts)(const Settings&)) {
  row.row.only_with = std::move(only_with);
  row.row.acts = acts;
  return row;
}

// The row acts with these networks alone.
template <class... Names>
bool is_any(const Settings& settings, const Names*... names) {
  return (... || (settings.model.architecture == names));
}

TableRow stable_only(TableRow row) {
  return acting(std::move(row), "--architecture stable_fno or stable_hybrid",
                [](const Settings& s) { return is_any(s, "stable_fno", "stable_hybrid"); });
}

// The networks that map what this task's do.
std::vector<std::string> architectures_of(NetworkKind kind) {
  std::vector<std::string> names;
  for (const Architecture& a : architectures())
    if (a.kind == kind) names.emplace_back(a.name);
  return names;
}

// A task takes these values only.
TableRow limited(TableRow row, Task task, std::vector<std::string> choices) {
  row.rules[task] = choice(std::move(choices));
  return row;
}

TableRow worded(TableRow row, Task task, RowInfo words) {
  row.words[task] = std::move(words);
  return row;
}

TableRow sgd_only(TableRow row) {
  return acting(std::move(row), "--optimizer sgd",
                [](const Settings& s) { return s.optim.optimizer.kind == OptimizerKind::sgd; });
}

TableRow adam_only(TableRow row) {
  return acting(std::move(row), "--optimizer adam or adamw",
                [](const Settings& s) { return s.optim.optimizer.kind != OptimizerKind::sgd; });
}

TableRow cosine_only(TableRow row) {
  return acting(std::move(row), "--scheduler WarmupCosine",
                [](const Settings& s) { return s.optim.schedule.kind == ScheduleKind::warmup_cosine; });
}

TableRow plateau_only(TableRow row) {
  return acting(std::move(row), "--scheduler ReduceLROnPlateau",
                [](const Settings& s) { return s.optim.schedule.kind == ScheduleKind::plateau; });
}

TableRow clipping_only(TableRow row) {
  return acting(std::move(row), "--grad-clip above 0", [](const Settings& s) { return s.optim.clip.value > 0; });
}

TableRow logging_only(TableRow row) {
  return acting(std::move(row), "--log-grad-norm", [](const Settings& s) { return s.train.log_grad_norm; });
}

void add_run(std::vector<TableRow>& t) {
  using R = RunSettings;
  t.push_back(run<&R::task>("task", names_of<Task>(), both({}), "what is learnt", {.required = true}));
  t.push_back(limited(limited(bound<&Settings::model, &NetworkConfig::architecture>(
                                  "Run", "run.architecture", choice({}), both({}), "the network", {.required = true}),
                              Task::operator_task, architectures_of(NetworkKind::grid_operator)),
                      Task::ptychography, architectures_of(NetworkKind::patch)));
  t.push_back(worded(
      run<&R::data>("data", path(), both({}), "training file with x and y", {.metavar = "TRAIN.npz", .required = true}),
      Task::ptychography, {.help = "training file of fno simulate grid-lines"}));
  t.push_back(worded(
      run<&R::test_data>("test_data", path(), both({}), "measured after training, chooses nothing; any grid",
                         {.metavar = "TEST.npz", .fallback_text = "none"}),
      Task::ptychography,
      {.help = "scanned by inference, stitched and scored every epoch and after training", .fallback_text = "none"}));
  t.push_back(run<&R::validation_data>("validation_data", path(), only_ptychography({}), "patterns of val_loss",
                                       {.metavar = "VALIDATION.npz", .fallback_text = "the test data"}));
  t.push_back(run<&R::output_dir>("output_dir", path(), both({}), "run directory, absent or empty",
                                  {.metavar = "RUN", .required = true, .may_differ_on_resume = true}));
  // Permission for one call: in a stored file it would let a later call delete a run.
  t.push_back(run<&R::cuda_libraries>("cuda_libraries", names_of<CudaLibraries>(), both("own"),
                                      "who runs what cuBLAS, cuFFT and cuDNN can run on a GPU"));
  t.push_back(run<&R::force>("force", toggle(), both(false), "delete the run that stands in the run directory",
                             {.torch_prefix = true, .may_differ_on_resume = true, .stored = false}));
  t.push_back(run<&R::resume>("resume", toggle(), both(false), "go on with the run that stands in the run directory",
                              {.torch_prefix = true, .may_differ_on_resume = true, .stored = false}));
  for (Row<Settings>& row : common_rows<Settings, &Settings::run>("run.")) {
    const Value fallback = row.fallback;
    t.push_back({std::move(row), both(fallback)});
  }
}

void add_model(std::vector<TableRow>& t) {
  using M = NetworkConfig;
  const Rule extent = integer(1, kLargestExtent);
  TableRow modes =
      model<&M::modes>("fno_modes", extent, both(12), "kept frequencies per axis",
                       {.fallback_text = "min({}, n/2) of the smallest training axis", .depends_on_run = true});
  modes.row.get = [](const Settings& s) { return s.model.modes == 0 ? Value{} : load(s.model.modes); };
  t.push_back(worded(std::move(modes), Task::ptychography, {.help = "kept frequencies per axis"}));
  t.push_back(model<&M::width>("fno_width", extent, both(32), "channels of the blocks, of the first level"));
  t.push_back(model<&M::blocks>("fno_blocks", integer(1, 1024), both(4), "number of blocks, of levels in the hybrids"));
  t.push_back(acting(model<&M::cnn_blocks>("fno_cnn_blocks", integer(0, 1024), only_ptychography(2),
                                           "3x3 convolutions behind the blocks"),
                     "--architecture fno or ffno", [](const Settings& s) { return is_any(s, "fno", "ffno"); }));
  t.push_back(model<&M::input_transform>("fno_input_transform", names_of<InputTransform>(), only_ptychography("none"),
                                         "of the diffraction, before the network"));
  t.push_back(acting(model<&M::resnet_width>("resnet_width", extent, only_ptychography({}),
                                             "channels of the ResNet blocks, a multiple of 4",
                                             {.fallback_text = "those of the encoder"}),
                     "--architecture hybrid_resnet", [](const Settings& s) { return is_any(s, "hybrid_resnet"); }));
  t.push_back(acting(model<&M::max_hidden_channels>("max_hidden_channels", extent, only_ptychography({}),
                                                    "cap on the doubling of channels", {.fallback_text = "none"}),
                     "--architecture hybrid, stable_hybrid or hybrid_resnet",
                     [](const Settings& s) { return is_any(s, "hybrid", "stable_hybrid", "hybrid_resnet"); }));
  t.push_back(model<&M::output_mode>("output_mode", names_of<OutputMode>(), only_ptychography("real_imag"),
                                     "what the network's maps mean", {.aliases = {"generator-output-mode"}}));
  t.push_back(model<&M::projection>("fno_projection", extent, only_operator(128), "hidden channels of the head"));
  t.push_back(
      model<&M::spectral>("spectral", names_of<ModeConvention>(), {"classic", "corner"}, "which frequencies are kept"));
  t.push_back(stable_only(
      model<&M::stable_form>("stable_form", names_of<StableForm>(), both("layerscale"), "gate of the stable block")));
  t.push_back(stable_only(
      model<&M::layerscale_init>("layerscale_init", at_least(0), {0.1, 1e-3}, "first value of the layerscale gate")));
  t.push_back(model<&M::padding>("domain_padding", between(0, 1), only_operator(1.0),
                                 "the waves' period is 1 + this times the domain; 0 for periodic data"));
}

void add_optim(std::vector<TableRow>& t) {
  using O = OptimSettings;
  using R = OptimizerSettings;
  using S = ScheduleSettings;
  using C = ClipSettings;
  const Rule count = integer(1, kLargestCount), patience = integer(0, kLargestCount);
  const Rule part = between(0, 1), decay = between_open(0, 1);
  t.push_back(
      optim<&O::schedule, &S::epochs>("epochs", count, both(50), "passes over the training data",
                                      {.aliases = {"nepochs"}, .torch_wins = true, .may_differ_on_resume = true}));
  t.push_back(optim<&O::batch_size>("batch_size", count, {20, 16}, "samples of a step"));
  t.push_back(optim<&O::schedule, &S::base>("learning_rate", above(0), {3e-3, 1e-3}, "base rate"));
  t.push_back(
      optim<&O::optimizer, &R::kind>("optimizer", names_of<OptimizerKind>(), both("adam"), "rule of the update"));
  t.push_back(optim<&O::optimizer, &R::weight_decay>("weight_decay", at_least(0), {1e-4, 0.0},
                                                     "added to the gradient; acts on the weights directly in adamw"));
  t.push_back(sgd_only(optim<&O::optimizer, &R::momentum>("momentum", decay, both(0.9), "Nesterov momentum")));
  t.push_back(adam_only(optim<&O::optimizer, &R::beta1>("beta1", decay, both(0.9), "decay of the first moment")));
  t.push_back(adam_only(optim<&O::optimizer, &R::beta2>("beta2", decay, both(0.999), "decay of the second moment")));
  t.push_back(optim<&O::schedule, &S::kind>("scheduler", names_of<ScheduleKind>(), {"WarmupCosine", "Default"},
                                            "rate as a function of the epoch"));
  t.push_back(worded(cosine_only(optim<&O::schedule, &S::warmup>(
                         "lr_warmup_epochs", patience, {5, 0}, "epochs of linear warm-up, fewer than --epochs",
                         {.fallback_text = "min({}, epochs/4)", .depends_on_run = true})),
                     Task::ptychography, {.help = "epochs of linear warm-up, fewer than --epochs"}));
  t.push_back(optim<&O::schedule, &S::mode>("schedule_mode", names_of<ScheduleMode>(), only_ptychography("stepped"),
                                            "frozen_first_value keeps the rate of epoch 0"));
  t.push_back(
      cosine_only(optim<&O::schedule, &S::min_ratio>("lr_min_ratio", part, {0.05, 0.1}, "last rate over base rate")));
  t.push_back(
      plateau_only(optim<&O::schedule, &S::factor>("plateau_factor", part, both(0.5), "factor of a reduction")));
  t.push_back(plateau_only(optim<&O::schedule, &S::patience>("plateau_patience", patience, both(2),
                                                             "epochs without improvement that are borne")));
  t.push_back(
      plateau_only(optim<&O::schedule, &S::min_rate>("plateau_min_lr", at_least(0), both(1e-4), "lowest rate")));
  t.push_back(plateau_only(optim<&O::schedule, &S::threshold>("plateau_threshold", decay, both(0.0),
                                                              "relative gain that counts as improvement")));
  t.push_back(optim<&O::clip, &C::value>("grad_clip", at_least(0), both(0.0), "limit on the gradient, 0 = off"));
  t.push_back(
      clipping_only(optim<&O::clip, &C::rule>("gradient_clip_algorithm", names_of<ClipRule>(), both("norm"),
                                              "what the limit holds for", {.aliases = {"grad-clip-algorithm"}})));
}

void add_train(std::vector<TableRow>& t) {
  using T = TrainSettings;
  const Rule count = integer(1, kLargestCount);
  t.push_back(limited(limited(train<&T::loss>("loss", names_of<Loss>(), {"relative_l2", "mae"},
                                              "what training makes small", {.aliases = {"loss-mode"}}),
                              Task::operator_task, {"relative_l2", "h1", "mae"}),
                      Task::ptychography, {"mae", "poisson"}));
  t.push_back(train<&T::probe_gain>("probe_gain", text(is_probe_gain, "batch, 1 or fixed:G with G above 0"),
                                    only_ptychography("fixed:16"), "factor on the predicted amplitude",
                                    {.metavar = "{batch|fixed:G|1}"}));
  t.push_back(train<&T::short_last_batch>("short_last_batch", names_of<ShortLastBatch>(), only_ptychography("keep"),
                                          "the last batch of an epoch where the numbers do not divide"));
  t.push_back(train<&T::loader_seed>("loader_seed", integer(0, 9007199254740991.0), only_ptychography({}),
                                     "of the order of the samples", {.fallback_text = "--seed"}));
  t.push_back(train<&T::no_gate>("no_gate", toggle(), only_ptychography(false),
                                 "train even if the true object does not reproduce the diffraction"));
  t.push_back(train<&T::nimgs_test>("nimgs_test", integer(1, 1 << 20), only_ptychography({}), "images of the test file",
                                    {.fallback_text = "as the file says"}));
  t.push_back(train<&T::outer_offset_test>("outer_offset_test", integer(2, 1 << 20), only_ptychography({}),
                                           "twice the step of its scan", {.fallback_text = "as the file says"}));
  t.push_back(train<&T::study_profile>("study_profile", names_of<StudyProfile>(), only_ptychography({}),
                                       "defaults of a profile of the Stage A study; flags win",
                                       {.fallback_text = "none"}));
  constexpr const char* kRecompute = "recompute each block in the reverse pass instead of keeping it";
  TableRow recompute = bound<&Settings::model, &NetworkConfig::activation_checkpointing>(
      "Training", "train.activation_checkpointing", toggle(), both(false), kRecompute, {.torch_prefix = true});
  recompute.row.acts = [](const Settings& s) { return !is_any(s, "fno_operator"); };
  t.push_back(worded(std::move(recompute), Task::operator_task,
                     {.help = kRecompute, .only_with = "--architecture stable_fno"}));
  t.push_back(train<&T::validation_fraction>("validation_fraction", between_open(0, 1), only_operator(0.1),
                                             "last part of the training file, kept for val_loss; 0 = none"));
  t.push_back(train<&T::log_grad_norm>("log_grad_norm", toggle(), both(false), "log the norm of the gradient",
                                       {.may_differ_on_resume = true}));
  t.push_back(logging_only(train<&T::grad_norm_log_freq>(
      "grad_norm_log_freq", count, both(1), "steps from one such entry to the next", {.may_differ_on_resume = true})));
  t.push_back(train<&T::precision>("precision", names_of<Precision>(), both("default"),
                                   "strict = our own kernels only; default = as --cuda-libraries says"));
  t.push_back(train<&T::infer_batch_size>("infer_batch_size", count, both(16), "samples at once outside training"));
  t.push_back(train<&T::skip_bad_steps>("skip_bad_steps", toggle(), both(false),
                                        "pass over a step with NaN or infinity instead of stopping"));
}

const std::vector<TableRow>& table() {
  static const std::vector<TableRow> rows = [] {
    std::vector<TableRow> t;
    add_run(t);
    add_model(t);
    add_optim(t);
    add_train(t);
    return t;
  }();
  return rows;
}

const std::vector<std::string>& choices_of(const TableRow& entry, Task task) {
  const auto limit = entry.rules.find(task);
  return limit == entry.rules.end() ? entry.row.rule.choices : limit->second.choices;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What another task takes and this one does not.
void add_other_tasks(std::vector<Elsewhere>& found, Task task) {
  for (std::size_t i = 0; i < kNames<Task>.size(); ++i) {
    const auto other = static_cast<Task>(i);
    if (other == task) continue;
    const std::string why = "belongs to --task " + std::string(kNames<Task>[i]);
    for (const TableRow& entry : table()) {
      if (!entry.defaults.of(other)) continue;
      if (!entry.defaults.of(task)) {
        found.push_back({.key = entry.row.key, .why = why, .is_switch = entry.row.is_switch()});
        continue;
      }
      for (const std::string& name : choices_of(entry, other))
        if (!contains(choices_of(entry, task), name))
          found.push_back({.key = entry.row.key, .value = name, .why = why});
    }
  }
}

}  // namespace

std::optional<ProbeGain> probe_gain(const std::string& text) {
  if (text == "batch") return ProbeGain{.batch = true};
  if (text == "1") return ProbeGain{};
  constexpr std::string_view kFixed = "fixed:";
  if (!text.starts_with(kFixed)) return std::nullopt;
  try {
    const Value value = parse(above(0), text.substr(kFixed.size()), "");
    return ProbeGain{.fixed = std::get<double>(value)};
  } catch (const Error&) {
    return std::nullopt;
  }
}

std::vector<Row<Settings>> setting_rows(Task task) {
  std::vector<Row<Settings>> rows;
  for (const TableRow& entry : table())
    if (const auto& fallback = entry.defaults.of(task)) {
      rows.push_back(entry.row);
      Row<Settings>& row = rows.back();
      row.fallback = *fallback;
      if (const auto rule = entry.rules.find(task); rule != entry.rules.end()) row.rule = rule->second;
      if (const auto words = entry.words.find(task); words != entry.words.end()) {
        row.help = words->second.help;
        row.fallback_text = words->second.fallback_text;
        row.depends_on_run = words->second.depends_on_run;
        if (!words->second.only_with.empty()) row.only_with = words->second.only_with;
      }
    }
  return rows;
}

std::map<std::string, Value> profile_defaults(StudyProfile profile, const std::string& architecture) {
  if (profile == StudyProfile::clean)
    return {{"train.probe_gain", "fixed:16"}, {"train.short_last_batch", "drop"}, {"optim.schedule_mode", "stepped"}};
  std::map<std::string, Value> defaults{{"train.probe_gain", "batch"},
                                        {"train.short_last_batch", "keep"},
                                        {"train.loader_seed", std::int64_t{42}},
                                        {"optim.schedule_mode", "frozen_first_value"}};
  if (architecture == "hybrid") defaults["optim.grad_clip"] = 1.0;
  return defaults;
}

const std::vector<Elsewhere>& elsewhere(Task task) {
  static const std::string absent = "is not offered by this version";
  static const std::string device = "is offered by no device here";
  static const std::map<Task, std::vector<Elsewhere>> lists = [] {
    std::map<Task, std::vector<Elsewhere>> all;
    for (std::size_t i = 0; i < kNames<Task>.size(); ++i) {
      std::vector<Elsewhere>& rows = all[static_cast<Task>(i)];
      rows = {
          {.key = "train.profile_ops", .why = absent, .is_switch = true},
          {.key = "train.precision", .value = "tf32", .why = device},
          {.key = "train.precision", .value = "bf16", .why = device},
      };
      add_other_tasks(rows, static_cast<Task>(i));
    }
    return all;
  }();
  return lists.at(task);
}

}  // namespace fno::settings
