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

/// Name of the measure that a whole scan adds where val_loss is of a part of the patterns.
inline constexpr const char* kFullValLoss = "val_loss_full";

/// How much a study looks at in an epoch: val_loss over every n-th whole batch of the test patterns in file order, the
/// same ones every epoch, and of them the spread (std/mean of the amplitude in the patch centres that stitching keeps);
/// on some epochs, and from the last one on, the scan of all: its loss, SSIM, MAE and spread of the stitched image.
struct ScanPace {
  int batch_stride = 1;     ///< val_loss takes every so-manieth batch; 1 = all
  int full_scan_every = 1;  ///< epochs from one scan of all test patterns to the next
  int epochs = 0;           ///< from this one on all have it
};

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
    std::int64_t batch_size;  ///< that of training, on which the gain `batch` depends
    Device device;
    std::optional<ScanPace> pace = {};  ///< without: everything, every epoch; with it `data` is `test` and has a scan
  };
  /// Errors: config, if the pace leaves no whole batch.
  explicit ScanValidation(Parts parts);
  [[nodiscard]] Result run(int ended) override;

 private:
  void add_centres(const std::vector<float>& patches, std::vector<double>& amplitudes) const;
  Parts parts_;
  training::Sweep sweep_;
};

}  // namespace fno::ptychography
