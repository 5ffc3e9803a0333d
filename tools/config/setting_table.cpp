#include "tools/config/setting_table.h"

#include <utility>

namespace fno::config {
namespace {

constexpr double kLargestExtent = 65536;    // channels and modes
constexpr double kLargestCount = 10000000;  // epochs, samples of a batch

// The default of each task, one member a task. A task without one does not accept the setting; Value{} is "accepted, no
// default".
struct Defaults {
  std::optional<Value> operator_task;
  [[nodiscard]] const std::optional<Value>& of(Task task) const {
    switch (task) {
      case Task::operator_task: return operator_task;
    }
    return operator_task;
  }
};

struct TableRow {
  Row<Settings> row;
  Defaults defaults;
};

template <auto Group, auto Member>
TableRow bound(const char* section, std::string key, Rule rule, Defaults defaults, const char* help, RowInfo more) {
  more.key = std::move(key);
  more.rule = std::move(rule);
  more.help = help;
  more.section = section;
  return {bind<Settings, Group, Member>(std::move(more)), std::move(defaults)};
}

template <auto Member>
TableRow run(const std::string& name, Rule rule, Defaults defaults, const char* help, RowInfo more = {}) {
  return bound<&Settings::run, Member>("Run", "run." + name, std::move(rule), std::move(defaults), help,
                                       std::move(more));
}

template <auto Member>
TableRow model(const std::string& name, Rule rule, Defaults defaults, const char* help, RowInfo more = {}) {
  more.torch_prefix = true;
  return bound<&Settings::model, Member>("Model", "model." + name, std::move(rule), std::move(defaults), help,
                                         std::move(more));
}

template <auto Member>
TableRow optim(const std::string& name, Rule rule, Defaults defaults, const char* help, RowInfo more = {}) {
  more.torch_prefix = true;
  return bound<&Settings::optim, Member>("Optimisation", "optim." + name, std::move(rule), std::move(defaults), help,
                                         std::move(more));
}

template <auto Member>
TableRow train(const std::string& name, Rule rule, Defaults defaults, const char* help, RowInfo more = {}) {
  more.torch_prefix = true;
  return bound<&Settings::train, Member>("Training", "train." + name, std::move(rule), std::move(defaults), help,
                                         std::move(more));
}

// The row's effect hangs on another setting, said in words for the help.
TableRow acting(TableRow row, std::string only_with, bool (*acts)(const Settings&)) {
  row.row.only_with = std::move(only_with);
  row.row.acts = acts;
  return row;
}

TableRow stable_only(TableRow row) {
  return acting(std::move(row), "--architecture stable_fno",
                [](const Settings& s) { return s.run.architecture == Architecture::stable_fno; });
}

TableRow sgd_only(TableRow row) {
  return acting(std::move(row), "--optimizer sgd",
                [](const Settings& s) { return s.optim.optimizer == Optimizer::sgd; });
}

TableRow adam_only(TableRow row) {
  return acting(std::move(row), "--optimizer adam or adamw",
                [](const Settings& s) { return s.optim.optimizer != Optimizer::sgd; });
}

TableRow cosine_only(TableRow row) {
  return acting(std::move(row), "--scheduler WarmupCosine",
                [](const Settings& s) { return s.optim.scheduler == Scheduler::warmup_cosine; });
}

TableRow plateau_only(TableRow row) {
  return acting(std::move(row), "--scheduler ReduceLROnPlateau",
                [](const Settings& s) { return s.optim.scheduler == Scheduler::reduce_on_plateau; });
}

TableRow clipping_only(TableRow row) {
  return acting(std::move(row), "--grad-clip above 0", [](const Settings& s) { return s.optim.grad_clip > 0; });
}

TableRow logging_only(TableRow row) {
  return acting(std::move(row), "--log-grad-norm", [](const Settings& s) { return s.train.log_grad_norm; });
}

void add_run(std::vector<TableRow>& t) {
  using R = RunSettings;
  t.push_back(run<&R::task>("task", names_of<Task>(), {Value{}}, "what is learnt", {.required = true}));
  t.push_back(
      run<&R::architecture>("architecture", names_of<Architecture>(), {Value{}}, "the network", {.required = true}));
  t.push_back(run<&R::data>("data", path(), {Value{}}, "training file with x and y",
                            {.metavar = "TRAIN.npz", .required = true}));
  t.push_back(run<&R::test_data>("test_data", path(), {Value{}}, "measured after training, chooses nothing; any grid",
                                 {.metavar = "TEST.npz", .fallback_text = "none"}));
  t.push_back(run<&R::output_dir>("output_dir", path(), {Value{}}, "run directory, absent or empty",
                                  {.metavar = "RUN", .required = true, .may_differ_on_resume = true}));
  // Permission for one call: in a stored file it would let a later call delete a run.
  t.push_back(run<&R::force>("force", toggle(), {false}, "delete the run that stands in the run directory",
                             {.torch_prefix = true, .may_differ_on_resume = true, .stored = false}));
  for (Row<Settings>& row : common_rows<Settings, &Settings::run>("run.")) {
    const Value fallback = row.fallback;
    t.push_back({std::move(row), {fallback}});
  }
}

void add_model(std::vector<TableRow>& t) {
  using M = ModelSettings;
  const Rule extent = integer(1, kLargestExtent);
  t.push_back(
      model<&M::fno_modes>("fno_modes", extent, {12}, "kept frequencies per axis",
                           {.fallback_text = "min({}, n/2) of the smallest training axis", .depends_on_run = true}));
  t.push_back(model<&M::fno_width>("fno_width", extent, {32}, "channels of the blocks"));
  t.push_back(model<&M::fno_blocks>("fno_blocks", integer(1, 1024), {4}, "number of blocks"));
  t.push_back(model<&M::fno_projection>("fno_projection", extent, {128}, "hidden channels of the head"));
  t.push_back(model<&M::spectral>("spectral", names_of<Spectral>(), {"classic"}, "which frequencies are kept"));
  t.push_back(stable_only(
      model<&M::stable_form>("stable_form", names_of<StableForm>(), {"layerscale"}, "gate of the stable block")));
  t.push_back(stable_only(
      model<&M::layerscale_init>("layerscale_init", at_least(0), {0.1}, "first value of the layerscale gate")));
  t.push_back(model<&M::domain_padding>("domain_padding", between(0, 1), {0.125},
                                        "part of each axis added as zeros before the blocks, cut off after them"));
}

void add_optim(std::vector<TableRow>& t) {
  using O = OptimSettings;
  const Rule count = integer(1, kLargestCount), patience = integer(0, kLargestCount);
  const Rule part = between(0, 1), decay = between_open(0, 1);
  t.push_back(optim<&O::epochs>("epochs", count, {50}, "passes over the training data",
                                {.aliases = {"nepochs"}, .torch_wins = true, .may_differ_on_resume = true}));
  t.push_back(optim<&O::batch_size>("batch_size", count, {20}, "samples of a step"));
  t.push_back(optim<&O::learning_rate>("learning_rate", above(0), {3e-3}, "base rate"));
  t.push_back(optim<&O::optimizer>("optimizer", names_of<Optimizer>(), {"adam"}, "rule of the update"));
  t.push_back(optim<&O::weight_decay>("weight_decay", at_least(0), {1e-4},
                                      "added to the gradient; acts on the weights directly in adamw"));
  t.push_back(sgd_only(optim<&O::momentum>("momentum", decay, {0.9}, "Nesterov momentum")));
  t.push_back(adam_only(optim<&O::beta1>("beta1", decay, {0.9}, "decay of the first moment")));
  t.push_back(adam_only(optim<&O::beta2>("beta2", decay, {0.999}, "decay of the second moment")));
  t.push_back(
      optim<&O::scheduler>("scheduler", names_of<Scheduler>(), {"WarmupCosine"}, "rate as a function of the epoch"));
  t.push_back(cosine_only(optim<&O::lr_warmup_epochs>("lr_warmup_epochs", patience, {5},
                                                      "epochs of linear warm-up, fewer than --epochs",
                                                      {.fallback_text = "min({}, epochs/4)", .depends_on_run = true})));
  t.push_back(cosine_only(optim<&O::lr_min_ratio>("lr_min_ratio", part, {0.05}, "last rate over base rate")));
  t.push_back(plateau_only(optim<&O::plateau_factor>("plateau_factor", part, {0.5}, "factor of a reduction")));
  t.push_back(plateau_only(
      optim<&O::plateau_patience>("plateau_patience", patience, {2}, "epochs without improvement that are borne")));
  t.push_back(plateau_only(optim<&O::plateau_min_lr>("plateau_min_lr", at_least(0), {1e-4}, "lowest rate")));
  t.push_back(plateau_only(
      optim<&O::plateau_threshold>("plateau_threshold", decay, {0.0}, "relative gain that counts as improvement")));
  t.push_back(optim<&O::grad_clip>("grad_clip", at_least(0), {0.0}, "limit on the gradient, 0 = off"));
  t.push_back(clipping_only(optim<&O::gradient_clip_algorithm>("gradient_clip_algorithm", names_of<ClipAlgorithm>(),
                                                               {"norm"}, "what the limit holds for",
                                                               {.aliases = {"grad-clip-algorithm"}})));
}

void add_train(std::vector<TableRow>& t) {
  using T = TrainSettings;
  const Rule count = integer(1, kLargestCount);
  t.push_back(train<&T::loss>("loss", names_of<Loss>(), {"relative_l2"}, "what training makes small",
                              {.aliases = {"loss-mode"}}));
  t.push_back(train<&T::validation_fraction>("validation_fraction", between_open(0, 1), {0.1},
                                             "last part of the training file, kept for val_loss; 0 = none"));
  t.push_back(train<&T::log_grad_norm>("log_grad_norm", toggle(), {false}, "log the norm of the gradient",
                                       {.may_differ_on_resume = true}));
  t.push_back(logging_only(train<&T::grad_norm_log_freq>(
      "grad_norm_log_freq", count, {1}, "steps from one such entry to the next", {.may_differ_on_resume = true})));
  t.push_back(train<&T::precision>("precision", names_of<Precision>(), {"default"},
                                   "arithmetic; on the CPU both mean float32"));
  t.push_back(train<&T::infer_batch_size>("infer_batch_size", count, {16}, "samples at once outside training"));
  t.push_back(train<&T::skip_bad_steps>("skip_bad_steps", toggle(), {false},
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

}  // namespace

std::vector<Row<Settings>> setting_rows(Task task) {
  std::vector<Row<Settings>> rows;
  for (const TableRow& entry : table())
    if (const auto& fallback = entry.defaults.of(task)) {
      rows.push_back(entry.row);
      rows.back().fallback = *fallback;
    }
  return rows;
}

const std::vector<Elsewhere>& elsewhere() {
  static const std::string ptychography = "belongs to --task ptychography";
  static const std::string absent = "is not offered by this version";
  static const std::string device = "is offered by no device here";
  static const std::vector<Elsewhere> rows = {
      {.key = "run.task", .value = "ptychography"},
      {.key = "run.resume", .why = absent, .is_switch = true},
      {.key = "run.architecture", .value = "hybrid", .why = ptychography},
      {.key = "run.architecture", .value = "stable_hybrid", .why = ptychography},
      {.key = "run.architecture", .value = "fno", .why = ptychography},
      {.key = "run.architecture", .value = "fno_vanilla", .why = ptychography},
      {.key = "run.architecture", .value = "ffno", .why = ptychography},
      {.key = "run.architecture", .value = "hybrid_resnet", .why = ptychography},
      {.key = "run.architecture", .value = "cnn", .why = ptychography},
      {.key = "model.fno_cnn_blocks", .why = ptychography},
      {.key = "model.fno_input_transform", .why = ptychography},
      {.key = "model.resnet_width", .why = ptychography},
      {.key = "model.max_hidden_channels", .why = ptychography},
      {.key = "model.output_mode", .why = ptychography},
      {.key = "train.loss", .value = "poisson", .why = ptychography},
      {.key = "train.probe_gain", .why = ptychography},
      {.key = "train.no_gate", .why = ptychography, .is_switch = true},
      {.key = "train.study_profile", .why = ptychography},
      {.key = "train.activation_checkpointing", .why = absent, .is_switch = true},
      {.key = "train.profile_ops", .why = absent, .is_switch = true},
      {.key = "train.precision", .value = "tf32", .why = device},
      {.key = "train.precision", .value = "bf16", .why = device},
  };
  return rows;
}

}  // namespace fno::config
