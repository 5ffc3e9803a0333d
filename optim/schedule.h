#pragma once

#include "framework/names.h"

namespace fno {

enum class ScheduleKind { constant, exponential, warmup_cosine, plateau };
template <>
inline constexpr std::array<std::string_view, 4> kNames<ScheduleKind>{"Default", "Exponential", "WarmupCosine",
                                                                      "ReduceLROnPlateau"};

enum class ScheduleMode {
  stepped,             ///< the rate of each epoch is the schedule's for that epoch
  frozen_first_value,  ///< the rate of epoch 0 for the whole run: a schedule that is built and never stepped
};
template <>
inline constexpr std::array<std::string_view, 2> kNames<ScheduleMode>{"stepped", "frozen_first_value"};

struct ScheduleSettings {
  ScheduleKind kind = ScheduleKind::constant;
  double base = 1e-3;   ///< the learning rate b
  int epochs = 1;       ///< T
  double gamma = 0.95;  ///< exponential: b·gamma^e
  int warmup = 0;       ///< warmup_cosine: W epochs, linear from start·b
  double start = 0.1;
  double min_ratio = 0.1;  ///< warmup_cosine: the cosine ends at min_ratio·b
  double factor = 0.5;     ///< plateau: multiplies the rate …
  int patience = 2;        ///< … after more than this many epochs without improvement
  double min_rate = 0;     ///< … down to this
  double threshold = 0;    ///< an improvement is below best·(1 - threshold)
  ScheduleMode mode = ScheduleMode::stepped;
};

/// The rate of epoch e (from 0), a pure function of the epoch; for plateau the base. With W = warmup:
/// e < W: b·(start + (1 - start)·e/W); else b·ratio + b·(1 - ratio)·(1 + cos(π(e - W)/max(1, T - W)))/2.
/// A warm-up longer than the run is accepted: the run then ends inside it.
[[nodiscard]] double scheduled_rate(const ScheduleSettings& settings, int epoch);

/// The rate in force through a run: the function above, or for plateau what the observed metrics have made of it.
class Schedule {
 public:
  explicit Schedule(const ScheduleSettings& settings) : settings_(settings), plateau_rate_(settings.base) {}
  [[nodiscard]] double rate(int epoch) const {
    if (settings_.kind == ScheduleKind::plateau) return plateau_rate_;
    return scheduled_rate(settings_, settings_.mode == ScheduleMode::frozen_first_value ? 0 : epoch);
  }
  /// The validation metric at the end of an epoch, smaller is better. Only plateau listens; NaN is no improvement.
  void observe(double metric);
  [[nodiscard]] const ScheduleSettings& settings() const { return settings_; }

  struct State {
    double plateau_rate, best;
    int bad_epochs;
    bool seen;
  };
  [[nodiscard]] State state() const { return {plateau_rate_, best_, bad_epochs_, seen_}; }
  void restore(const State& state);

 private:
  ScheduleSettings settings_;
  double plateau_rate_, best_ = 0;
  int bad_epochs_ = 0;
  bool seen_ = false;
};

}  // namespace fno
