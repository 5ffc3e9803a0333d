#pragma once

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace fno::ptychography {

/// Draws the amplitudes of "lines" objects, one after another from one Mersenne Twister (MT19937): 400 random lines on
/// a canvas of twice the side, blurred as G1 + 2 G5 + 5 G10 (gaussian_filter with sigma 1, 5 and 10), of which the
/// central square is kept. All values are positive and not normalised.
///
/// Errors   config if the side is not an even number from 2 to 8192
/// Source   the lines object of hoidn/PtychoPINN, from its description
class LinesObjects {
 public:
  LinesObjects(std::uint32_t seed, int side);

  /// The next object, (side, side), row-major.
  [[nodiscard]] std::vector<double> next();

  /// The next uniform number in [0, 1) with 53 bits, as NumPy's RandomState makes it of two outputs.
  [[nodiscard]] double uniform();

  /// The canvas of the next object before the blur, (2 side, 2 side): 1 where a line passes, else 0.
  [[nodiscard]] std::vector<double> next_canvas();

 private:
  std::mt19937 generator_;
  int side_;
};

/// phi = pi tanh((Y - max(Y)/2) / (3 mean(Y))) of the amplitudes Y of all objects of a split together, in radians.
[[nodiscard]] std::vector<double> lines_phase(std::span<const double> amplitudes);

}  // namespace fno::ptychography
