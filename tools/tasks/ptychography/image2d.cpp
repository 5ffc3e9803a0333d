#include "tools/tasks/ptychography/image2d.h"

#include <algorithm>
#include <cmath>

namespace fno::ptychography {

RealImage amplitude_of(const ComplexImage& image) {
  RealImage result{image.rows, image.cols, {}};
  result.values.reserve(image.values.size());
  for (const std::complex<float> z : image.values) result.values.push_back(std::abs(std::complex<double>(z)));
  return result;
}

RealImage phase_of(const ComplexImage& image) {
  RealImage result{image.rows, image.cols, {}};
  result.values.reserve(image.values.size());
  for (const std::complex<float> z : image.values) result.values.push_back(std::arg(std::complex<double>(z)));
  return result;
}

MeanAndStd mean_and_std(const RealImage& image) {
  check_image(image, "mean");
  const auto count = static_cast<double>(image.values.size());
  // Sums of differences from the first value: a constant image has mean and spread without any rounding.
  const double origin = image.values.front();
  double sum = 0;
  for (const double v : image.values) sum += v - origin;
  const double mean = origin + sum / count;
  double squares = 0;
  for (const double v : image.values) squares += (v - mean) * (v - mean);
  return {mean, std::sqrt(squares / count)};
}

double range_of(const RealImage& image) {
  check_image(image, "range");
  double low = image.values.front(), high = low;
  for (const double v : image.values) {
    if (std::isnan(v)) return v;
    low = std::min(low, v);
    high = std::max(high, v);
  }
  return high - low;
}

}  // namespace fno::ptychography
