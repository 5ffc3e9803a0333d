#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tools/tasks/ptychography/collapse.h"
#include "tools/tasks/ptychography/physics.h"
#include "tools/tasks/ptychography/reconstruct.h"
#include "tools/training/trainer.h"

namespace fno::ptychography {

/// What the collapse detector looks at, under these names: the full score takes as long as an epoch of a small network.
[[nodiscard]] std::vector<std::pair<std::string, double>> amplitude_measures(const TestScan& scan,
                                                                             const ComplexImage& recon);

/// val_loss on the patterns of `data`, and, where a test scan can be stitched, what the collapse detector looks at.
/// Where both are the same file, one pass serves both. Everything outlives it.
class ScanValidation : public training::Validation {
 public:
  struct Parts {
    const Model& model;
    const PtychoData& data;  ///< of val_loss
    const PtychoData* test;  ///< of the scan; null without
    const TestScan* scan;
    training::LossFunction loss;
    std::int64_t batch_size;        ///< of val_loss: that of training, on which the gain `batch` depends
    std::int64_t infer_batch_size;  ///< of a scan of its own
    Device device;
  };
  explicit ScanValidation(Parts parts);
  [[nodiscard]] Result run(int epoch) override;

 private:
  Parts parts_;
  training::Sweep sweep_;
};

}  // namespace fno::ptychography
