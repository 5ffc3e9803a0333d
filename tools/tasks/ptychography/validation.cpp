#include "tools/tasks/ptychography/validation.h"

#include <cmath>

#include "framework/error.h"
#include "tools/tasks/ptychography/image_metrics.h"
#include "tools/tasks/ptychography/ssim.h"

namespace fno::ptychography {
namespace {

// Standard deviation over mean; 0 for a constant.
double spread_of(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double v : values) sum += v;
  const double mean = sum / static_cast<double>(values.size());
  for (const double v : values) squares += (v - mean) * (v - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(values.size()));
  return deviation == 0 ? 0 : deviation / mean;
}

}  // namespace

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
    : parts_(std::move(parts)), sweep_(samples_of(parts_.data), 0, parts_.data.n, parts_.batch_size, parts_.device) {
  require<ErrorKind::config>(!parts_.pace || parts_.pace->batch_stride == 1 || parts_.data.n >= parts_.batch_size,
                             "--batch-size: found ", parts_.batch_size, ", accepted: at most the ", parts_.data.n,
                             " test patterns");
}

void ScanValidation::add_centres(const std::vector<float>& patches, std::vector<double>& amplitudes) const {
  const auto n = static_cast<std::size_t>(parts_.data.N), pixels = n * n;
  const auto first = static_cast<std::size_t>(parts_.scan->geometry().border());
  const auto last = first + static_cast<std::size_t>(parts_.scan->geometry().tile());
  for (std::size_t at = 0; at + 2 * pixels <= patches.size(); at += 2 * pixels)
    for (std::size_t r = first; r < last; ++r)
      for (std::size_t c = first; c < last; ++c)
        amplitudes.push_back(std::hypot(patches[at + r * n + c], patches[at + pixels + r * n + c]));
}

training::Validation::Result ScanValidation::run(int ended) {
  const NoGrad guard;
  const ScanPace pace = parts_.pace.value_or(ScanPace{});
  const bool whole = (ended + 1) % pace.full_scan_every == 0 || ended + 1 >= pace.epochs;
  const bool shared = parts_.test == &parts_.data;
  const std::int64_t wanted = shared && parts_.scan != nullptr ? parts_.scan->patterns() : 0;
  std::vector<float> predictions;
  std::vector<double> centres;
  double sum = 0, sum_of_all = 0;
  std::int64_t counted = 0, seen = 0;
  for (std::int64_t step = 0; step < sweep_.steps(); ++step) {
    const bool chosen = step % pace.batch_stride == 0;
    if (!whole && !chosen) continue;
    const training::Batch batch = sweep_.batch(step);
    const auto count = static_cast<std::int64_t>(batch.samples.size());
    const bool counts = pace.batch_stride == 1 || (chosen && count == parts_.batch_size);
    if (!whole && !counts) continue;
    const Var patch = parts_.model.forward(Var(batch.x));
    const double loss = parts_.loss(patch, Var(batch.y)).value().item() * static_cast<double>(count);
    sum_of_all += loss;
    if (counts) {
      sum += loss;
      counted += count;
    }
    if (!whole || seen < wanted) {
      const std::vector<float> part = patch.value().to_host<float>();
      if (whole)
        predictions.insert(predictions.end(), part.begin(), part.end());
      else
        add_centres(part, centres);
    }
    seen += count;
  }
  Result result{.val_loss = sum / static_cast<double>(counted)};
  if (parts_.pace && whole) result.measures.emplace_back(kFullValLoss, sum_of_all / static_cast<double>(seen));
  if (parts_.scan == nullptr) return result;
  if (!whole) {
    result.measures.emplace_back(kAmplitudeSpread, spread_of(centres));
    return result;
  }
  const ComplexImage recon =
      shared ? parts_.scan->assemble(predictions)
             : reconstruct(parts_.model, *parts_.test, *parts_.scan, parts_.batch_size, parts_.device);
  for (auto& measure : amplitude_measures(*parts_.scan, recon)) result.measures.push_back(std::move(measure));
  return result;
}

}  // namespace fno::ptychography
