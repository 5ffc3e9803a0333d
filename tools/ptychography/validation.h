#pragma once

#include <memory>
#include <optional>

#include "tools/ptychography/physics.h"
#include "tools/ptychography/reconstruct.h"
#include "tools/train/trainer.h"

namespace fno::ptychography {

/// Names of the measures an epoch, as history.json has them.
inline constexpr const char *kAmplitudeSsim = "amp_ssim", *kAmplitudeMae = "amp_mae",
                            *kAmplitudeSpread = "amp_std_over_mean";

/// val_loss on the patterns of `data`, and, where a test scan can be stitched, what the collapse detector looks at.
/// Where both are the same file, one pass serves both. Everything outlives it.
class ScanValidation : public train::Validation {
 public:
  struct Parts {
    const Model& model;
    const PtychoData& data;  ///< of val_loss
    const PtychoData* test;  ///< of the scan; null without
    const TestScan* scan;
    train::LossFunction loss;
    std::int64_t batch_size;
    Device device;
  };
  explicit ScanValidation(Parts parts);
  [[nodiscard]] Result run() override;

 private:
  Parts parts_;
  train::Sweep sweep_;
};

}  // namespace fno::ptychography
