#pragma once

#include <complex>
#include <cstddef>
#include <string_view>
#include <vector>

#include "framework/error.h"

namespace fno::ptychography {

/// Numbers on a grid, row-major from the top left.
template <class T>
struct Image2d {
  int rows = 0, cols = 0;
  std::vector<T> values = {};  ///< rows * cols

  [[nodiscard]] T& at(int row, int col) { return values[index(row, col)]; }
  [[nodiscard]] const T& at(int row, int col) const { return values[index(row, col)]; }

 private:
  [[nodiscard]] std::size_t index(int row, int col) const {
    return static_cast<std::size_t>(row) * static_cast<std::size_t>(cols) + static_cast<std::size_t>(col);
  }
};

using RealImage = Image2d<double>;
using ComplexImage = Image2d<std::complex<float>>;  ///< objects and reconstructions, as their files hold them

/// An image of rows x cols copies of `value`.
template <class T>
[[nodiscard]] Image2d<T> filled_image(int rows, int cols, T value) {
  return {rows, cols, std::vector<T>(static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols), value)};
}

/// Throws Error(config), naming `what`, unless rows and cols are positive and agree with the number of values.
template <class T>
void check_image(const Image2d<T>& image, std::string_view what) {
  require<ErrorKind::config>(
      image.rows > 0 && image.cols > 0 &&
          image.values.size() == static_cast<std::size_t>(image.rows) * static_cast<std::size_t>(image.cols),
      what, ": ", image.rows, " rows x ", image.cols, " columns with ", image.values.size(),
      " values; both must be positive and their product the number of values");
}

/// Throws Error(config), naming `what`, unless both images are sound and of one size.
template <class T, class U>
void check_same_size(const Image2d<T>& a, const Image2d<U>& b, std::string_view what) {
  check_image(a, what);
  check_image(b, what);
  require<ErrorKind::config>(a.rows == b.rows && a.cols == b.cols, what, ": images of ", a.rows, " x ", a.cols, " and ",
                             b.rows, " x ", b.cols, ", they must have one size");
}

/// The part `rows` x `cols` that begins at (row, col). Error(config) if it does not lie inside or is empty.
template <class T>
[[nodiscard]] Image2d<T> cropped(const Image2d<T>& image, int row, int col, int rows, int cols) {
  check_image(image, "crop");
  require<ErrorKind::config>(
      row >= 0 && col >= 0 && rows > 0 && cols > 0 && rows <= image.rows - row && cols <= image.cols - col,
      "crop: a part of ", rows, " x ", cols, " at (", row, ", ", col, ") of an image of ", image.rows, " x ",
      image.cols, "; it must lie inside and not be empty");
  Image2d<T> part{rows, cols, {}};
  part.values.reserve(static_cast<std::size_t>(rows) * static_cast<std::size_t>(cols));
  for (int r = 0; r < rows; ++r)
    for (int c = 0; c < cols; ++c) part.values.push_back(image.at(row + r, col + c));
  return part;
}

/// The image without `border` pixels on every side. Errors as `cropped`.
template <class T>
[[nodiscard]] Image2d<T> trimmed(const Image2d<T>& image, int border) {
  return cropped(image, border, border, image.rows - 2 * border, image.cols - 2 * border);
}

/// |z| of every pixel.
[[nodiscard]] RealImage amplitude_of(const ComplexImage& image);

/// arg z of every pixel, in -π … π, not unwrapped. Exactly 0 where z is real and not negative.
[[nodiscard]] RealImage phase_of(const ComplexImage& image);

struct MeanAndStd {
  double mean = 0, std = 0;  ///< of the population
};

/// Two passes, so that a constant has a spread of rounding only.
[[nodiscard]] MeanAndStd mean_and_std(const RealImage& image);

/// Greatest less least value; NaN if a value is NaN.
[[nodiscard]] double range_of(const RealImage& image);

}  // namespace fno::ptychography
