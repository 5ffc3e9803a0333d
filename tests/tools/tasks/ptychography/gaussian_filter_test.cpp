#include "tools/tasks/ptychography/gaussian_filter.h"

#include <cmath>
#include <gtest/gtest.h>
#include <numeric>
#include <vector>

#include "framework/tensor/random.h"
#include "tests/support/expect_error.h"

namespace fno::ptychography {
namespace {

using test::throws_error;

std::vector<double> noise(std::size_t n) {
  Random random(7);
  std::vector<double> values(n);
  for (double& v : values) v = random.normal();
  return values;
}

/// By walking: a step over the border turns back and stays on the edge pixel once.
int reflected(int at, int steps, int n) {
  int direction = steps < 0 ? -1 : 1;
  for (int i = 0; i < std::abs(steps); ++i) {
    if (at + direction < 0 || at + direction >= n)
      direction = -direction;
    else
      at += direction;
  }
  return at;
}

/// The two-dimensional sum over both offsets, straight from the definition.
double direct(const std::vector<double>& image, int rows, int cols, double sigma, int r, int c) {
  const int radius = static_cast<int>(std::floor(4 * sigma + 0.5));
  double sum = 0, weights = 0;
  for (int i = -radius; i <= radius; ++i)
    for (int j = -radius; j <= radius; ++j) {
      const double w = std::exp(-(i * i + j * j) / (2 * sigma * sigma));
      weights += w;
      sum += w * image[static_cast<std::size_t>(reflected(r, i, rows) * cols + reflected(c, j, cols))];
    }
  return sum / weights;
}

TEST(GaussianFilter, AgreesWithTheDirectSum) {
  struct Case {
    int rows, cols;
    double sigma;
  };
  // Kernels within the image, as wide as it and several times wider; one row, one column.
  for (const auto& [rows, cols, sigma] :
       {Case{9, 12, 0.5}, {7, 5, 1.0}, {6, 11, 3.0}, {3, 4, 4.2}, {1, 8, 1.3}, {8, 1, 1.3}}) {
    const std::vector<double> image = noise(static_cast<std::size_t>(rows * cols));
    std::vector<double> filtered = image;
    gaussian_filter(filtered, rows, cols, sigma);
    for (int r = 0; r < rows; ++r)
      for (int c = 0; c < cols; ++c)
        EXPECT_NEAR(filtered[static_cast<std::size_t>(r * cols + c)], direct(image, rows, cols, sigma, r, c), 1e-13)
            << rows << " x " << cols << ", sigma " << sigma << ", at " << r << ", " << c;
  }
}

TEST(GaussianFilter, KeepsTheSumOfAnImage) {
  std::vector<double> image = noise(20 * 15);
  const double sum = std::accumulate(image.begin(), image.end(), 0.0);
  gaussian_filter(image, 20, 15, 2.5);
  EXPECT_NEAR(std::accumulate(image.begin(), image.end(), 0.0), sum, 1e-11);
}

TEST(GaussianFilter, SigmaZeroChangesNothing) {
  std::vector<double> image = noise(12);
  const std::vector<double> before = image;
  gaussian_filter(image, 3, 4, 0);
  EXPECT_EQ(image, before);
}

TEST(GaussianFilter, RefusesWhatIsNoImageOrNoWidth) {
  std::vector<double> image(12);
  EXPECT_TRUE(throws_error(ErrorKind::config, "12 pixels is not 3 x 5", [&] { gaussian_filter(image, 3, 5, 1); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "sigma is -1", [&] { gaussian_filter(image, 3, 4, -1); }));
  EXPECT_TRUE(throws_error(ErrorKind::config, "sigma is nan", [&] { gaussian_filter(image, 3, 4, std::nan("")); }));
}

}  // namespace
}  // namespace fno::ptychography
