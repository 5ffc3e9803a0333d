#include "tools/tasks/ptychography/settings.h"

#include "framework/error.h"
#include "tools/tasks/ptychography/losses.h"

namespace fno::ptychography {
namespace {

using settings::own_setting, settings::setting, settings::Settings, settings::toggle;
using P = PtychographySettings;

bool is_probe_gain(const std::string& text) { return probe_gain(text).has_value(); }

// --study-profile moves defaults; whatever was asked for stays.
void fill_defaults(Settings& s) {
  const std::optional<StudyProfile> profile = s.own<P>().study_profile;
  if (!profile) return;
  const bool replica = *profile == StudyProfile::replica;
  settings::set_default(s, "train.probe_gain", replica ? "batch" : "fixed:16");
  settings::set_default(s, "train.short_last_batch", replica ? "keep" : "drop");
  settings::set_default(s, "optim.schedule_mode", replica ? "frozen_first_value" : "stepped");
  if (replica) settings::set_default(s, "train.loader_seed", 42);
  if (replica && s.model.architecture == "hybrid") settings::set_default(s, "optim.grad_clip", 1.0);
}

void check(const Settings& s) {
  require<ErrorKind::config>(
      s.optim.schedule.kind != ScheduleKind::plateau || s.run.test_data || s.own<P>().validation_data,
      s.label("run.test_data"), ": found nothing, accepted with ", name_of(s.optim.schedule.kind),
      ", which watches val_loss: --test-data or --validation-data");
}

// A frozen schedule is a profile's own default, not somebody's wish; the plateau's rate follows val_loss and is never
// frozen.
std::vector<std::string> notices(const Settings& s) {
  const std::optional<StudyProfile> profile = s.own<P>().study_profile;
  const ScheduleSettings& schedule = s.optim.schedule;
  const auto asked = s.origins.find("optim.scheduler");
  if (!profile || asked == s.origins.end() || asked->second.source == settings::Origin::Source::file ||
      schedule.mode == ScheduleMode::stepped || s.given("optim.schedule_mode") ||
      schedule.kind == ScheduleKind::constant || schedule.kind == ScheduleKind::plateau)
    return {};
  return {asked->second.label + " " + std::string(name_of(schedule.kind)) + ": --study-profile " +
          std::string(name_of(*profile)) +
          " keeps the rate of the first epoch; the schedule acts with --schedule-mode stepped"};
}

}  // namespace

std::optional<ProbeGain> probe_gain(const std::string& text) {
  if (text == "batch") return ProbeGain{.batch = true};
  if (text == "1") return ProbeGain{};
  constexpr std::string_view kFixed = "fixed:";
  if (!text.starts_with(kFixed)) return std::nullopt;
  try {
    const settings::Value value = settings::parse(settings::above(0), text.substr(kFixed.size()), "");
    return ProbeGain{.fixed = std::get<double>(value)};
  } catch (const Error&) {
    return std::nullopt;
  }
}

settings::TaskTable settings_table() {
  using T = settings::TrainSettings;
  settings::TaskTable table = settings::shared_table("ptychography", NetworkKind::patch, settings::names_in(losses()));
  table.own = P{};
  table.fill_defaults = fill_defaults;
  table.check = check;
  table.notices = notices;
  table.set_defaults({{"model.spectral", "corner"},
                      {"model.layerscale_init", 1e-3},
                      {"optim.batch_size", 16},
                      {"optim.learning_rate", 1e-3}});
  table.row("run.data").help = "a measurement (diffraction, probe, positions), or the training file of a simulated set";
  table.row("run.test_data").help = "scanned by inference, stitched and, with a truth, scored";
  table.add_behind(
      "run.test_data",
      {own_setting<P, &P::validation_data>(
           "run.validation_data", settings::path(), {}, "patterns of val_loss",
           {.metavar = "VALIDATION.npz", .fallback_text = "the test data", .changes_no_number = true}),
       own_setting<P, &P::probe>("run.probe", settings::path(), {}, "of a measurement whose file has none",
                                 {.metavar = "PROBE.npz", .fallback_text = "in the file", .for_inference = true}),
       own_setting<P, &P::measured>("run.measured", settings::names_of<Measured>(), "auto",
                                    "what the diffraction of a measurement is; auto looks at the numbers and the probe",
                                    {.for_inference = true}),
       own_setting<P, &P::masked>("run.masked", settings::names_of<Masked>(), "auto",
                                  "values of its mask that leave a pixel out; auto: those of fewer pixels",
                                  {.for_inference = true}),
       own_setting<P, &P::pixel_size>(
           "run.pixel_size", settings::above(0), {}, "of the object, where positions are in metres",
           {.metavar = "METRES", .fallback_text = "positions in pixels, or as the file says", .for_inference = true}),
       own_setting<P, &P::swap_xy>("run.swap_xy", toggle(), false, "xcoords are rows, ycoords columns",
                                   {.for_inference = true}),
       own_setting<P, &P::flip>("run.flip_positions", settings::names_of<Flip>(), "none",
                                "axes along which positions run the other way", {.for_inference = true})});
  table.add_behind("optim.lr_warmup_epochs",
                   {setting<&Settings::optim, &settings::OptimSettings::schedule, &ScheduleSettings::mode>(
                       "optim.schedule_mode", settings::names_of<ScheduleMode>(), "stepped",
                       "frozen_first_value keeps the rate of epoch 0")});
  table.add_behind(
      "train.loss",
      {own_setting<P, &P::probe_gain>("train.probe_gain",
                                      settings::text(is_probe_gain, "batch, 1 or fixed:G with G above 0"), "fixed:16",
                                      "factor on the predicted amplitude", {.metavar = "{batch|fixed:G|1}"}),
       setting<&Settings::train, &T::short_last_batch>("train.short_last_batch",
                                                       settings::names_of<settings::ShortLastBatch>(), "keep",
                                                       "the last batch of an epoch where the numbers do not divide"),
       setting<&Settings::train, &T::loader_seed>("train.loader_seed", settings::seed(), {},
                                                  "of the order of the samples", {.fallback_text = "--seed"}),
       own_setting<P, &P::no_gate>("train.no_gate", toggle(), false,
                                   "train even if the true object does not reproduce the diffraction"),
       own_setting<P, &P::nimgs_test>("train.nimgs_test", settings::integer(1, 1 << 20), {}, "images of the test file",
                                      {.fallback_text = "as the file says"}),
       own_setting<P, &P::outer_offset_test>("train.outer_offset_test", settings::integer(2, 1 << 20), {},
                                             "twice the step of its scan", {.fallback_text = "as the file says"}),
       own_setting<P, &P::study_profile>("train.study_profile", settings::names_of<StudyProfile>(), {},
                                         "defaults of a profile of the Stage A study; flags win",
                                         {.fallback_text = "none"})});
  return table;
}

}  // namespace fno::ptychography
