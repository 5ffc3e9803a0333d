#include "tools/tasks/operator/settings.h"

#include <algorithm>

#include "framework/error.h"
#include "tools/tasks/operator/metrics.h"

namespace fno::operators {
namespace {

using settings::Settings;

constexpr int kModes = 12, kWarmup = 5;  // at most, by default

// So that a short run needs no further flag.
void fill_defaults(Settings& s) {
  settings::set_default(s, "optim.lr_warmup_epochs", std::int64_t{std::min(kWarmup, s.optim.schedule.epochs / 4)});
}

void check(const Settings& s) {
  require<ErrorKind::config>(
      s.optim.schedule.kind != ScheduleKind::plateau || s.own<OperatorSettings>().validation_fraction > 0,
      s.label("train.validation_fraction"), ": found 0, accepted with ", name_of(s.optim.schedule.kind),
      ", which watches val_loss: a number above 0 and below 1");
}

}  // namespace

Reading reading_of(const Settings& settings) {
  const auto& own = settings.own<OperatorSettings>();
  const bool states = own.history || own.rollout;
  return {.x_name = own.x_name,
          .y_name = own.y_name,
          .targets = own.targets.value_or(""),
          .layout = own.layout.value_or(""),
          .y_layout = own.y_layout.value_or(""),
          .time_axis = own.time_axis ? std::optional(static_cast<int>(*own.time_axis)) : std::nullopt,
          .history = states ? std::optional(own.history.value_or(1)) : std::nullopt,
          .stride = own.stride,
          .grid_ends = settings.model.grid_ends,
          .streaming = own.streaming};
}

settings::TaskTable settings_table() {
  settings::TaskTable table =
      settings::shared_table("operator", NetworkKind::grid_operator, settings::names_in(losses()));
  table.own = OperatorSettings{};
  table.fill_defaults = fill_defaults;
  table.check = check;
  table.set_defaults({{"model.fno_modes", kModes},
                      {"model.spectral", "classic"},
                      {"model.layerscale_init", 0.1},
                      {"optim.batch_size", 20},
                      {"optim.learning_rate", 3e-3},
                      {"optim.weight_decay", 1e-4},
                      {"optim.scheduler", "WarmupCosine"},
                      {"optim.lr_warmup_epochs", kWarmup},
                      {"optim.lr_min_ratio", 0.05}});
  table.row("run.data").help = "training file with x and y";
  table.row("run.test_data").help = "measured after training, chooses nothing; any grid";
  const auto worked_out = [&](const char* key, const char* words) {
    table.row(key).fallback_text = words;
    table.row(key).depends_on_run = true;
  };
  worked_out("model.fno_modes", "min({}, n/2) of each training axis");
  worked_out("model.domain_padding", "0 along axes that the training data show to be periodic, else 1");
  table.row("model.domain_padding").get = [](const Settings& s) {
    return s.model.padding < 0 ? settings::Value{} : settings::load(s.model.padding);
  };
  for (const char* key : {"model.fno_modes", "model.domain_padding"})
    table.row(key).rule = settings::per_axis(table.row(key).rule);
  worked_out("optim.lr_warmup_epochs", "min({}, epochs/4)");
  const settings::Rule name = settings::text(settings::not_empty, "the name of an array"),
                       axes = settings::text(is_layout, kLayoutWanted);
  using Own = OperatorSettings;
  table.add_behind(
      "run.test_data",
      {settings::own_setting<Own, &Own::targets>(
           kTargets, settings::path(), {}, "y of --data, where it is another file",
           {.metavar = "Y.npy", .fallback_text = "in the file of x", .for_inference = true}),
       settings::own_setting<Own, &Own::test_targets>(
           "run.test_targets", settings::path(), {}, "y of --test-data likewise",
           {.metavar = "Y.npy", .fallback_text = "in the file of x", .changes_no_number = true}),
       settings::own_setting<Own, &Own::x_name>("run.x_name", name, "x", "array of the inputs",
                                                {.for_inference = true}),
       settings::own_setting<Own, &Own::y_name>("run.y_name", name, "y", "array of the targets",
                                                {.for_inference = true}),
       settings::own_setting<Own, &Own::layout>(
           "run.layout", axes, {}, "axes of x as letters: n samples, c channels, t time, h w d space",
           {.metavar = "AXES", .fallback_text = "samples, channels, n1[, n2[, n3]]", .for_inference = true}),
       settings::own_setting<Own, &Own::y_layout>(
           "run.y_layout", axes, {}, "axes of y where they differ from those of x",
           {.metavar = "AXES", .fallback_text = "as --layout", .for_inference = true}),
       settings::own_setting<Own, &Own::time_axis>(
           "run.time_axis", settings::integer(-6, 5), {},
           "axis of time, from 0, or from the end from -1; without y: states in time, each learnt from those before",
           {.fallback_text = "t of --layout", .for_inference = true}),
       settings::own_setting<Own, &Own::stride>("run.stride", settings::per_axis(settings::integer(1, 65536)), 1,
                                                "take every so many points of the grid",
                                                {.metavar = "K[,K…]", .for_inference = true}),
       settings::own_setting<Own, &Own::streaming>(
           "run.streaming", settings::names_of<Streaming>(), "auto",
           "read samples when their batch is due: auto above 512 MiB of x and y where the format allows",
           {.for_inference = true})});
  auto& test_targets = table.row("run.test_targets");
  test_targets.only_with = "--test-data";
  test_targets.acts = [](const Settings& s) { return s.run.test_data.has_value(); };
  table.add_behind(
      "train.activation_checkpointing",
      {settings::own_setting<OperatorSettings, &OperatorSettings::validation_fraction>(
           "train.validation_fraction", settings::between_open(0, 1), 0.1,
           "last part of the training file, kept for val_loss; 0 = none"),
       settings::own_setting<Own, &Own::history>(
           "train.history", settings::integer(1, 65536), {}, "learn the next state in time from so many before it",
           {.fallback_text = "1 for states in time without y", .depends_on_run = true}),
       settings::own_setting<Own, &Own::rollout>("train.rollout", settings::integer(1, 65536), {},
                                                 "steps that the loss is taken of, each from the network's own answers",
                                                 {.fallback_text = "1 likewise", .depends_on_run = true})});
  return table;
}

void check_against_data(settings::Settings& settings, std::span<const std::int64_t> grid) {
  const auto steps_of = [&](std::size_t axis) { return grid_steps(grid[axis], settings.model.grid_ends); };
  const std::int64_t least = grid.empty() ? 0 : *std::min_element(grid.begin(), grid.end());
  require<ErrorKind::config>(grid.size() >= 1 && grid.size() <= 3 && least >= 1, "training grid: found ",
                             grid.empty() ? "no axes" : grid_text(grid), ", accepted: 1 to 3 axes of at least 1 point");
  PerAxis<int>& modes = settings.model.modes;
  if (modes == 0) {
    std::vector<int> each;
    for (std::size_t axis = 0; axis < grid.size(); ++axis) {
      const std::int64_t n = steps_of(axis);
      // Half of two or three points would be their mean alone.
      const std::int64_t fitting = axis + 1 == grid.size() && n <= 3 ? n / 2 + 1 : n / 2;
      each.push_back(static_cast<int>(std::clamp<std::int64_t>(fitting, 1, kModes)));
    }
    modes = PerAxis<int>(each);
  }
  const auto text = [](const auto& values) { return settings::to_text(settings::load(values)); };
  const auto one_an_axis = [&](const char* key, const auto& values) {
    require<ErrorKind::config>(values.fits(grid.size()), settings.label(key), ": found ", text(values),
                               ", accepted on the training grid ", grid_text(grid), ": one number, or ", grid.size());
  };
  one_an_axis("model.fno_modes", modes);
  one_an_axis("model.domain_padding", settings.model.padding);
  const ModeConvention spectral = settings.model.spectral;
  std::vector<int> most;
  bool fits = true;
  for (std::size_t axis = 0; axis < grid.size(); ++axis) {
    most.push_back(most_modes(spectral, static_cast<int>(steps_of(axis)), axis + 1 == grid.size()));
    fits = fits && modes.of(axis) <= most.back();
  }
  if (modes.values().size() == 1) most = {std::ranges::min(most)};
  require<ErrorKind::config>(fits, settings.label("model.fno_modes"), ": found ", text(modes),
                             ", accepted on the training grid ", grid_text(grid), " with --spectral ",
                             name_of(spectral), ": at most ", text(PerAxis<int>(most)));

  const auto width = static_cast<double>(settings.model.width);
  double weights = static_cast<double>(settings.model.blocks) * width * width;
  for (std::size_t axis = 0; axis < grid.size(); ++axis) weights *= 2.0 * static_cast<double>(modes.of(axis));
  constexpr double kMostWeights = 1e12;  // 8 TB of complex numbers
  require<ErrorKind::config>(weights <= kMostWeights, "model.fno_width ", settings.model.width, ", fno_modes ",
                             text(modes), ", fno_blocks ", settings.model.blocks, ": found about ", weights,
                             " spectral weights, accepted: at most ", kMostWeights);
}

}  // namespace fno::operators
