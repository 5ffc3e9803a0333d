#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/names.h"
#include "tools/files/json_file.h"
#include "tools/tasks/ptychography/image_metrics.h"
#include "tools/training/history.h"

namespace fno::ptychography {

/// Names of the measures of an epoch that the judge looks at, as history.json has them.
inline constexpr const char *kAmplitudeSsim = "amp_ssim", *kAmplitudeMae = "amp_mae",
                            *kAmplitudeSpread = "amp_std_over_mean";

/// What is known of a run after an epoch, on the test split.
struct EpochObservation {
  int epoch = 0;                       ///< from 1
  double val_loss = 0;                 ///< relative amplitude error of the diffraction (loss mae)
  double amplitude_std_over_mean = 0;  ///< of the stitched object: ReconMetrics::amplitude_std_over_mean
  double amplitude_ssim = 0, amplitude_mae = 0;
  bool finite = true;  ///< false if weights, gradients or predictions held NaN or infinity
};

/// Limits of the rules. The defaults belong to the loss mae on the grid-lines data: a constant object cannot come below
/// 0.177 there. ssim and mae are those of a constant image against the truth (score_constant).
struct CollapseLimits {
  double flat = 1e-3;    ///< std/mean below this: the object is constant
  double learned = 0.1;  ///< validation loss below this: the run has learned, or has recovered
  double floor = 0.15;   ///< validation loss from here on, after `learned`: back at the constant object
  double constant_ssim = 0.2771, constant_mae = 0.5131, fingerprint_width = 0.002;
};

/// The limits for a run: the constant object scored against the run's own truth, if it has one; where it
/// is not known what a constant object scores under the loss, the object alone is judged.
[[nodiscard]] CollapseLimits collapse_limits(std::string_view loss, const std::optional<ReconMetrics>& constant);

/// Which rule an epoch broke.
enum class CollapseRule { none, flat_object, loss_at_floor, constant_fingerprint, not_finite, out_of_memory };

enum class RunOutcome {
  healthy,        ///< no rule broken
  never_learned,  ///< at the floor or flat at the end, the validation loss never below `learned`
  collapsed,      ///< had learned, broke a rule, and has not come back
  recovered,      ///< broke a rule, then had a validation loss below `learned` again and broke none at the end
  nan,            ///< values that are not finite, in any epoch: weights do not come back from that
  oom             ///< ran out of memory
};

}  // namespace fno::ptychography

template <>
inline constexpr std::array<std::string_view, 6> fno::kNames<fno::ptychography::CollapseRule>{
    "none", "flat_object", "loss_at_floor", "constant_fingerprint", "not_finite", "out_of_memory"};
/// The epoch follows "collapsed_at_epoch_".
template <>
inline constexpr std::array<std::string_view, 6> fno::kNames<fno::ptychography::RunOutcome>{
    "healthy", "never_learned", "collapsed_at_epoch_", "recovered", "nan", "oom"};

namespace fno::ptychography {

struct Verdict {
  RunOutcome outcome = RunOutcome::healthy;
  CollapseRule rule = CollapseRule::none;  ///< the one that fired, in the epoch below
  /// Where the last episode began: the k of `collapsed_at_epoch_k`. 0 if no rule fired in an epoch.
  int epoch = 0;
  /// Where any rule fired first, for the time to collapse. 0 if none did.
  int first_epoch = 0;
  int last_epoch = 0;  ///< last one observed

  /// "healthy", "never_learned", "collapsed_at_epoch_7", "recovered", "nan" or "oom".
  [[nodiscard]] std::string label() const;
};

/// "collapse" of metrics.json: {"label", "rule", "epoch", "first_epoch", "limits": {…}}. A limit that is off is null.
[[nodiscard]] Json verdict_json(const Verdict& verdict, const CollapseLimits& limits);

/// Watches a run epoch by epoch. A collapsed run, once flagged, counts as collapsed until an epoch breaks no rule and
/// has a validation loss below `learned`: a loss that hovers at the floor is one episode, not many.
class CollapseDetector {
 public:
  explicit CollapseDetector(const CollapseLimits& limits = {}) : limits_(limits) {}

  /// The rule that this epoch breaks. Epochs must ascend. Error(config) if they do not.
  CollapseRule observe(const EpochObservation& observation);
  /// The run ended for want of memory, after the epochs observed so far.
  void out_of_memory() { oom_ = true; }
  [[nodiscard]] Verdict verdict() const;

 private:
  [[nodiscard]] CollapseRule broken_by(const EpochObservation& observation) const;

  CollapseLimits limits_;
  bool learned_ = false, down_ = false, oom_ = false;
  CollapseRule episode_rule_ = CollapseRule::none;  // of the last episode
  int episode_epoch_ = 0, first_epoch_ = 0, last_epoch_ = 0, nan_epoch_ = 0;
  double last_loss_ = 0;
};

/// What the detector sees of an epoch that has a val_loss and a spread. Without a scan of the whole object its
/// similarity and error are 0, which is nobody's fingerprint.
[[nodiscard]] EpochObservation observation(const training::EpochRecord& record, int epoch);

/// How a run ended.
enum class RunEnd { whole, not_finite, out_of_memory };
/// By its exit code: 4 is NaN or infinity in the epoch after the last that was finished, 5 a device without memory.
[[nodiscard]] RunEnd end_of(int exit_code);

/// The detector over a history. Nothing for a whole run whose epochs were not scored.
[[nodiscard]] std::optional<Verdict> judge_run(std::span<const training::EpochRecord> history, RunEnd end,
                                               const CollapseLimits& limits);

}  // namespace fno::ptychography
