#include "tools/settings/validate.h"

#include <algorithm>
#include <cmath>
#include <sstream>

#include "framework/error.h"
#include "tools/settings/setting_table.h"

namespace fno::settings {
namespace {

int fallback_of(const Settings& settings, const std::string& key) {
  for (const auto& row : setting_rows(settings.run.task))
    if (row.key == key) return static_cast<int>(std::get<std::int64_t>(row.fallback));
  fail(ErrorKind::config, "no setting ", key);
}

std::string text_of(std::span<const std::int64_t> grid) {
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

void fill_dependent_defaults(Settings& settings) {
  if (settings.run.task != Task::operator_task || settings.given("optim.lr_warmup_epochs")) return;
  ScheduleSettings& schedule = settings.optim.schedule;
  schedule.warmup = std::min(fallback_of(settings, "optim.lr_warmup_epochs"), schedule.epochs / 4);
}

void check_together(const Settings& settings) {
  const ScheduleSettings& schedule = settings.optim.schedule;
  require<ErrorKind::config>(!settings.run.resume || !settings.run.force,
                             "--resume: found --force beside it, accepted: one of them");
  require<ErrorKind::config>(
      settings.train.precision != Precision::strict || settings.run.cuda_libraries == CudaLibraries::own,
      settings.label("train.precision"), ": found strict beside ", settings.label("run.cuda_libraries"), " ",
      name_of(settings.run.cuda_libraries), ", accepted with strict: own");
  require<ErrorKind::config>(schedule.kind != ScheduleKind::warmup_cosine || schedule.warmup < schedule.epochs,
                             settings.label("optim.lr_warmup_epochs"), ": found ", schedule.warmup,
                             " warm-up epochs in a run of ", schedule.epochs,
                             ", accepted: fewer than the epochs of the run");
  if (settings.run.task == Task::ptychography) {
    require<ErrorKind::config>(
        schedule.kind != ScheduleKind::plateau || settings.run.test_data || settings.run.validation_data,
        settings.label("run.test_data"), ": found nothing, accepted with ", name_of(schedule.kind),
        ", which watches val_loss: --test-data or --validation-data");
    return;
  }
  require<ErrorKind::config>(schedule.kind != ScheduleKind::plateau || settings.train.validation_fraction > 0,
                             settings.label("train.validation_fraction"), ": found 0, accepted with ",
                             name_of(schedule.kind), ", which watches val_loss: a number above 0 and below 1");
}

void check_against_data(Settings& settings, std::span<const std::int64_t> grid) {
  const std::int64_t least = grid.empty() ? 0 : *std::min_element(grid.begin(), grid.end());
  require<ErrorKind::config>(grid.size() >= 1 && grid.size() <= 3 && least >= 1, "training grid: found ",
                             grid.empty() ? "no axes" : text_of(grid), ", accepted: 1 to 3 axes of at least 1 point");
  int& modes = settings.model.modes;
  if (modes == 0)
    modes = static_cast<int>(
        std::max<std::int64_t>(1, std::min<std::int64_t>(fallback_of(settings, "model.fno_modes"), least / 2)));
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

void check_modes(const Settings& settings, std::span<const std::int64_t> grid, const std::string& grid_name) {
  const ModeConvention spectral = settings.model.spectral;
  if (spectral == ModeConvention::corner) return;
  const std::int64_t most = most_modes(spectral, grid);
  const int modes = settings.model.modes;
  require<ErrorKind::config>(modes <= most, settings.label("model.fno_modes"), ": found ", modes, ", accepted on the ",
                             grid_name, " ", text_of(grid), " with --spectral ", name_of(spectral), ": ",
                             most < 1 ? "none, the grid is too small" : "at most " + std::to_string(most));
}

}  // namespace fno::settings
