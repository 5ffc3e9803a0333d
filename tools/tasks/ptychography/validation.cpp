#include "tools/tasks/ptychography/validation.h"

#include <cmath>
#include <limits>

#include "tools/tasks/ptychography/image_metrics.h"
#include "tools/tasks/ptychography/ssim.h"

namespace fno::ptychography {
std::vector<std::pair<std::string, double>> amplitude_measures(const TestScan& scan, const ComplexImage& recon) {
  const ScoredImages images = scored_images(scan.truth(), recon);
  double mae = 0;
  for (std::size_t i = 0; i < images.truth_amplitude.values.size(); ++i)
    mae += std::abs(images.truth_amplitude.values[i] - images.recon_amplitude.values[i]);
  mae /= static_cast<double>(images.truth_amplitude.values.size());
  const MeanAndStd& spread = images.recon_spread;
  return {{kAmplitudeSsim, ssim(images.truth_amplitude, images.recon_amplitude, range_of(images.truth_amplitude))},
          {kAmplitudeMae, mae},
          {kAmplitudeSpread, spread.std == 0 ? 0 : spread.std / spread.mean}};
}

ScanValidation::ScanValidation(Parts parts)
    : parts_(std::move(parts)), sweep_(samples_of(parts_.data), 0, parts_.data.n, parts_.batch_size, parts_.device) {}

training::Validation::Result ScanValidation::run(int) {
  const NoGrad guard;
  const bool shared = parts_.test == &parts_.data;
  const std::int64_t wanted = shared && parts_.scan != nullptr ? parts_.scan->patterns() : 0;
  std::vector<float> predictions;
  double sum = 0;
  std::int64_t seen = 0;
  for (std::int64_t step = 0; step < sweep_.steps(); ++step) {
    const training::Batch batch = sweep_.batch(step);
    const Var patch = parts_.model.forward(Var(batch.x));
    const auto count = static_cast<std::int64_t>(batch.samples.size());
    sum += parts_.loss(patch, Var(batch.y)).value().item() * static_cast<double>(count);
    if (seen < wanted) {
      const std::vector<float> part = patch.value().to_host<float>();
      predictions.insert(predictions.end(), part.begin(), part.end());
    }
    seen += count;
  }
  Result result{.val_loss = sum / static_cast<double>(seen)};
  if (parts_.scan == nullptr) return result;
  result.measures = amplitude_measures(
      *parts_.scan, shared ? parts_.scan->assemble(predictions)
                           : reconstruct(parts_.model, *parts_.test, *parts_.scan, parts_.batch_size, parts_.device));
  return result;
}

}  // namespace fno::ptychography
