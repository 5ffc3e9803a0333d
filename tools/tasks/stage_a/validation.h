#pragma once

#include <functional>
#include <optional>

#include "tools/tasks/ptychography/reconstruct.h"
#include "tools/tasks/stage_a/profile.h"
#include "tools/training/trainer.h"

namespace fno::stage_a {

/// Name of the measure that a full scan adds to those of ptychography/validation.h.
inline constexpr const char* kFullValLoss = "val_loss_full";

/// val_loss and the spread (std/mean of the amplitude in the patch centres that stitching keeps) every epoch over every
/// n-th whole batch of the test patterns in file order; on some epochs and in the last one also the full scan: its
/// loss, SSIM, MAE and spread of the stitched image. val_loss is over the same patterns in every epoch.
class StudyValidation : public training::Validation {
 public:
  struct Parts {
    const Model& model;
    const ptychography::PtychoData& test;
    const ptychography::TestScan& scan;
    training::LossFunction loss;
    std::int64_t batch_size;  ///< that of training, on which the gain `batch` depends
    Device device;
    int batch_stride, full_scan_every, epochs;
  };
  /// Errors: config, if no whole batch is left.
  explicit StudyValidation(Parts parts);
  [[nodiscard]] Result run(int ended) override;

 private:
  [[nodiscard]] bool in_subset(const training::Batch& batch, std::int64_t step) const;
  void centres(const std::vector<float>& patches, std::vector<double>& amplitudes) const;
  Parts parts_;
  training::Sweep sweep_;
};

}  // namespace fno::stage_a
