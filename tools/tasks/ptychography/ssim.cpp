#include "tools/tasks/ptychography/ssim.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace fno::ptychography {
namespace {

constexpr double kK1 = 0.01, kK2 = 0.03;
constexpr std::array<double, 5> kLevelWeights{0.0448, 0.2856, 0.3001, 0.2363, 0.1333};

// Weighted sums of x, y, x², y², xy.
using Moments = std::array<double, 5>;

void add_weighted(Moments& sum, double weight, const Moments& term) {
  for (std::size_t k = 0; k < sum.size(); ++k) sum[k] += weight * term[k];
}

double similarity(const Moments& m, double factor, double c1, double c2) {
  const double mean_x = m[0], mean_y = m[1];
  const double var_x = factor * (m[2] - mean_x * mean_x), var_y = factor * (m[3] - mean_y * mean_y);
  const double covariance = factor * (m[4] - mean_x * mean_y);
  return ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) /
         ((mean_x * mean_x + mean_y * mean_y + c1) * (var_x + var_y + c2));
}

RealImage every_second(const RealImage& image) {
  RealImage half{(image.rows + 1) / 2, (image.cols + 1) / 2, {}};
  for (int r = 0; r < image.rows; r += 2)
    for (int c = 0; c < image.cols; c += 2) half.values.push_back(image.at(r, c));
  return half;
}

}  // namespace

SsimWindow uniform_window(int size) {
  require<ErrorKind::config>(size >= 3 && size % 2 == 1, "ssim: a window of ", size,
                             " pixels, its side must be odd and at least 3");
  return {std::vector<double>(static_cast<std::size_t>(size), 1.0 / size), true};
}

SsimWindow gaussian_window(double sigma, int radius) {
  require<ErrorKind::config>(sigma > 0 && radius >= 1, "ssim: a Gaussian window of sigma ", sigma, " and radius ",
                             radius, ", both must be positive");
  SsimWindow window;
  double sum = 0;
  for (int i = -radius; i <= radius; ++i) {
    window.weights.push_back(std::exp(-0.5 * i * i / (sigma * sigma)));
    sum += window.weights.back();
  }
  for (double& w : window.weights) w /= sum;
  return window;
}

RealImage ssim_map(const RealImage& x, const RealImage& y, double data_range, const SsimWindow& window) {
  check_same_size(x, y, "ssim");
  const int side = static_cast<int>(window.weights.size());
  require<ErrorKind::config>(side >= 1 && side <= x.rows && side <= x.cols, "ssim: images of ", x.rows, " x ", x.cols,
                             " under a window of ", side, " x ", side, ", it must fit");
  const double c1 = std::pow(kK1 * data_range, 2), c2 = std::pow(kK2 * data_range, 2);
  const double n = static_cast<double>(side) * side;
  const double factor = window.sample_covariance ? n / (n - 1) : 1;

  RealImage map{x.rows - side + 1, x.cols - side + 1, {}};
  map.values.reserve(static_cast<std::size_t>(map.rows) * static_cast<std::size_t>(map.cols));
  std::vector<Moments> columns(static_cast<std::size_t>(x.cols));  // sums down the window, one a column
  for (int r = 0; r < map.rows; ++r) {
    std::fill(columns.begin(), columns.end(), Moments{});
    for (int i = 0; i < side; ++i)
      for (int c = 0; c < x.cols; ++c) {
        const double a = x.at(r + i, c), b = y.at(r + i, c);
        add_weighted(columns[static_cast<std::size_t>(c)], window.weights[static_cast<std::size_t>(i)],
                     {a, b, a * a, b * b, a * b});
      }
    for (int c = 0; c < map.cols; ++c) {
      Moments sum{};
      for (int i = 0; i < side; ++i)
        add_weighted(sum, window.weights[static_cast<std::size_t>(i)], columns[static_cast<std::size_t>(c + i)]);
      map.values.push_back(similarity(sum, factor, c1, c2));
    }
  }
  return map;
}

double ssim(const RealImage& x, const RealImage& y, double data_range, const SsimWindow& window) {
  return mean_and_std(ssim_map(x, y, data_range, window)).mean;
}

double ms_ssim(const RealImage& x, const RealImage& y) {
  check_same_size(x, y, "ms_ssim");
  const SsimWindow window = uniform_window();
  const int side = static_cast<int>(window.weights.size());
  const double data_range = std::max(range_of(x), range_of(y));
  RealImage a = x, b = y;
  double product = 1;
  for (std::size_t level = 0; level < kLevelWeights.size(); ++level) {
    if (level > 0) {
      a = every_second(a);
      b = every_second(b);
      if (std::min(a.rows, a.cols) < side) break;
    }
    double value = ssim(a, b, data_range, window);
    if (std::isnan(value)) value = 0;
    if (value < 0) value = 1e-4;
    product *= std::pow(value, kLevelWeights[level]);
  }
  return product;
}

}  // namespace fno::ptychography
