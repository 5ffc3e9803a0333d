#include "tools/tasks/ptychography/lines_object.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <numbers>
#include <numeric>
#include <utility>

#include "framework/error.h"
#include "tools/tasks/ptychography/gaussian_filter.h"

namespace fno::ptychography {
namespace {

constexpr int kLines = 400;

struct Pixel {
  int row, col;
};

/// Sets the pixels of a line to 1 by Bresenham's integer walk, both ends included.
void draw_line(std::vector<double>& canvas, int width, Pixel from, Pixel to) {
  const auto set = [&](int row, int col) { canvas[static_cast<std::size_t>(row) * width + col] = 1; };
  const int rows = std::abs(to.row - from.row), cols = std::abs(to.col - from.col);
  const int row_step = to.row > from.row ? 1 : -1, col_step = to.col > from.col ? 1 : -1;
  const bool steep = rows > cols;
  const int major = steep ? rows : cols, minor = steep ? cols : rows;
  Pixel at = from;
  int error = 2 * minor - major;
  for (int i = 0; i < major; ++i) {
    set(at.row, at.col);
    for (; error >= 0; error -= 2 * major) (steep ? at.col : at.row) += steep ? col_step : row_step;
    (steep ? at.row : at.col) += steep ? row_step : col_step;
    error += 2 * minor;
  }
  set(to.row, to.col);
}

}  // namespace

LinesObjects::LinesObjects(std::uint32_t seed, int side) : generator_(seed), side_(side) {
  constexpr int kLargest = 8192;
  require<ErrorKind::config>(side >= 2 && side <= kLargest && side % 2 == 0, "lines object: side is ", side,
                             "; an even number of pixels from 2 to ", kLargest, " is accepted");
}

double LinesObjects::uniform() {
  const std::uint64_t high = generator_() >> 5, low = generator_() >> 6;
  return static_cast<double>(high * 67108864u + low) * 0x1p-53;
}

std::vector<double> LinesObjects::next_canvas() {
  const int width = 2 * side_;
  std::vector<double> canvas(static_cast<std::size_t>(width) * width);
  const auto coordinate = [&] { return static_cast<int>(width * uniform()); };
  for (int line = 0; line < kLines; ++line) {
    Pixel from{}, to{};
    from.row = coordinate();
    from.col = coordinate();
    to.row = coordinate();
    to.col = coordinate();
    draw_line(canvas, width, from, to);
  }
  return canvas;
}

std::vector<double> LinesObjects::next() {
  const std::vector<double> canvas = next_canvas();
  const int width = 2 * side_, first = side_ / 2;
  std::vector<double> object(static_cast<std::size_t>(side_) * side_);
  for (const auto& [sigma, weight] : {std::pair{1.0, 1.0}, {5.0, 2.0}, {10.0, 5.0}}) {
    std::vector<double> blurred = canvas;
    gaussian_filter(blurred, width, width, sigma);
    for (int r = 0; r < side_; ++r)
      for (int c = 0; c < side_; ++c)
        object[static_cast<std::size_t>(r) * side_ + c] +=
            weight * blurred[static_cast<std::size_t>(first + r) * width + first + c];
  }
  return object;
}

std::vector<double> lines_phase(std::span<const double> amplitudes) {
  if (amplitudes.empty()) return {};
  const double largest = *std::ranges::max_element(amplitudes);
  const double mean =
      std::accumulate(amplitudes.begin(), amplitudes.end(), 0.0) / static_cast<double>(amplitudes.size());
  std::vector<double> phase(amplitudes.size());
  std::ranges::transform(amplitudes, phase.begin(),
                         [&](double y) { return std::numbers::pi * std::tanh((y - largest / 2) / (3 * mean)); });
  return phase;
}

}  // namespace fno::ptychography
