#include "optim/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace fno {

double scheduled_rate(const ScheduleSettings& s, int epoch) {
  switch (s.kind) {
    case ScheduleKind::constant:
    case ScheduleKind::plateau: return s.base;
    case ScheduleKind::exponential: return s.base * std::pow(s.gamma, epoch);
    case ScheduleKind::warmup_cosine: break;
  }
  if (epoch < s.warmup) return s.base * (s.start + (1 - s.start) * epoch / s.warmup);
  const int length = std::max(1, s.epochs - s.warmup);
  const double cosine = std::cos(std::numbers::pi * (epoch - s.warmup) / length);
  return s.base * s.min_ratio + s.base * (1 - s.min_ratio) * (1 + cosine) / 2;
}

void Schedule::observe(double metric) {
  if (settings_.kind != ScheduleKind::plateau) return;
  if (!seen_ ? !std::isnan(metric) : metric < best_ * (1 - settings_.threshold)) {
    best_ = metric;
    seen_ = true;
    bad_epochs_ = 0;
    return;
  }
  if (++bad_epochs_ <= settings_.patience) return;
  bad_epochs_ = 0;
  // min_rate is a floor for reductions; a base below it stays where it is.
  plateau_rate_ = std::min(plateau_rate_, std::max(plateau_rate_ * settings_.factor, settings_.min_rate));
}

void Schedule::restore(const State& state) {
  plateau_rate_ = state.plateau_rate;
  best_ = state.best;
  bad_epochs_ = state.bad_epochs;
  seen_ = state.seen;
}

}  // namespace fno
