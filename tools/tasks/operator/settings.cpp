#include "tools/tasks/operator/settings.h"

#include <algorithm>
#include <cmath>
#include <sstream>

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

std::string grid_text(std::span<const std::int64_t> grid) {
  std::ostringstream out;
  for (std::size_t i = 0; i < grid.size(); ++i) out << (i == 0 ? "" : " x ") << grid[i];
  return out.str();
}

std::int64_t most_modes(ModeConvention spectral, std::span<const std::int64_t> grid) {
  std::int64_t most = spectral == ModeConvention::classic ? grid.back() / 2 + 1 : grid.back();
  for (const std::int64_t n : grid.first(grid.size() - 1))
    most = std::min(most, spectral == ModeConvention::classic ? n / 2 : n);
  return most;
}

}  // namespace

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
  worked_out("model.fno_modes", "min({}, n/2) of the smallest training axis");
  worked_out("optim.lr_warmup_epochs", "min({}, epochs/4)");
  table.add_behind("train.activation_checkpointing",
                   {settings::own_setting<OperatorSettings, &OperatorSettings::validation_fraction>(
                       "train.validation_fraction", settings::between_open(0, 1), 0.1,
                       "last part of the training file, kept for val_loss; 0 = none")});
  return table;
}

void check_against_data(settings::Settings& settings, std::span<const std::int64_t> grid) {
  const std::int64_t least = grid.empty() ? 0 : *std::min_element(grid.begin(), grid.end());
  require<ErrorKind::config>(grid.size() >= 1 && grid.size() <= 3 && least >= 1, "training grid: found ",
                             grid.empty() ? "no axes" : grid_text(grid), ", accepted: 1 to 3 axes of at least 1 point");
  int& modes = settings.model.modes;
  if (modes == 0) modes = static_cast<int>(std::clamp<std::int64_t>(least / 2, 1, kModes));
  check_modes(settings, grid, "training grid");

  const auto width = static_cast<double>(settings.model.width);
  const double per_axis = 2.0 * static_cast<double>(modes);
  const double weights =
      static_cast<double>(settings.model.blocks) * width * width * std::pow(per_axis, static_cast<double>(grid.size()));
  constexpr double kMostWeights = 1e12;  // 8 TB of complex numbers
  require<ErrorKind::config>(weights <= kMostWeights, "model.fno_width ", settings.model.width, ", fno_modes ", modes,
                             ", fno_blocks ", settings.model.blocks, ": found about ", weights,
                             " spectral weights, accepted: at most ", kMostWeights);
}

void check_modes(const settings::Settings& settings, std::span<const std::int64_t> grid, const std::string& grid_name) {
  const ModeConvention spectral = settings.model.spectral;
  if (spectral == ModeConvention::corner) return;
  const std::int64_t most = most_modes(spectral, grid);
  const int modes = settings.model.modes;
  require<ErrorKind::config>(modes <= most, settings.label("model.fno_modes"), ": found ", modes, ", accepted on the ",
                             grid_name, " ", grid_text(grid), " with --spectral ", name_of(spectral), ": ",
                             most < 1 ? "none, the grid is too small" : "at most " + std::to_string(most));
}

}  // namespace fno::operators
