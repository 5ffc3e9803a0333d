#include "tools/tasks/ptychography/collapse.h"

#include <cmath>

#include "framework/error.h"

namespace fno::ptychography {

std::string Verdict::label() const {
  switch (outcome) {
    case RunOutcome::healthy: return "healthy";
    case RunOutcome::never_learned: return "never_learned";
    case RunOutcome::collapsed: return "collapsed_at_epoch_" + std::to_string(epoch);
    case RunOutcome::recovered: return "recovered";
    case RunOutcome::nan: return "nan";
    case RunOutcome::oom: return "oom";
  }
  return {};
}

std::string rule_name(CollapseRule rule) {
  switch (rule) {
    case CollapseRule::none: return "none";
    case CollapseRule::flat_object: return "flat_object";
    case CollapseRule::loss_at_floor: return "loss_at_floor";
    case CollapseRule::constant_fingerprint: return "constant_fingerprint";
    case CollapseRule::not_finite: return "not_finite";
    case CollapseRule::out_of_memory: return "out_of_memory";
  }
  return {};
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

Verdict judge_run(std::span<const EpochObservation> history, bool ran_out_of_memory, const CollapseLimits& limits) {
  CollapseDetector detector(limits);
  for (const EpochObservation& observation : history) detector.observe(observation);
  if (ran_out_of_memory) detector.out_of_memory();
  return detector.verdict();
}

}  // namespace fno::ptychography
