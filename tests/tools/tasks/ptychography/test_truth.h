#pragma once

#include <numbers>
#include <random>
#include <vector>

#include "tools/tasks/ptychography/image2d.h"
#include "tools/tasks/ptychography/lines_object.h"
#include "tools/tasks/ptychography/stitch.h"

namespace fno::ptychography::test {

inline constexpr TileGeometry kGeometry{};  // 392 pixels, patches of 64 every 10

/// The first test object (seed 2), covered part: 330 x 330. With `phase` that of --set-phi over two objects.
inline ComplexImage test_truth(bool phase = false) {
  LinesObjects objects(2, kGeometry.object_size);
  std::vector<double> amplitudes = objects.next();
  const std::size_t pixels = amplitudes.size();
  if (phase) {
    const std::vector<double> second = objects.next();
    amplitudes.insert(amplitudes.end(), second.begin(), second.end());
  }
  const std::vector<double> phases = phase ? lines_phase(amplitudes) : std::vector<double>(pixels, 0);
  ComplexImage object{kGeometry.object_size, kGeometry.object_size, {}};
  for (std::size_t i = 0; i < pixels; ++i) object.values.emplace_back(std::polar(amplitudes[i], phases[i]));
  return covered_part(object, kGeometry);
}

/// Independent normal numbers.
inline RealImage noise_image(int rows, int cols, unsigned seed, double std = 1) {
  std::mt19937 generator(seed);
  std::normal_distribution<double> normal(0, std);
  RealImage image{rows, cols, {}};
  for (int i = 0; i < rows * cols; ++i) image.values.push_back(normal(generator));
  return image;
}

/// The truth with normal noise added to its amplitude.
inline ComplexImage noisy(const ComplexImage& truth, double std, unsigned seed = 5) {
  const RealImage noise = noise_image(truth.rows, truth.cols, seed, std);
  ComplexImage image = truth;
  for (std::size_t i = 0; i < image.values.size(); ++i)
    image.values[i] *= static_cast<float>(1 + noise.values[i] / std::abs(std::complex<double>(truth.values[i])));
  return image;
}

}  // namespace fno::ptychography::test
