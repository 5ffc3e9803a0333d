#include "tools/tasks/ptychography/frc.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <complex>
#include <cstddef>
#include <limits>

#include "framework/cpu/fft.h"

namespace fno::ptychography {
namespace {

using Spectrum = std::vector<std::complex<double>>;

// The constant is taken out before the transform and put back at frequency 0. It belongs nowhere else, but rounding
// would leave a little of it everywhere, and the ratio of two such leftovers looks like a correlation.
Spectrum spectrum_of(const RealImage& image) {
  const double mean = mean_and_std(image).mean;
  Spectrum z;
  z.reserve(image.values.size());
  for (const double v : image.values) z.emplace_back(v - mean);
  const std::array<int, 2> shape{image.rows, image.cols};
  Spectrum scratch(cpu::fft_workspace<double>(shape));
  cpu::cfft_forward<double>(shape, z.data(), z.data(), scratch.data());
  z[0] += mean * static_cast<double>(image.values.size());
  return z;
}

RealImage central_square(const RealImage& image) {
  const int n = std::min(image.rows, image.cols);
  return cropped(image, (image.rows - n) / 2, (image.cols - n) / 2, n, n);
}

// Index 0 … n-1 of a transform as a frequency -n/2 … (n-1)/2.
int signed_frequency(int index, int n) { return index < (n + 1) / 2 ? index : index - n; }

struct Ring {
  std::complex<double> cross;
  double truth_power = 0, recon_power = 0;
};

// First ring whose value is below the threshold or not a number; the number of rings if there is none.
std::size_t first_below(const std::vector<double>& curve, double threshold) {
  const auto it = std::find_if(curve.begin(), curve.end(), [&](double v) { return !(v >= threshold); });
  return static_cast<std::size_t>(it - curve.begin());
}

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

std::optional<std::vector<double>> ring_correlation(const RealImage& truth, const RealImage& recon) {
  check_same_size(truth, recon, "ring correlation");
  const RealImage t = central_square(truth), r = central_square(recon);
  if (std::all_of(t.values.begin(), t.values.end(), [](double v) { return v == 0; })) return std::nullopt;
  const Spectrum truth_hat = spectrum_of(t), recon_hat = spectrum_of(r);
  const int n = t.rows;
  const auto ring_of = [n](int row, int col) {
    // The radius is never halfway between two integers (its square would not be one), so any rounding will do.
    return static_cast<std::size_t>(std::lround(std::hypot(signed_frequency(row, n), signed_frequency(col, n))));
  };
  const int corner = n / 2;  // index of the frequency farthest from 0
  std::vector<Ring> rings(ring_of(corner, corner) + 1);
  for (int row = 0; row < n; ++row)
    for (int col = 0; col < n; ++col) {
      const std::size_t i = static_cast<std::size_t>(row) * static_cast<std::size_t>(n) + static_cast<std::size_t>(col);
      Ring& ring = rings[ring_of(row, col)];
      ring.cross += truth_hat[i] * std::conj(recon_hat[i]);
      ring.truth_power += std::norm(truth_hat[i]);
      ring.recon_power += std::norm(recon_hat[i]);
    }
  std::vector<double> curve;
  for (const Ring& ring : rings) {
    const double power = std::sqrt(ring.truth_power) * std::sqrt(ring.recon_power);
    curve.push_back(power == 0 ? 0 : std::abs(ring.cross) / power);
  }
  return curve;
}

double ring_cutoff(const std::optional<std::vector<double>>& curve, double threshold) {
  if (!curve) return kNaN;
  const std::size_t ring = first_below(*curve, threshold);
  if (ring < curve->size() && std::isnan((*curve)[ring])) return kNaN;
  return static_cast<double>(ring);
}

double interpolated_ring_cutoff(const std::optional<std::vector<double>>& curve, double threshold) {
  const double cutoff = ring_cutoff(curve, threshold);
  if (!curve || !(cutoff >= 1) || cutoff >= static_cast<double>(curve->size())) return cutoff;
  const auto ring = static_cast<std::size_t>(cutoff);
  const double before = (*curve)[ring - 1], after = (*curve)[ring];
  return cutoff - 1 + (before - threshold) / (before - after);
}

}  // namespace fno::ptychography
