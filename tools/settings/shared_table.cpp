#include <algorithm>

#include "models/network.h"
#include "tools/settings/setting_table.h"

namespace fno::settings {
namespace {

constexpr double kLargestExtent = 65536;    // channels and modes
constexpr double kLargestCount = 10000000;  // epochs, samples of a batch

template <auto... Path>
Row<Settings>& add(Rows& rows, const std::string& key, Rule rule, Value fallback, const char* help, RowInfo more = {}) {
  return rows.emplace_back(setting<Path...>(key, std::move(rule), std::move(fallback), help, std::move(more)));
}

// The rows' effect hangs on another setting, said in words for the help.
struct Condition {
  std::string words;
  std::function<bool(const Settings&)> holds;
};

void only(const Condition& condition, Row<Settings>& row) {
  row.only_with = condition.words;
  row.acts = condition.holds;
}

bool reads(const Architecture& architecture, std::string_view field) {
  return std::ranges::find(architecture.reads, field) != architecture.reads.end();
}

// Adds the row of a field of NetworkConfig if networks of this kind have it; where only some of them read it, the row
// names them.
template <auto Field>
void add_field(Rows& rows, NetworkKind kind, const std::string& key, Rule rule, Value fallback, const char* help,
               RowInfo more = {}) {
  NetworkConfig config;
  std::string_view name;
  for_each_field(config, kind, [&](const char* of_field, auto& field, auto...) {
    if (static_cast<const void*>(&field) == &(config.*Field)) name = of_field;
  });
  if (name.empty()) return;
  Row<Settings>& row =
      add<&Settings::model, Field>(rows, key, std::move(rule), std::move(fallback), help, std::move(more));
  std::vector<std::string> readers;
  bool among_kind = false;
  for (const Architecture& a : architectures()) {
    if (!reads(a, name)) continue;
    readers.emplace_back(a.name);
    among_kind = among_kind || a.kind == kind;
  }
  if (!among_kind) return;
  std::string words = "--architecture " + readers.front();
  for (std::size_t i = 1; i < readers.size(); ++i) words += (i + 1 < readers.size() ? ", " : " or ") + readers[i];
  only({words, [name](const Settings& s) { return reads(architecture_named(s.model.architecture), name); }}, row);
}

void add_run(Rows& t, NetworkKind kind) {
  using R = RunSettings;
  constexpr auto run = &Settings::run;
  std::vector<std::string> networks;
  for (const Architecture& a : architectures())
    if (a.kind == kind) networks.emplace_back(a.name);
  add<run, &R::task>(t, "run.task", choice({}), {}, "what is learnt", {.required = true});
  add<&Settings::model, &NetworkConfig::architecture>(t, "run.architecture", choice(networks), {}, "the network",
                                                      {.required = true});
  add<run, &R::data>(t, "run.data", path(), {}, "training file",
                     {.metavar = "TRAIN.npz", .required = true, .changes_no_number = true});
  add<run, &R::test_data>(t, "run.test_data", path(), {}, "test file",
                          {.metavar = "TEST.npz", .fallback_text = "none", .changes_no_number = true});
  add<run, &R::output_dir>(
      t, "run.output_dir", path(), {}, "run directory, absent or empty",
      {.metavar = "RUN", .required = true, .may_differ_on_resume = true, .changes_no_number = true});
  add<run, &R::cuda_libraries>(t, "run.cuda_libraries", names_of<CudaLibraries>(), "own",
                               "who runs what cuBLAS, cuFFT and cuDNN can run on a GPU");
  // Permission for one call: in a stored file it would let a later call delete a run.
  const RowInfo for_this_call{.torch_prefix = true, .may_differ_on_resume = true, .stored = false};
  add<run, &R::force>(t, "run.force", toggle(), false, "delete the run that stands in the run directory",
                      for_this_call);
  add<run, &R::resume>(t, "run.resume", toggle(), false, "go on with the run that stands in the run directory",
                       for_this_call);
  RowInfo limit = for_this_call;
  limit.metavar = "H:MM:SS";
  limit.fallback_text = "none";
  limit.changes_no_number = true;
  add<run, &R::time_limit>(t, "run.time_limit", duration(), {},
                           "stop with a checkpoint and status 75 when the program has run so long", limit);
  const RowInfo looked_on{.may_differ_on_resume = true, .changes_no_number = true, .stored = false};
  const Condition looking{"--profile-ops or --trace",
                          [](const Settings& s) { return s.run.profile_ops || s.run.trace; }};
  RowInfo trace = looked_on;
  trace.metavar = "FILE.json";
  trace.fallback_text = "none";
  add<run, &R::profile_ops>(t, "run.profile_ops", toggle(), false,
                            "time the jobs of a few steps: a table, and profile.json in the run directory", looked_on);
  add<run, &R::trace>(t, "run.trace", path(), {}, "the same steps as a timeline for Perfetto or chrome://tracing",
                      trace);
  only(looking, add<run, &R::profile_steps>(t, "run.profile_steps", integer(1, 10000), 5,
                                            "how many steps, after three to warm up", looked_on));
  for (Row<Settings>& row : common_rows<Settings, run>("run.")) t.push_back(std::move(row));
}

void add_model(Rows& t, NetworkKind kind) {
  using M = NetworkConfig;
  const Rule extent = integer(1, kLargestExtent);
  add_field<&M::modes>(t, kind, "model.fno_modes", extent, 12, "kept frequencies per axis");
  t.back().get = [](const Settings& s) { return s.model.modes == 0 ? Value{} : load(s.model.modes); };
  add_field<&M::width>(t, kind, "model.fno_width", extent, 32, "channels of the blocks, of the first level");
  add_field<&M::blocks>(t, kind, "model.fno_blocks", integer(1, 1024), 4, "number of blocks, of levels in the hybrids");
  add_field<&M::cnn_blocks>(t, kind, "model.fno_cnn_blocks", integer(0, 1024), 2, "3x3 convolutions behind the blocks");
  add_field<&M::input_transform>(t, kind, "model.fno_input_transform", names_of<InputTransform>(), "none",
                                 "of the diffraction, before the network");
  add_field<&M::resnet_width>(t, kind, "model.resnet_width", extent, {},
                              "channels of the ResNet blocks, a multiple of 4",
                              {.fallback_text = "those of the encoder"});
  add_field<&M::max_hidden_channels>(t, kind, "model.max_hidden_channels", extent, {},
                                     "cap on the doubling of channels", {.fallback_text = "none"});
  add_field<&M::output_mode>(t, kind, "model.output_mode", names_of<OutputMode>(), "real_imag",
                             "what the network's maps mean", {.aliases = {"generator-output-mode"}});
  add_field<&M::projection>(t, kind, "model.fno_projection", extent, 128, "hidden channels of the head");
  add_field<&M::spectral>(t, kind, "model.spectral", names_of<ModeConvention>(), {}, "which frequencies are kept");
  add_field<&M::stable_form>(t, kind, "model.stable_form", names_of<StableForm>(), "layerscale",
                             "gate of the stable block");
  add_field<&M::layerscale_init>(t, kind, "model.layerscale_init", at_least(0), {},
                                 "first value of the layerscale gate");
  add_field<&M::padding>(t, kind, "model.domain_padding", between(0, 1), {},
                         "the waves' period is 1 + this times the domain");
  add_field<&M::grid_ends>(t, kind, "model.grid_ends", toggle(), false, "grids hold both end points: i/(n-1), not i/n");
}

void add_optim(Rows& t) {
  using O = OptimSettings;
  using R = OptimizerSettings;
  using S = ScheduleSettings;
  using C = ClipSettings;
  constexpr auto optim = &Settings::optim;
  constexpr auto rule = &O::optimizer;
  constexpr auto rates = &O::schedule;
  const Rule count = integer(1, kLargestCount), patience = integer(0, kLargestCount);
  const Rule part = between(0, 1), decay = between_open(0, 1);
  const Condition sgd{"--optimizer sgd",
                      [](const Settings& s) { return s.optim.optimizer.kind == OptimizerKind::sgd; }};
  const Condition adam{"--optimizer adam or adamw",
                       [](const Settings& s) { return s.optim.optimizer.kind != OptimizerKind::sgd; }};
  const Condition cosine{"--scheduler WarmupCosine",
                         [](const Settings& s) { return s.optim.schedule.kind == ScheduleKind::warmup_cosine; }};
  const Condition plateau{"--scheduler ReduceLROnPlateau",
                          [](const Settings& s) { return s.optim.schedule.kind == ScheduleKind::plateau; }};
  const Condition clipping{"--grad-clip above 0", [](const Settings& s) { return s.optim.clip.value > 0; }};
  add<optim, rates, &S::epochs>(t, "optim.epochs", count, 50, "passes over the training data",
                                {.aliases = {"nepochs"}, .torch_wins = true, .may_differ_on_resume = true});
  add<optim, &O::batch_size>(t, "optim.batch_size", count, {}, "samples of a step");
  add<optim, rates, &S::base>(t, "optim.learning_rate", above(0), {}, "base rate");
  add<optim, rule, &R::kind>(t, "optim.optimizer", names_of<OptimizerKind>(), "adam", "rule of the update");
  add<optim, rule, &R::weight_decay>(t, "optim.weight_decay", at_least(0), 0.0,
                                     "added to the gradient; acts on the weights directly in adamw");
  only(sgd, add<optim, rule, &R::momentum>(t, "optim.momentum", decay, 0.9, "Nesterov momentum"));
  only(adam, add<optim, rule, &R::beta1>(t, "optim.beta1", decay, 0.9, "decay of the first moment"));
  only(adam, add<optim, rule, &R::beta2>(t, "optim.beta2", decay, 0.999, "decay of the second moment"));
  add<optim, rates, &S::kind>(t, "optim.scheduler", names_of<ScheduleKind>(), "Default",
                              "rate as a function of the epoch");
  only(cosine, add<optim, rates, &S::warmup>(t, "optim.lr_warmup_epochs", patience, 0,
                                             "epochs of linear warm-up, fewer than --epochs"));
  only(cosine, add<optim, rates, &S::min_ratio>(t, "optim.lr_min_ratio", part, 0.1, "last rate over base rate"));
  only(plateau, add<optim, rates, &S::factor>(t, "optim.plateau_factor", part, 0.5, "factor of a reduction"));
  only(plateau, add<optim, rates, &S::patience>(t, "optim.plateau_patience", patience, 2,
                                                "epochs without improvement that are borne"));
  only(plateau, add<optim, rates, &S::min_rate>(t, "optim.plateau_min_lr", at_least(0), 1e-4, "lowest rate"));
  only(plateau, add<optim, rates, &S::threshold>(t, "optim.plateau_threshold", decay, 0.0,
                                                 "relative gain that counts as improvement"));
  add<optim, &O::clip, &C::value>(t, "optim.grad_clip", at_least(0), 0.0, "limit on the gradient, 0 = off");
  only(clipping, add<optim, &O::clip, &C::rule>(t, "optim.gradient_clip_algorithm", names_of<ClipRule>(), "norm",
                                                "what the limit holds for", {.aliases = {"grad-clip-algorithm"}}));
}

void add_train(Rows& t, NetworkKind kind, const std::vector<std::string>& losses) {
  using T = TrainSettings;
  constexpr auto train = &Settings::train;
  const Rule count = integer(1, kLargestCount);
  const Condition logging{"--log-grad-norm", [](const Settings& s) { return s.train.log_grad_norm; }};
  add<train, &T::loss>(t, "train.loss", choice(losses), losses.front(), "what training makes small",
                       {.aliases = {"loss-mode"}});
  add_field<&NetworkConfig::activation_checkpointing>(t, kind, "train.activation_checkpointing", toggle(), false,
                                                      "recompute each block in the reverse pass instead of keeping it");
  add<train, &T::log_grad_norm>(t, "train.log_grad_norm", toggle(), false, "log the norm of the gradient",
                                {.may_differ_on_resume = true, .changes_no_number = true});
  only(logging, add<train, &T::grad_norm_log_freq>(t, "train.grad_norm_log_freq", count, 1,
                                                   "steps from one such entry to the next",
                                                   {.may_differ_on_resume = true, .changes_no_number = true}));
  add<train, &T::weights_hash_freq>(
      t, "train.weights_hash_freq", count, {}, "steps from one hash of all weights in metrics.jsonl to the next",
      {.fallback_text = "the last step of each epoch", .may_differ_on_resume = true, .changes_no_number = true});
  add<train, &T::precision>(t, "train.precision", names_of<Precision>(), "default",
                            "strict = our own kernels only; default = as --cuda-libraries says");
  add<train, &T::infer_batch_size>(t, "train.infer_batch_size", count, 16, "samples at once outside training",
                                   {.for_inference = true});
  add<train, &T::skip_bad_steps>(t, "train.skip_bad_steps", toggle(), false,
                                 "pass over a step with NaN or infinity instead of stopping");
}

}  // namespace

TaskTable shared_table(const std::string& name, NetworkKind kind, const std::vector<std::string>& losses) {
  TaskTable table{.name = name};
  add_run(table.rows, kind);
  add_model(table.rows, kind);
  add_optim(table.rows);
  add_train(table.rows, kind, losses);
  return table;
}

}  // namespace fno::settings
