#include "tools/tasks/ptychography/gaussian_filter.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "framework/error.h"

namespace fno::ptychography {
namespace {

/// Weights at distances 0 ... radius.
std::vector<double> half_kernel(double sigma) {
  const auto radius = static_cast<int>(4 * sigma + 0.5);
  std::vector<double> weights;
  double sum = 0;
  for (int d = 0; d <= radius; ++d) {
    weights.push_back(std::exp(-0.5 * d * d / (sigma * sigma)));
    sum += d == 0 ? weights.back() : 2 * weights.back();
  }
  for (double& w : weights) w /= sum;
  return weights;
}

/// The pixel that stands at index i of an axis of n pixels mirrored without end.
int mirrored(int i, int n) {
  const int period = 2 * n;
  const int at = ((i % period) + period) % period;
  return at < n ? at : period - 1 - at;
}

/// out[j] = w[0] at(0)[j] + sum over d of w[d] (at(-d)[j] + at(d)[j]), j = 0 ... count-1. Pixels side by side are
/// independent, which lets the compiler use vectors.
template <class At>
void weigh(const std::vector<double>& w, int count, double* out, const At& at) {
  const double* centre = at(0);
  for (int j = 0; j < count; ++j) out[j] = w[0] * centre[j];
  for (int d = 1; d < static_cast<int>(w.size()); ++d) {
    const double weight = w[static_cast<std::size_t>(d)];
    const double *before = at(-d), *after = at(d);
    for (int j = 0; j < count; ++j) out[j] += weight * (before[j] + after[j]);
  }
}

}  // namespace

void gaussian_filter(std::span<double> image, int rows, int cols, double sigma) {
  require<ErrorKind::config>(rows >= 1 && cols >= 1 && image.size() == static_cast<std::size_t>(rows) * cols,
                             "gaussian_filter: an image of ", image.size(), " pixels is not ", rows, " x ", cols);
  constexpr double kLargestSigma = 1e6;
  require<ErrorKind::config>(sigma >= 0 && sigma <= kLargestSigma, "gaussian_filter: sigma is ", sigma, "; 0 to ",
                             kLargestSigma, " pixels are accepted");
  if (sigma == 0) return;
  const std::vector<double> w = half_kernel(sigma);
  const int radius = static_cast<int>(w.size()) - 1;

  const std::vector<double> source(image.begin(), image.end());
  const auto width = static_cast<std::size_t>(cols);
  for (int r = 0; r < rows; ++r)
    weigh(w, cols, image.data() + static_cast<std::size_t>(r) * width,
          [&](int d) { return source.data() + static_cast<std::size_t>(mirrored(r + d, rows)) * width; });

  std::vector<double> padded(width + 2 * static_cast<std::size_t>(radius));
  for (int r = 0; r < rows; ++r) {
    double* row = image.data() + static_cast<std::size_t>(r) * width;
    for (int c = -radius; c < cols + radius; ++c) padded[static_cast<std::size_t>(c + radius)] = row[mirrored(c, cols)];
    weigh(w, cols, row, [&](int d) { return padded.data() + radius + d; });
  }
}

}  // namespace fno::ptychography
