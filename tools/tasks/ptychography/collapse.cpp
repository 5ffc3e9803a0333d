#include "tools/tasks/ptychography/collapse.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "framework/error.h"
#include "tools/tasks/ptychography/losses.h"

namespace fno::ptychography {
std::string Verdict::label() const {
  const std::string name(name_of(outcome));
  return outcome == RunOutcome::collapsed ? name + std::to_string(epoch) : name;
}

CollapseLimits collapse_limits(std::string_view loss, const std::optional<ReconMetrics>& constant) {
  CollapseLimits limits;
  if (constant) {
    limits.constant_ssim = constant->ssim.amplitude;
    limits.constant_mae = constant->mae.amplitude;
  }
  if (!loss_named(loss).known_floor) limits.learned = limits.floor = std::numeric_limits<double>::infinity();
  return limits;
}

Json verdict_json(const Verdict& v, const CollapseLimits& limits) {
  Json json{{"label", v.label()}, {"rule", name_of(v.rule)}, {"epoch", v.epoch}, {"first_epoch", v.first_epoch}};
  Json& used = json["limits"];
  training::put_number(used, "flat", limits.flat);
  used["learned"] = std::isfinite(limits.learned) ? Json(limits.learned) : Json(nullptr);
  used["floor"] = std::isfinite(limits.floor) ? Json(limits.floor) : Json(nullptr);
  training::put_number(used, "constant_ssim", limits.constant_ssim);
  training::put_number(used, "constant_mae", limits.constant_mae);
  training::put_number(used, "fingerprint_width", limits.fingerprint_width);
  return json;
}

CollapseRule CollapseDetector::broken_by(const EpochObservation& o) const {
  if (!o.finite || !std::isfinite(o.val_loss) || !std::isfinite(o.amplitude_std_over_mean))
    return CollapseRule::not_finite;
  // Before the metrics, which need not be numbers for a constant.
  if (o.amplitude_std_over_mean < limits_.flat) return CollapseRule::flat_object;
  if (!std::isfinite(o.amplitude_ssim) || !std::isfinite(o.amplitude_mae)) return CollapseRule::not_finite;
  if (std::abs(o.amplitude_ssim - limits_.constant_ssim) <= limits_.fingerprint_width &&
      std::abs(o.amplitude_mae - limits_.constant_mae) <= limits_.fingerprint_width)
    return CollapseRule::constant_fingerprint;
  if (learned_ && o.val_loss >= limits_.floor) return CollapseRule::loss_at_floor;
  return CollapseRule::none;
}

CollapseRule CollapseDetector::observe(const EpochObservation& o) {
  require<ErrorKind::config>(o.epoch > last_epoch_, "collapse detector: epoch ", o.epoch, " after epoch ", last_epoch_,
                             ", epochs must ascend from 1");
  const CollapseRule rule = broken_by(o);
  last_epoch_ = o.epoch;
  last_loss_ = o.val_loss;
  if (rule == CollapseRule::none) {
    if (o.val_loss < limits_.learned) {
      learned_ = true;
      down_ = false;
    }
    return rule;
  }
  if (first_epoch_ == 0) first_epoch_ = o.epoch;
  if (rule == CollapseRule::not_finite && nan_epoch_ == 0) nan_epoch_ = o.epoch;
  if (!down_) {
    down_ = true;
    episode_rule_ = rule;
    episode_epoch_ = o.epoch;
  }
  return rule;
}

Verdict CollapseDetector::verdict() const {
  Verdict v{.rule = episode_rule_, .epoch = episode_epoch_, .first_epoch = first_epoch_, .last_epoch = last_epoch_};
  if (oom_) {
    v.outcome = RunOutcome::oom;
    v.rule = CollapseRule::out_of_memory;
  } else if (nan_epoch_ > 0) {
    v.outcome = RunOutcome::nan;
    v.rule = CollapseRule::not_finite;
    v.epoch = nan_epoch_;
  } else if (!learned_ && (down_ || (last_epoch_ > 0 && last_loss_ >= limits_.floor))) {
    v.outcome = RunOutcome::never_learned;
  } else if (down_) {
    v.outcome = RunOutcome::collapsed;
  } else if (first_epoch_ > 0) {
    v.outcome = RunOutcome::recovered;
  }
  return v;
}

EpochObservation observation(const training::EpochRecord& record, int epoch) {
  return {.epoch = epoch,
          .val_loss = record.val_loss.value(),
          .amplitude_std_over_mean = measure_of(record, kAmplitudeSpread).value(),
          .amplitude_ssim = measure_of(record, kAmplitudeSsim).value_or(0),
          .amplitude_mae = measure_of(record, kAmplitudeMae).value_or(0)};
}

RunEnd end_of(int exit_code) {
  if (exit_code == static_cast<int>(ErrorKind::numeric)) return RunEnd::not_finite;
  return exit_code == static_cast<int>(ErrorKind::device) ? RunEnd::out_of_memory : RunEnd::whole;
}

std::optional<Verdict> judge_run(std::span<const training::EpochRecord> history, RunEnd end,
                                 const CollapseLimits& limits) {
  CollapseDetector detector(limits);
  bool seen = false, finite = true;
  for (std::size_t e = 0; e < history.size(); ++e) {
    if (!history[e].val_loss || !measure_of(history[e], kAmplitudeSpread)) continue;
    seen = true;
    finite = detector.observe(observation(history[e], static_cast<int>(e) + 1)) != CollapseRule::not_finite;
  }
  // The epoch that ended in NaN may be in the history already, with the validation loss that shows it.
  if (end == RunEnd::not_finite && (!seen || finite))
    detector.observe({.epoch = static_cast<int>(history.size()) + 1, .finite = false});
  if (end == RunEnd::out_of_memory) detector.out_of_memory();
  return seen || end != RunEnd::whole ? std::optional(detector.verdict()) : std::nullopt;
}

}  // namespace fno::ptychography
