#include "tools/tasks/stage_a/validation.h"

#include <cmath>

#include "framework/error.h"
#include "tools/tasks/ptychography/validation.h"

namespace fno::stage_a {
namespace {

double ratio_of_spread(const std::vector<double>& values) {
  double sum = 0, squares = 0;
  for (const double v : values) sum += v;
  const double mean = sum / static_cast<double>(values.size());
  for (const double v : values) squares += (v - mean) * (v - mean);
  const double deviation = std::sqrt(squares / static_cast<double>(values.size()));
  return deviation == 0 ? 0 : deviation / mean;
}

}  // namespace

StudyValidation::StudyValidation(Parts parts)
    : parts_(std::move(parts)),
      sweep_(ptychography::samples_of(parts_.test), 0, parts_.test.n, parts_.batch_size, parts_.device) {
  require<ErrorKind::config>(parts_.batch_stride == 1 || parts_.test.n >= parts_.batch_size, "--batch-size: found ",
                             parts_.batch_size, ", accepted: at most the ", parts_.test.n, " test patterns");
}

bool StudyValidation::in_subset(const training::Batch& batch, std::int64_t step) const {
  if (parts_.batch_stride == 1) return true;
  return step % parts_.batch_stride == 0 && static_cast<std::int64_t>(batch.samples.size()) == parts_.batch_size;
}

void StudyValidation::centres(const std::vector<float>& patches, std::vector<double>& amplitudes) const {
  const auto n = static_cast<std::size_t>(parts_.test.N), pixels = n * n;
  const auto first = static_cast<std::size_t>(parts_.scan.geometry().border());
  const auto last = first + static_cast<std::size_t>(parts_.scan.geometry().tile());
  for (std::size_t at = 0; at + 2 * pixels <= patches.size(); at += 2 * pixels)
    for (std::size_t r = first; r < last; ++r)
      for (std::size_t c = first; c < last; ++c)
        amplitudes.push_back(std::hypot(patches[at + r * n + c], patches[at + pixels + r * n + c]));
}

training::Validation::Result StudyValidation::run(int ended) {
  const NoGrad guard;
  const int epoch = ended + 1;
  const bool full = epoch % parts_.full_scan_every == 0 || epoch >= parts_.epochs;
  double sum = 0, full_sum = 0;
  std::int64_t seen = 0;
  std::vector<float> predictions;
  std::vector<double> amplitudes;
  for (std::int64_t step = 0; step < sweep_.steps(); ++step) {
    if (!full && step % parts_.batch_stride != 0) continue;
    const training::Batch batch = sweep_.batch(step);
    const bool subset = in_subset(batch, step);
    if (!full && !subset) continue;
    const Var patch = parts_.model.forward(Var(batch.x));
    const auto count = static_cast<std::int64_t>(batch.samples.size());
    const double loss = parts_.loss(patch, Var(batch.y)).value().item();
    const std::vector<float> part = patch.value().to_host<float>();
    if (subset) {
      sum += loss * static_cast<double>(count);
      seen += count;
      if (!full) centres(part, amplitudes);
    }
    if (!full) continue;
    full_sum += loss * static_cast<double>(count);
    const auto wanted = static_cast<std::size_t>(2 * parts_.scan.patterns() * parts_.test.N * parts_.test.N);
    if (predictions.size() < wanted) predictions.insert(predictions.end(), part.begin(), part.end());
  }
  Result result{.val_loss = sum / static_cast<double>(seen)};
  if (full) {
    result.measures.emplace_back(kFullValLoss, full_sum / static_cast<double>(parts_.test.n));
    for (auto& measure : amplitude_measures(parts_.scan, parts_.scan.assemble(predictions)))
      result.measures.push_back(std::move(measure));
  } else {
    result.measures.emplace_back(ptychography::kAmplitudeSpread, ratio_of_spread(amplitudes));
  }
  return result;
}

}  // namespace fno::stage_a
